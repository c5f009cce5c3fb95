#ifndef PERCEPTRA_BINDING_RUNTIME_H_
#define PERCEPTRA_BINDING_RUNTIME_H_

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>

#include "binding/napi_setup.h"
#include "math/compute_pool.h"
#include "math/mutex.h"

namespace binding {

// Work for the compute threads and what becomes of it in JavaScript. `run` sees no JavaScript value; `settle`
// makes the result on the thread that asked.
struct Task {
  int threads = 1;
  bool urgent = false;
  std::function<void(mlp::Team&)> run;
  std::function<Napi::Value(Napi::Env)> settle;
};

// What one JavaScript environment (the main thread or a worker) has under way. The event loop stays alive
// while there is any. When the environment or the process ends in mid-work, running tasks are asked to stop
// and waited for: they stop within a step.
class Runtime {
 public:
  explicit Runtime(Napi::Env env);
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  static Runtime& Of(Napi::Env env) { return *env.GetInstanceData<Runtime>(); }

  Napi::Promise Submit(Napi::Env env, Task task);
  // Set when the environment ends: slices watch it.
  const std::shared_ptr<std::atomic<bool>>& stopping() const { return stopping_; }

 private:
  struct Pending;
  struct ProcessWide;
  // Shared with compute threads, which may still hold it when the runtime is gone.
  struct Tally {
    mlp::Mutex mutex;
    std::condition_variable settled;
    std::map<std::shared_ptr<mlp::ComputePool::Job>, Pending*> jobs MLP_GUARDED_BY(mutex);
  };

  static void OnSettled(napi_env env, napi_value callback, void* context, void* data);
  static void OnEnvironmentEnd(void* runtime);
  static void OnProcessExit();
  void StopAndWait();

  napi_env env_;
  napi_threadsafe_function settled_ = nullptr;
  int pending_ = 0;
  std::shared_ptr<std::atomic<bool>> stopping_ = std::make_shared<std::atomic<bool>>(false);
  std::shared_ptr<Tally> tally_ = std::make_shared<Tally>();
};

}  // namespace binding

#endif  // PERCEPTRA_BINDING_RUNTIME_H_
