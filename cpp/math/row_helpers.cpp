#include "math/row_helpers.h"

#include <algorithm>
#include <exception>
#include <system_error>
#include <thread>
#include <utility>

#include "math/blas.h"
#include "math/compute_pool.h"
#include "math/relax.h"
#include "math/thread_setup.h"

namespace mlp {
namespace {

using std::chrono::microseconds;

// A helper spins for this long after a prediction: waking it costs the next one some microseconds.
constexpr auto kSpin = microseconds(100);
// After a late helper, or some predictions without help, predictions do without for this long.
constexpr auto kRest = std::chrono::milliseconds(1);
constexpr int kMostWithoutHelp = 4;
// More threads than this do not read memory faster.
constexpr int kMostHelpers = 3;

RowHelpers* Make() {
  const int cores = ComputePool::Cores();
  if (cores < 2) return nullptr;
  try {
    return new RowHelpers(std::min(cores - 1, kMostHelpers));
  } catch (const std::exception&) {
    return nullptr;
  }
}

}  // namespace

bool RowJob::TakeFirst(std::size_t& piece) {
  std::uint64_t word = free.load(std::memory_order_relaxed);
  for (;;) {
    const std::uint64_t first = (word >> kPieceBits) & kPieceMask, end = word & kPieceMask;
    if (first >= end) return false;
    if (free.compare_exchange_weak(word, word + (1 << kPieceBits), std::memory_order_relaxed)) {
      piece = first;
      return true;
    }
  }
}

bool RowJob::TakeLast(std::size_t& piece) {
  std::uint64_t word = free.load(std::memory_order_relaxed);
  const std::uint64_t first = (word >> kPieceBits) & kPieceMask, end = word & kPieceMask;
  if (first >= end ||
      !free.compare_exchange_strong(word, word - 1, std::memory_order_acquire, std::memory_order_relaxed)) {
    return false;
  }
  piece = end - 1;
  return true;
}

RowHelpers* RowHelpers::ProcessWide() {
  static RowHelpers* const helpers = Make();
  return helpers;
}

RowHelpers::RowHelpers(int threads) {
  for (int i = 0; i < threads; ++i) std::thread(&RowHelpers::ThreadMain, this).detach();
}

bool RowHelpers::Call(const std::shared_ptr<RowJob>& job) {
  if (!ComputePool::ProcessWide().HasIdleCore()) return false;
  if (Clock::now().time_since_epoch().count() < rest_until_.load(std::memory_order_relaxed)) return false;
  {
    const MutexLock lock(mutex_);
    const std::shared_ptr<RowJob> last = job_.lock();
    if (last && last != job && !last->closed.load(std::memory_order_relaxed)) return false;
    job->closed.store(false, std::memory_order_relaxed);
    job_ = job;
    caller_cpu_ = SystemCpu();
  }
  calls_.fetch_add(1, std::memory_order_release);
  calls_.notify_all();
  return true;
}

void RowHelpers::Report(Help help) {
  int without = 0;
  if (help == Help::kNone) {
    without = without_help_.load(std::memory_order_relaxed) + 1;
  }
  if (help == Help::kLate || without >= kMostWithoutHelp) {
    rest_until_.store((Clock::now() + kRest).time_since_epoch().count(), std::memory_order_relaxed);
    without = 0;
  }
  without_help_.store(without, std::memory_order_relaxed);
}

void RowHelpers::WaitForCall(std::uint32_t seen) const {
  constexpr int kSpins = 64;
  const auto end = Clock::now() + kSpin;
  do {
    for (int spin = 0; spin < kSpins; ++spin) {
      if (calls_.load(std::memory_order_relaxed) != seen) return;
      Relax();
    }
  } while (Clock::now() < end);
  calls_.wait(seen, std::memory_order_relaxed);
}

void RowHelpers::ThreadMain() {
  SetUpComputeThread();
  KeepBlasSingleThreaded();
  std::uint32_t seen = 0;
  for (;;) {
    WaitForCall(seen);
    seen = calls_.load(std::memory_order_acquire);
    std::shared_ptr<RowJob> job;
    int caller_cpu = -1;
    {
      const MutexLock lock(mutex_);
      job = job_.lock();
      caller_cpu = caller_cpu_;
    }
    if (!job || job->closed.load(std::memory_order_relaxed)) continue;
    // On one CPU the two would take turns.
    if (caller_cpu >= 0 && SystemCpu() == caller_cpu) MoveToCpu(PresentCpu() == 0 ? 1 : 0);
    Work(*job);
  }
}

void RowHelpers::Work(RowJob& job) {
  constexpr int kSpins = 2000;
  int spins = 0;
  while (!job.closed.load(std::memory_order_relaxed)) {
    std::size_t piece = 0;
    if (job.TakeLast(piece)) {
      const std::uint64_t number = job.number;
      job.product.Compute(job.sums.data(), job.x.data(), piece);
      job.done[piece].store(number, std::memory_order_release);
      spins = 0;
    } else if (++spins < kSpins) {
      Relax();
    } else {
      std::this_thread::yield();
    }
  }
}

RowProducts::RowProducts(std::shared_ptr<RowJob>& job, RowHelpers* helpers, std::shared_ptr<const void> owner)
    : job_(job), helpers_(helpers) {
  if (!job_) job_ = std::make_shared<RowJob>();
  if (helpers == nullptr) return;
  job_->owner = std::move(owner);
  together_ = helpers->Call(job_);
}

RowProducts::~RowProducts() {
  if (!job_) return;
  job_->owner = nullptr;
  if (!together_) return;
  job_->closed.store(true, std::memory_order_relaxed);
  helpers_->Report(helped_ ? RowHelpers::Help::kUseful : RowHelpers::Help::kNone);
}

void RowProducts::Multiply(Real* y, const Real* x, const RowProduct& product) {
  RowJob& job = *job_;
  job.product = product;
  if (job.sums.size() < product.sum_numbers()) job.sums.resize(product.sum_numbers());
  if (together_ && product.pieces() > 1) {
    MultiplyTogether(y, x);
  } else {
    for (std::size_t piece = 0; piece < product.pieces(); ++piece) {
      product.Compute(job.sums.data(), x, piece);
    }
    product.Finish(y, job.sums.data());
  }
}

void RowProducts::MultiplyTogether(Real* y, const Real* x) {
  using Clock = RowHelpers::Clock;
  RowJob& job = *job_;
  const std::size_t pieces = job.product.pieces();
  const std::size_t inputs = job.product.rows * job.product.in;
  if (job.x.size() < inputs) job.x.resize(inputs);
  std::copy_n(x, inputs, job.x.begin());
  const std::uint64_t number = ++job.number;
  job.free.store(number << 2 * RowJob::kPieceBits | pieces, std::memory_order_release);

  const auto start = Clock::now();
  std::size_t own = 0;
  for (std::size_t piece = 0; job.TakeFirst(piece); ++own) {
    job.product.Compute(job.sums.data(), job.x.data(), piece);
  }
  if (own < pieces) {
    helped_ = true;
    // A helper that runs needs as long for its last piece as this thread for one of its own.
    const auto now = Clock::now();
    const auto end = now + 2 * (now - start) / std::max(own, std::size_t{1}) + microseconds(2);
    for (std::size_t piece = own; piece < pieces;) {
      if (job.IsDone(piece, number)) {
        ++piece;
      } else if (Clock::now() < end) {
        Relax();
      } else {
        ComputeAgain(number);
        break;
      }
    }
  }
  job_->product.Finish(y, job_->sums.data());
}

// The late helper keeps the old job, with all that it reads and writes.
void RowProducts::ComputeAgain(std::uint64_t number) {
  const std::shared_ptr<RowJob> late = std::move(job_);
  late->closed.store(true, std::memory_order_relaxed);
  together_ = false;
  helpers_->Report(RowHelpers::Help::kLate);
  job_ = std::make_shared<RowJob>();
  job_->product = late->product;
  job_->sums.resize(late->sums.size());
  const std::size_t pieces = late->product.pieces(),
                    own =
                        late->free.load(std::memory_order_relaxed) >> RowJob::kPieceBits & RowJob::kPieceMask;
  for (std::size_t piece = 0; piece < pieces; ++piece) {
    if (piece < own || late->IsDone(piece, number)) {
      late->product.CopySums(job_->sums.data(), late->sums.data(), piece);
    } else {
      late->product.Compute(job_->sums.data(), late->x.data(), piece);
    }
  }
}

}  // namespace mlp
