#include "math/compute_pool.h"

#include <algorithm>
#include <future>
#include <string>
#include <thread>

#include "math/blas.h"
#include "math/cores.h"
#include "math/thread_setup.h"

namespace mlp {

void Team::ThrowNotMet(const char* file, int line) {
  throw std::logic_error("Threads of a team share out work before they have met after the last: " +
                         std::string(file) + ":" + std::to_string(line) + ".");
}

ComputePool& ComputePool::ProcessWide() {
  static ComputePool* const pool = new ComputePool;
  return *pool;
}

int ComputePool::Cores() { return ProcessCpuLimits().default_threads(); }

ComputePool::ComputePool() : on_core_(static_cast<std::size_t>(ProcessCpuLimits().cores)) {}

void ComputePool::Submit(std::shared_ptr<Job> job) {
  // From here on the entry moves from list to list, which allocates nothing.
  Entries entry;
  entry.push_back(std::make_shared<Entry>(std::move(job)));
  const Job& submitted = *entry.front()->job;
  const MutexLock lock(mutex_);
  EnsureThreads(submitted);
  const auto behind = submitted.urgent ? std::find_if(waiting_.begin(), waiting_.end(),
                                                      [](const auto& e) { return !e->job->urgent; })
                                       : waiting_.end();
  waiting_.splice(behind, entry);
  if (submitted.urgent) urgent_waiting_.fetch_add(1, std::memory_order_relaxed);
  StartWaiting();
}

bool ComputePool::Cancel(const std::shared_ptr<Job>& job) {
  const MutexLock lock(mutex_);
  const auto entry =
      std::find_if(waiting_.begin(), waiting_.end(), [&job](const auto& e) { return e->job == job; });
  if (entry == waiting_.end()) return false;
  if (job->urgent) urgent_waiting_.fetch_sub(1, std::memory_order_relaxed);
  waiting_.erase(entry);
  StartWaiting();
  return true;
}

void ComputePool::Run(int threads, const std::function<void(Team&)>& run) {
  std::promise<void> finished;
  std::exception_ptr failure;
  auto job = std::make_shared<Job>();
  job->threads = threads;
  job->run = run;
  job->done = [&finished, &failure](std::exception_ptr thrown) {
    failure = std::move(thrown);
    finished.set_value();
  };
  Submit(job);
  finished.get_future().wait();
  if (failure) std::rethrow_exception(std::move(failure));
}

// Creates the threads that this job and those before it can use at once. In Submit, so that a failure reaches
// the caller.
void ComputePool::EnsureThreads(const Job& job) {
  if (job.urgent && job.threads == 1 && !has_express_thread_ && !Fits(job)) {
    std::thread(&ComputePool::ExpressMain, this).detach();
    has_express_thread_ = true;
  }
  int needed = busy_ + job.threads;
  for (const auto& entry : waiting_) needed += entry->job->threads;
  needed = std::min(needed, std::max(Cores(), job.threads));
  for (; threads_ < needed; ++threads_) std::thread(&ComputePool::ThreadMain, this).detach();
}

// The first job; after some urgent jobs in a row the first that is not urgent, so that predictions cannot
// delay training for ever.
ComputePool::Entries::iterator ComputePool::Next() {
  constexpr int kUrgentInARow = 4;
  if (urgent_in_a_row_ < kUrgentInARow) return waiting_.begin();
  const auto plain =
      std::find_if(waiting_.begin(), waiting_.end(), [](const auto& entry) { return !entry->job->urgent; });
  return plain == waiting_.end() ? waiting_.begin() : plain;
}

// Whether the job's team may start beside the threads that are at work.
bool ComputePool::Fits(const Job& job) const {
  return busy_ == 0 || busy_ + job.threads <= std::max(Cores(), job.threads);
}

void ComputePool::TakeFromWaiting(Entries::iterator entry, Entries& to) {
  if ((*entry)->job->urgent) urgent_waiting_.fetch_sub(1, std::memory_order_relaxed);
  to.splice(to.end(), waiting_, entry);
}

// Starts jobs while their whole teams fit. Then the express thread takes the first job that it may run.
void ComputePool::StartWaiting() {
  while (!waiting_.empty()) {
    const auto next = Next();
    const Job& job = *(*next)->job;
    if (!Fits(job)) break;
    urgent_in_a_row_ = job.urgent ? urgent_in_a_row_ + 1 : 0;
    busy_ += job.threads;
    TakeFromWaiting(next, starting_);
    work_.notify_all();
  }
  if (!has_express_thread_ || !express_.empty()) return;
  const auto small = std::find_if(waiting_.begin(), waiting_.end(), [](const auto& entry) {
    return entry->job->urgent && entry->job->threads == 1;
  });
  if (small == waiting_.end()) return;
  TakeFromWaiting(small, express_);
  express_work_.notify_one();
}

// Counts the calling thread on its core and returns the core; -1 if the system does not number CPUs. With
// `together` the thread moves to the least busy core if its core is busier: threads of a team on one core
// would wait for each other.
int ComputePool::TakeCore(bool together) {
  const std::vector<int>& core_of = ProcessCpuLimits().core_of;
  const int cpu = PresentCpu();
  if (cpu < 0 || static_cast<std::size_t>(cpu) >= core_of.size()) return -1;
  const auto present = on_core_.begin() + core_of[static_cast<std::size_t>(cpu)];
  const auto least = std::min_element(on_core_.begin(), on_core_.end());
  const auto chosen = together && *least < *present ? least : present;
  const auto core = static_cast<int>(chosen - on_core_.begin());
  ++*chosen;
  if (chosen != present) {
    MoveToCpu(static_cast<int>(std::find(core_of.begin(), core_of.end(), core) - core_of.begin()));
  }
  return core;
}

void ComputePool::ThreadMain() {
  SetUpComputeThread();
  KeepBlasSingleThreaded();
  MutexLock lock(mutex_);
  for (;;) {
    while (starting_.empty()) lock.Wait(work_);
    const std::shared_ptr<Entry> entry = starting_.front();
    const int size = entry->job->threads;
    Team team(entry->next_rank++, size, entry->barrier, entry->claims,
              entry->check ? &*entry->check : nullptr, &urgent_waiting_);
    if (entry->next_rank == size) starting_.pop_front();
    const int core = TakeCore(size > 1);
    lock.Unlock();
    RunMember(*entry, team);
    const bool last = entry->left.fetch_sub(1, std::memory_order_acq_rel) == 1;
    lock.Lock();
    if (core >= 0) --on_core_[static_cast<std::size_t>(core)];
    --busy_;
    StartWaiting();
    if (last) {
      lock.Unlock();
      entry->job->done(std::move(entry->failure));
      lock.Lock();
    }
  }
}

void ComputePool::ExpressMain() {
  const FlushDenormals flush;
  KeepBlasSingleThreaded();
  MutexLock lock(mutex_);
  for (;;) {
    while (express_.empty()) lock.Wait(express_work_);
    const std::shared_ptr<Entry> entry = express_.front();
    lock.Unlock();
    Team team(0, 1, entry->barrier, entry->claims, entry->check ? &*entry->check : nullptr, &urgent_waiting_);
    RunMember(*entry, team);
    entry->job->done(std::move(entry->failure));
    lock.Lock();
    express_.pop_front();
    StartWaiting();
  }
}

// Runs the job on this thread. Fail comes before Leave, so that the first exception is this thread's and not
// the MeetingMissed of the others.
void ComputePool::RunMember(Entry& entry, Team& team) {
  try {
    entry.job->run(team);
  } catch (...) {
    entry.Fail(std::current_exception());
  }
  entry.barrier.Leave();
}

}  // namespace mlp
