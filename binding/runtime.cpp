#include "binding/runtime.h"

#include <exception>
#include <string>
#include <utility>

namespace binding {

using mlp::ComputePool;

struct Runtime::Pending {
  Pending(Napi::Env env, Task t) : deferred(Napi::Promise::Deferred::New(env)), task(std::move(t)) {}

  void Fail(const char* what) {
    const std::lock_guard lock(mutex);
    if (error.empty()) error = what;
  }

  Napi::Promise::Deferred deferred;
  Task task;
  std::mutex mutex;
  std::string error;  // empty: all went well
};

Runtime::Runtime(Napi::Env env) : env_(env) {
  const napi_value name = Napi::String::New(env, "perceptra");
  const napi_status status = napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr,
                                                             nullptr, this, OnSettled, &settled_);
  if (status != napi_ok) throw Napi::Error::New(env);
  napi_unref_threadsafe_function(env, settled_);
  // Hooks run last in, first out: this one before the function above is torn down.
  napi_add_env_cleanup_hook(env, OnEnvironmentEnd, this);
}

Runtime::~Runtime() = default;

Napi::Promise Runtime::Submit(Napi::Env env, Task task) {
  auto* const pending = new Pending(env, std::move(task));
  auto job = std::make_shared<ComputePool::Job>();
  job->threads = pending->task.threads;
  job->urgent = pending->task.urgent;
  job->run = [pending](mlp::Team& team) {
    try {
      pending->task.run(team);
    } catch (const std::exception& error) {
      pending->Fail(error.what());
    } catch (...) {
      pending->Fail("unknown error on a compute thread");
    }
  };
  // A weak pointer: the job must not keep itself alive. Once it is off the tally, the environment may be
  // gone.
  job->done = [pending, tally = tally_, settled = settled_, self = std::weak_ptr(job)] {
    const std::lock_guard lock(tally->mutex);
    napi_call_threadsafe_function(settled, pending, napi_tsfn_nonblocking);
    tally->jobs.erase(self.lock());
    tally->settled.notify_all();
  };
  {
    const std::lock_guard lock(tally_->mutex);
    tally_->jobs.insert(job);
  }
  if (pending_++ == 0) napi_ref_threadsafe_function(env, settled_);
  const Napi::Promise promise = pending->deferred.Promise();
  ComputePool::ProcessWide().Submit(std::move(job));
  return promise;
}

// Without an environment the result can reach nobody: its references died with the environment, so nothing
// may be destroyed.
void Runtime::OnSettled(napi_env raw_env, napi_value, void* context, void* data) {
  if (raw_env == nullptr) return;
  const Napi::Env env(raw_env);
  const Napi::HandleScope scope(env);
  const std::unique_ptr<Pending> pending(static_cast<Pending*>(data));
  auto* const runtime = static_cast<Runtime*>(context);
  if (--runtime->pending_ == 0) napi_unref_threadsafe_function(env, runtime->settled_);
  try {
    const Napi::Value value = pending->task.settle(env);
    if (pending->error.empty()) {
      pending->deferred.Resolve(value);
    } else {
      pending->deferred.Reject(Napi::Error::New(env, pending->error).Value());
    }
  } catch (const Napi::Error& error) {
    pending->deferred.Reject(error.Value());
  }
}

void Runtime::OnEnvironmentEnd(void* runtime) { static_cast<Runtime*>(runtime)->StopAndWait(); }

void Runtime::StopAndWait() {
  stopping_->store(true);
  std::unique_lock lock(tally_->mutex);
  for (auto job = tally_->jobs.begin(); job != tally_->jobs.end();) {
    job = ComputePool::ProcessWide().Cancel(*job) ? tally_->jobs.erase(job) : std::next(job);
  }
  tally_->settled.wait(lock, [this] { return tally_->jobs.empty(); });
}

}  // namespace binding
