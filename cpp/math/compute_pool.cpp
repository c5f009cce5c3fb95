#include "math/compute_pool.h"

#include <algorithm>
#include <future>
#include <thread>

#include "math/blas.h"
#include "math/thread_setup.h"

namespace mlp {

ComputePool& ComputePool::ProcessWide() {
  static ComputePool* const pool = new ComputePool;
  return *pool;
}

int ComputePool::Cores() {
  static const int cores = AvailableCores();
  return cores;
}

void ComputePool::Submit(std::shared_ptr<Job> job) {
  MutexLock lock(mutex_);
  EnsureThreads(*job);
  if (job->urgent) {
    const auto behind =
        std::find_if(waiting_.begin(), waiting_.end(), [](const auto& j) { return !j->urgent; });
    waiting_.insert(behind, std::move(job));
  } else {
    waiting_.push_back(std::move(job));
  }
  StartWaiting();
}

bool ComputePool::Cancel(const std::shared_ptr<Job>& job) {
  MutexLock lock(mutex_);
  const auto found = std::find(waiting_.begin(), waiting_.end(), job);
  if (found == waiting_.end()) return false;
  waiting_.erase(found);
  StartWaiting();
  return true;
}

void ComputePool::Run(int threads, const std::function<void(Team&)>& run) {
  std::promise<void> finished;
  auto job = std::make_shared<Job>();
  job->threads = threads;
  job->run = run;
  job->done = [&finished] { finished.set_value(); };
  Submit(job);
  finished.get_future().wait();
}

// Creates what threads this job and those before it can use at once: here, where a failure can be told to the
// caller.
void ComputePool::EnsureThreads(const Job& job) {
  int wanted = busy_ + job.threads;
  for (const auto& waiting : waiting_) wanted += waiting->threads;
  wanted = std::min(wanted, std::max(Cores(), job.threads));
  for (; threads_ < wanted; ++threads_) std::thread(&ComputePool::ThreadMain, this).detach();
}

// The front job, but after some urgent ones in a row one that is not: predictions must not keep training from
// going on.
std::deque<std::shared_ptr<ComputePool::Job>>::iterator ComputePool::Next() {
  constexpr int kUrgentInARow = 4;
  if (urgent_in_a_row_ < kUrgentInARow) return waiting_.begin();
  const auto plain =
      std::find_if(waiting_.begin(), waiting_.end(), [](const auto& job) { return !job->urgent; });
  return plain == waiting_.end() ? waiting_.begin() : plain;
}

// Starts jobs for as long as whole teams fit.
void ComputePool::StartWaiting() {
  while (!waiting_.empty()) {
    const auto next = Next();
    const int team = (*next)->threads;
    const int capacity = std::max(Cores(), team);
    if (busy_ > 0 && busy_ + team > capacity) return;
    urgent_in_a_row_ = (*next)->urgent ? urgent_in_a_row_ + 1 : 0;
    auto running = std::make_shared<Running>(std::move(*next));
    waiting_.erase(next);
    busy_ += team;
    for (int i = 0; i < team; ++i) starting_.push_back(running);
    work_.notify_all();
  }
}

// Counts a thread on the core where it is; or, where another one is there and a thread of a
// team would wait for it, on the least busy core. -1 where cores are not told apart.
int ComputePool::TakeCore(bool together) {
  const int present = PresentCore();
  if (present < 0 || static_cast<std::size_t>(present) >= on_core_.size()) return -1;
  const auto here = on_core_.begin() + present, least = std::min_element(on_core_.begin(), on_core_.end());
  const auto core = together && *least < *here ? least : here;
  ++*core;
  if (core != here) MoveToCore(static_cast<int>(core - on_core_.begin()));
  return static_cast<int>(core - on_core_.begin());
}

void ComputePool::ThreadMain() {
  SetUpComputeThread();
  KeepBlasSingleThreaded();
  MutexLock lock(mutex_);
  for (;;) {
    while (starting_.empty()) lock.Wait(work_);
    const std::shared_ptr<Running> running = std::move(starting_.front());
    starting_.pop_front();
    Team team(running->next_rank++, running->job->threads, running->barrier);
    const int core = TakeCore(team.size() > 1);
    lock.Unlock();
    running->job->run(team);
    const bool last = running->remaining.fetch_sub(1, std::memory_order_acq_rel) == 1;
    lock.Lock();
    if (core >= 0) --on_core_[static_cast<std::size_t>(core)];
    --busy_;
    StartWaiting();
    if (last) {
      lock.Unlock();
      running->job->done();
      lock.Lock();
    }
  }
}

}  // namespace mlp
