#ifndef PERCEPTRA_MATH_ROW_HELPERS_H_
#define PERCEPTRA_MATH_ROW_HELPERS_H_

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>

#include "math/aligned.h"
#include "math/mutex.h"
#include "math/row_product.h"

namespace mlp {

// The memory of a prediction of one row, which helpers share with the thread that predicts. Reused from one
// prediction to the next. Only RowHelpers and RowProducts use what is in it.
struct RowJob {
  static constexpr std::uint64_t kPieceBits = 8, kPieceMask = 255;

  // Takes the first or the last piece that nobody has taken; false if there is none.
  bool TakeFirst(std::size_t& piece);
  bool TakeLast(std::size_t& piece);
  bool IsDone(std::size_t piece, std::uint64_t number) const {
    return done[piece].load(std::memory_order_acquire) == number;
  }

  // The pieces that are free: the number of the product, the first piece, and the end. One word, so that a
  // helper that comes late takes nothing of a later product that it does not see.
  alignas(64) std::atomic<std::uint64_t> free{0};
  alignas(64) std::atomic<bool> closed{true};  // the prediction has ended
  // The number of the last product for which a helper computed the piece.
  alignas(64) std::array<std::atomic<std::uint64_t>, RowProduct::kMostPieces> done{};

  // The predicting thread writes them while no helper has taken a piece.
  alignas(64) std::uint64_t number = 0;  // of the product
  std::shared_ptr<const void> owner;     // of the weights
  RowProduct product;
  Vector x, sums;
};

// Threads that help one thread with the large products of one row: reading the weights from memory takes the
// time, and two cores read nearly twice as fast. A prediction never waits for a helper that does not run:
// it takes what helpers have not taken, and computes again what they do not finish in the time that it needed
// for the same work. Helpers wait by spinning for some microseconds after a prediction, then sleep.
class RowHelpers {
 public:
  // Null where there is one core.
  static RowHelpers* ProcessWide();

  // Never destroyed: its threads may outlive static destructors. Throws std::system_error if the system
  // refuses a thread.
  explicit RowHelpers(int threads);
  RowHelpers(const RowHelpers&) = delete;
  RowHelpers& operator=(const RowHelpers&) = delete;

 private:
  friend class RowProducts;
  using Clock = std::chrono::steady_clock;

  // Calls the helpers to the job, unless they have another one, other threads need the cores, or the last
  // helpers came too late.
  bool Call(const std::shared_ptr<RowJob>& job) MLP_EXCLUDES(mutex_);
  // What the prediction saw of its helpers.
  enum class Help { kUseful, kNone, kLate };
  void Report(Help help);
  void ThreadMain() MLP_EXCLUDES(mutex_);
  void WaitForCall(std::uint32_t seen) const;
  static void Work(RowJob& job);

  Mutex mutex_;
  std::weak_ptr<RowJob> job_ MLP_GUARDED_BY(mutex_);  // its prediction owns it, and helpers while they work
  int caller_cpu_ MLP_GUARDED_BY(mutex_) = -1;
  alignas(64) std::atomic<std::uint32_t> calls_{0};
  alignas(64) std::atomic<Clock::rep> rest_until_{0};
  std::atomic<int> without_help_{0};  // predictions in a row
};

// The products of one prediction of one row.
class RowProducts {
 public:
  // `owner` keeps the weights alive for helpers that come late. Null helpers: this thread alone, with the
  // same bits. `job` is made if it is null, and again if a late helper still uses it.
  RowProducts(std::shared_ptr<RowJob>& job, RowHelpers* helpers, std::shared_ptr<const void> owner);
  ~RowProducts();
  RowProducts(const RowProducts&) = delete;
  RowProducts& operator=(const RowProducts&) = delete;

  void Multiply(Real* y, const Real* x, const RowProduct& product);

 private:
  void MultiplyTogether(Real* y, const Real* x);
  void ComputeAgain(std::uint64_t number);

  std::shared_ptr<RowJob>& job_;
  RowHelpers* helpers_;
  bool together_ = false, helped_ = false;
};

}  // namespace mlp

#endif  // PERCEPTRA_MATH_ROW_HELPERS_H_
