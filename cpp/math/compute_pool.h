#ifndef PERCEPTRA_MATH_COMPUTE_POOL_H_
#define PERCEPTRA_MATH_COMPUTE_POOL_H_

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "math/barrier.h"
#include "math/mutex.h"

namespace mlp {

// One thread's view of the threads that run a job together.
class Team {
 public:
  Team(int rank, int size, Barrier& barrier) : rank_(rank), size_(size), barrier_(barrier) {}

  int rank() const { return rank_; }
  int size() const { return size_; }
  void Meet() {
    if (size_ > 1) barrier_.Arrive();
  }

 private:
  int rank_, size_;
  Barrier& barrier_;
};

// The compute threads of the whole process, at low priority, shared by every model of every JavaScript
// thread. A job gets all the threads it asks for at once or waits, so that teams never compete for a core;
// waiting jobs start in order, urgent ones first (a few in a row at most). The pool has as many threads as
// the process may use cores, or more when a job asks for more.
class ComputePool {
 public:
  struct Job {
    int threads = 1;
    bool urgent = false;
    std::function<void(Team&)> run;  // on every thread of the team; must not throw
    std::function<void()> done;  // once, on the last thread to finish; never after Cancel took the job back
  };

  // Never destroyed: its threads may outlive static destructors.
  static ComputePool& ProcessWide();

  ComputePool() = default;
  ComputePool(const ComputePool&) = delete;
  ComputePool& operator=(const ComputePool&) = delete;

  // Cores that this process may run on.
  static int Cores();

  // Throws std::system_error, and changes nothing, where the system has no thread left to give.
  void Submit(std::shared_ptr<Job> job);
  // Takes a job that has not started out of the queue: true if it was there. Its `done` is then not called.
  bool Cancel(const std::shared_ptr<Job>& job);
  // Submits and waits. Not to be called from a compute thread.
  void Run(int threads, const std::function<void(Team&)>& run);

 private:
  struct Running {
    explicit Running(std::shared_ptr<Job> j)
        : job(std::move(j)), barrier(job->threads), remaining(job->threads) {}
    std::shared_ptr<Job> job;
    Barrier barrier;
    std::atomic<int> remaining;
    int next_rank = 0;
  };

  void EnsureThreads(const Job& job) MLP_REQUIRES(mutex_);
  std::deque<std::shared_ptr<Job>>::iterator Next() MLP_REQUIRES(mutex_);
  void StartWaiting() MLP_REQUIRES(mutex_);
  int TakeCore(bool together) MLP_REQUIRES(mutex_);
  void ThreadMain() MLP_EXCLUDES(mutex_);

  Mutex mutex_;
  std::condition_variable work_;
  std::deque<std::shared_ptr<Job>> waiting_ MLP_GUARDED_BY(mutex_);
  std::deque<std::shared_ptr<Running>> starting_
      MLP_GUARDED_BY(mutex_);               // one entry for each thread still to join
  int threads_ MLP_GUARDED_BY(mutex_) = 0;  // created so far
  int urgent_in_a_row_ MLP_GUARDED_BY(mutex_) = 0;
  int busy_ MLP_GUARDED_BY(mutex_) = 0;  // given to jobs
  std::vector<int> on_core_ MLP_GUARDED_BY(mutex_) =
      std::vector<int>(static_cast<std::size_t>(Cores()));  // threads at work
};

}  // namespace mlp

#endif  // PERCEPTRA_MATH_COMPUTE_POOL_H_
