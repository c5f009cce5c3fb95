#ifndef PERCEPTRA_MATH_COMPUTE_POOL_H_
#define PERCEPTRA_MATH_COMPUTE_POOL_H_

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

#include "math/barrier.h"
#include "math/claims.h"
#include "math/meeting_check.h"
#include "math/mutex.h"

namespace mlp {

// Thrown in a meeting that a thread will not come to: it has left the job, by an exception or too early.
class MeetingMissed : public std::logic_error {
 public:
  MeetingMissed() : std::logic_error("A thread of the team left before a meeting.") {}
};

// One thread's view of the threads that run a job together. All must come to the same meetings. If a thread
// leaves the job instead, by an exception or not, the others leave it too, so none waits for ever.
class Team {
 public:
  // `urgent_waiting` counts the urgent jobs that wait for threads; null: none ever do.
  Team(int rank, int size, Barrier& barrier, Claims& claims, MeetingCheck* check = nullptr,
       const std::atomic<int>* urgent_waiting = nullptr)
      : rank_(rank),
        size_(size),
        barrier_(barrier),
        claims_(claims),
        check_(check),
        urgent_waiting_(urgent_waiting) {}

  int rank() const { return rank_; }
  int size() const { return size_; }

  // Whether an urgent job waits for threads: a long job that can be continued later should end soon. The
  // answer may differ between threads.
  bool UrgentWaits() const {
    return urgent_waiting_ != nullptr && urgent_waiting_->load(std::memory_order_relaxed) > 0;
  }

  // Waits for all threads. Throws MeetingMissed if one of them has left the job.
  void Meet([[maybe_unused]] const char* file = __builtin_FILE(),
            [[maybe_unused]] int line = __builtin_LINE()) {
    if (size_ == 1) return;
    if constexpr (kChecks) {
      has_met_ = true;
      if (check_ != nullptr) check_->Arrive(rank_, {file, line});
    }
    if (!barrier_.Arrive()) throw MeetingMissed();
    if constexpr (kChecks) {
      if (check_ != nullptr) check_->Compare(rank_);
    }
  }

  // Calls work(k) for each k in [0, count) on some thread of the team. A thread takes its own part of them
  // first, the same each time, and then what the others have not begun: one that has lost its core holds up
  // no more than the call that it is in. All threads call this with the same `count`, and meet before the
  // next call; debug builds throw std::logic_error where they have not.
  template <typename F>
  void Share(std::size_t count, F work, [[maybe_unused]] const char* file = __builtin_FILE(),
             [[maybe_unused]] int line = __builtin_LINE()) {
    if (size_ == 1) {
      for (std::size_t k = 0; k < count; ++k) work(k);
      return;
    }
    if constexpr (kChecks) {
      if (!has_met_) ThrowNotMet(file, line);
      has_met_ = false;
    }
    claims_.Each(turn_++, rank_, count, work);
  }

  // Rank 0 runs `prepare`, then all meet. What may throw before a meeting, such as an allocation, belongs
  // here: its exception ends the job on every thread.
  template <typename F>
  void Prepare(F prepare, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
    if (rank_ == 0) prepare();
    Meet(file, line);
  }

  // Whether Meet compares the places where threads meet: in debug builds.
#ifdef NDEBUG
  static constexpr bool kChecks = false;
#else
  static constexpr bool kChecks = true;
#endif

 private:
  [[noreturn]] static void ThrowNotMet(const char* file, int line);

  int rank_, size_;
  Barrier& barrier_;
  Claims& claims_;
  std::size_t turn_ = 0;  // calls of Share
  bool has_met_ = true;   // since the last of them, where that is checked
  MeetingCheck* check_;
  const std::atomic<int>* urgent_waiting_;
};

// The compute threads of the whole process, at low priority, shared by every model of every JavaScript
// thread. A job gets all of its threads at once or waits, so that teams never compete for a core. Waiting
// jobs start in order, urgent ones first (a few in a row at most). The pool has Cores() threads, or more if a
// job needs more. Only Submit allocates, so a job that waits can always start and end.
//
// The exception is the express thread, of normal priority: while all others are at work it runs the urgent
// jobs of one thread, one after the other, so that a small prediction never waits for a slice of training.
class ComputePool {
 public:
  struct Job {
    int threads = 1;
    bool urgent = false;
    std::function<void(Team&)> run;  // on every thread of the team
    // Once, on the last thread to leave `run`, with the first exception that left it, or null. Must not
    // throw. Not called after Cancel.
    std::function<void(std::exception_ptr)> done;
  };

