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
  std::unique_lock lock(mutex_);
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
  std::unique_lock lock(mutex_);
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

// Starts jobs from the front for as long as whole teams fit.
void ComputePool::StartWaiting() {
  while (!waiting_.empty()) {
    const int team = waiting_.front()->threads;
    const int capacity = std::max(Cores(), team);
    if (busy_ > 0 && busy_ + team > capacity) return;
    auto running = std::make_shared<Running>(std::move(waiting_.front()));
    waiting_.pop_front();
    busy_ += team;
    for (; threads_ < busy_; ++threads_) std::thread(&ComputePool::ThreadMain, this).detach();
    for (int i = 0; i < team; ++i) starting_.push_back(running);
    work_.notify_all();
  }
}

void ComputePool::ThreadMain() {
  SetUpComputeThread();
  KeepBlasSingleThreaded();
  std::unique_lock lock(mutex_);
  for (;;) {
    work_.wait(lock, [this] { return !starting_.empty(); });
    const std::shared_ptr<Running> running = std::move(starting_.front());
    starting_.pop_front();
    Team team(running->next_rank++, running->job->threads, running->barrier);
    lock.unlock();
    running->job->run(team);
    const bool last = running->remaining.fetch_sub(1, std::memory_order_acq_rel) == 1;
    lock.lock();
    --busy_;
    StartWaiting();
    if (last) {
      lock.unlock();
      running->job->done();
      lock.lock();
    }
  }
}

}  // namespace mlp
