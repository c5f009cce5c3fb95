#ifndef PERCEPTRA_BINDING_WORKER_H_
#define PERCEPTRA_BINDING_WORKER_H_

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <thread>

#include "math/mutex.h"

namespace binding {

// A thread that does one thing after the other, started by the first.
class Worker {
 public:
  Worker() = default;
  // Returns at once; the thread first does what it has.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // `work` must not throw. Throws mlp::Error ERR_NATIVE if the system refuses the thread.
  void Do(std::function<void()> work);

 private:
  struct Queue {
    mlp::Mutex mutex;
    std::condition_variable changed;
    std::deque<std::function<void()>> work MLP_GUARDED_BY(mutex);
    bool has_ended MLP_GUARDED_BY(mutex) = false;
  };

  static void Run(const std::shared_ptr<Queue>& queue);

  std::shared_ptr<Queue> queue_;  // null before the first thing
};

}  // namespace binding

#endif  // PERCEPTRA_BINDING_WORKER_H_
