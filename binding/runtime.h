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

// Work for the compute threads. `run` sees no JavaScript value and may throw on any thread of the team; the
// others run on the JavaScript thread that submitted the task, `end` first. `end` must not throw.
struct Task {
  int threads = 1;
  bool urgent = false;
  std::function<void(mlp::Team&)> run;
  std::function<void(Napi::Env)> end;             // after success and failure
  std::function<Napi::Value(Napi::Env)> resolve;  // after success: what the promise resolves to
};

// The tasks of one JavaScript environment (the main thread or a worker). They keep the event loop alive. When
// the environment or the process ends while tasks run, it asks them to stop and waits until they have: they
// stop within a step.
class Runtime {
 public:
  explicit Runtime(Napi::Env env);
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  static Runtime& Of(Napi::Env env) { return *env.GetInstanceData<Runtime>(); }

  // A promise that rejects with what `run` or `resolve` threw. Throws, and runs nothing of the task, when the
  // system refuses threads or memory.
  Napi::Promise Submit(Napi::Env env, Task task);
  // As Submit, for a task that reads or writes the memory of `array`, and has no `end` of its own: holds the
  // array until the promise settles.
  Napi::Promise SubmitWith(Napi::Env env, Task task, const Napi::TypedArray& array);
  // Set when the environment ends: slices watch it.
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