  // Never destroyed: its threads may outlive static destructors.
  static ComputePool& ProcessWide();

  ComputePool();
  ComputePool(const ComputePool&) = delete;
  ComputePool& operator=(const ComputePool&) = delete;

  // The default number of threads: the cores that this process may use, within its CPU quota.
  static int Cores();

  // Whether a core is left beside the threads that are at work and the calling one.
  bool HasIdleCore() const { return busy_.load(std::memory_order_relaxed) + 1 < Cores(); }

  // Throws std::system_error or std::bad_alloc, and leaves the queue as it was, when the system refuses a
  // thread or memory.
  void Submit(std::shared_ptr<Job> job);
  // Removes a job that has not started from the queue: true if it was there.
  bool Cancel(const std::shared_ptr<Job>& job);
  // Submits, waits, and throws what `run` threw. Not to be called from a compute thread.
  void Run(int threads, const std::function<void(Team&)>& run);

 private:
  // A job in the queue or on its threads.
  struct Entry {
    explicit Entry(std::shared_ptr<Job> j)
        : job(std::move(j)), barrier(job->threads), claims(job->threads), left(job->threads) {
      if (Team::kChecks) check.emplace(job->threads);
    }
    // Keeps the first exception that `run` threw.
    void Fail(std::exception_ptr exception) {
      if (!failed.exchange(true)) failure = std::move(exception);
    }

    std::shared_ptr<Job> job;
    Barrier barrier;
    Claims claims;
    std::optional<MeetingCheck> check;
    std::atomic<bool> failed{false};
    std::exception_ptr failure;  // for the last thread to leave
    std::atomic<int> left;       // threads that have not left `run`
    int next_rank = 0;
  };
  using Entries = std::list<std::shared_ptr<Entry>>;

  void EnsureThreads(const Job& job) MLP_REQUIRES(mutex_);
  Entries::iterator Next() MLP_REQUIRES(mutex_);
  void StartWaiting() MLP_REQUIRES(mutex_);
  bool Fits(const Job& job) const MLP_REQUIRES(mutex_);
  void TakeFromWaiting(Entries::iterator entry, Entries& to) MLP_REQUIRES(mutex_);
  int TakeCore(bool together) MLP_REQUIRES(mutex_);
  void ThreadMain() MLP_EXCLUDES(mutex_);
  void ExpressMain() MLP_EXCLUDES(mutex_);
  static void RunMember(Entry& entry, Team& team);

  Mutex mutex_;
  std::condition_variable work_;
  Entries waiting_ MLP_GUARDED_BY(mutex_);
  Entries starting_ MLP_GUARDED_BY(mutex_);  // jobs that threads still have to join
  std::condition_variable express_work_;
  Entries express_ MLP_GUARDED_BY(mutex_);  // the job of the express thread, if it has one
  bool has_express_thread_ MLP_GUARDED_BY(mutex_) = false;
  std::atomic<int> urgent_waiting_{0};      // urgent jobs in `waiting_`; written under the mutex
  int threads_ MLP_GUARDED_BY(mutex_) = 0;  // created so far
  int urgent_in_a_row_ MLP_GUARDED_BY(mutex_) = 0;
  std::atomic<int> busy_{0};                         // threads in jobs; written under the mutex
  std::vector<int> on_core_ MLP_GUARDED_BY(mutex_);  // threads at work on each core of ProcessCpuLimits
};

}  // namespace mlp

#endif  // PERCEPTRA_MATH_COMPUTE_POOL_H_
