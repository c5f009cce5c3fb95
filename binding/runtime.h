#ifndef PERCEPTRA_BINDING_RUNTIME_H_
#define PERCEPTRA_BINDING_RUNTIME_H_

#include <atomic>
#include <condition_variable>
#include <exception>
#include <functional>
#include <map>
#include <memory>

#include "binding/napi_setup.h"
#include "math/compute_pool.h"
#include "math/mutex.h"

namespace binding {

// Work for the compute threads. `run` uses no JavaScript values and may throw on any thread of the team.
// `end`, which must not throw, and then `resolve` run on the JavaScript thread that submitted the task.
struct Task {
  int threads = 1;
  bool urgent = false;
  std::function<void(mlp::Team&)> run;
  std::function<void(Napi::Env)> end;             // after success and failure
  std::function<Napi::Value(Napi::Env)> resolve;  // after success: what the promise resolves to
};

// The tasks of one JavaScript environment (the main thread or a worker). Pending tasks keep the event
// loop alive. When the environment or the process ends, the runtime asks its tasks to stop and waits until
// they have: they stop within a step.
class Runtime {
 public:
  explicit Runtime(Napi::Env env);
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  static Runtime& Of(Napi::Env env) { return *env.GetInstanceData<Runtime>(); }

  // Returns a promise, which rejects if `run` or `resolve` throws. Throws, without running any of the task's
  // functions, if there is no memory or the system refuses to start threads.
  Napi::Promise Submit(Napi::Env env, Task task);
  // As Submit, for a task that uses the memory of `array`: keeps the array alive until the promise settles.
  // Sets the task's `end`.
  Napi::Promise SubmitWith(Napi::Env env, Task task, const Napi::TypedArray& array);
  // As Submit, for work that waits for other processes and so must not hold a compute thread: `start`
  // arranges that another thread does it and calls the function that it gets once, with the failure or null.
  // Of the task only `end` and `resolve` are used.
  using Settle = std::function<void(std::exception_ptr)>;
  Napi::Promise SubmitElsewhere(Napi::Env env, Task task, const std::function<void(Settle)>& start);
  // When the environment or the process ends `wake` is called, on any thread, so that threads of
  // SubmitElsewhere and slices that wait for other processes end. It must not throw.
  int CallAtEnd(std::function<void()> wake);
  void Forget(int call);
  // Set when the environment ends. Slices check it.
  const std::shared_ptr<std::atomic<bool>>& stopping() const { return stopping_; }

  napi_ref error_factory = nullptr;  // see errors.h; freed with the environment

 private:
  struct Pending;
  struct ProcessWide;
  // Shared with compute threads, which may outlive the runtime.
  struct Tally {
    mlp::Mutex mutex;
    std::condition_variable settled;
    std::map<std::shared_ptr<mlp::ComputePool::Job>, Pending*> jobs MLP_GUARDED_BY(mutex);
    int elsewhere MLP_GUARDED_BY(mutex) = 0;  // tasks of SubmitElsewhere
    std::map<int, std::function<void()>> at_end MLP_GUARDED_BY(mutex);
    int next_call MLP_GUARDED_BY(mutex) = 0;
  };

  static void OnSettled(napi_env env, napi_value callback, void* context, void* data);
  static void OnEnvironmentEnd(void* runtime);
  static void OnProcessExit();
  void EndTask();
  void StopAndWait();

  napi_env env_;
  napi_threadsafe_function settled_ = nullptr;
  int pending_ = 0;  // tasks whose promises have not settled
  std::shared_ptr<std::atomic<bool>> stopping_ = std::make_shared<std::atomic<bool>>(false);
  std::shared_ptr<Tally> tally_ = std::make_shared<Tally>();
};

}  // namespace binding

#endif  // PERCEPTRA_BINDING_RUNTIME_H_
