#ifndef PERCEPTRA_MATH_MUTEX_H_
#define PERCEPTRA_MATH_MUTEX_H_

#include <condition_variable>
#include <mutex>

#include "math/thread_annotations.h"

namespace mlp {

// std::mutex with thread-safety annotations, which libstdc++ lacks.
class MLP_CAPABILITY("mutex") Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

 private:
  friend class MutexLock;
  std::mutex mutex_;
};

// Holds a mutex from its construction to its destruction, except between Unlock and Lock.
class MLP_SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) MLP_ACQUIRE(mutex) : lock_(mutex.mutex_) {}
  ~MutexLock() MLP_RELEASE() {}
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

  void Lock() MLP_ACQUIRE() { lock_.lock(); }
  void Unlock() MLP_RELEASE() { lock_.unlock(); }

  // Releases the mutex until the condition is notified. It may wake up without that: call it in a loop that
  // tests the condition. (Not with a predicate: the analysis would not know that the lambda holds the mutex.)
  void Wait(std::condition_variable& condition) { condition.wait(lock_); }

 private:
  std::unique_lock<std::mutex> lock_;
};

}  // namespace mlp

#endif  // PERCEPTRA_MATH_MUTEX_H_
