#include "binding/runtime.h"

#include <cstdlib>
#include <exception>
#include <set>
#include <string>
#include <utility>

namespace binding {

using mlp::ComputePool;
using mlp::MutexLock;

struct Runtime::Pending {
  Pending(Napi::Env env, Task t) : deferred(Napi::Promise::Deferred::New(env)), task(std::move(t)) {}

  void Fail(const char* what) {
    const MutexLock lock(mutex);
    if (error.empty()) error = what;
  }

  void Settle(Napi::Env env) {
    try {
      const Napi::Value value = task.settle(env);
      if (error.empty()) return deferred.Resolve(value);
    } catch (const Napi::Error& thrown) {
      return deferred.Reject(thrown.Value());
    }
    deferred.Reject(Napi::Error::New(env, error).Value());
  }

  Napi::Promise::Deferred deferred;
  Task task;
  mlp::Mutex mutex;
  std::string error;  // empty: all went well
};

// Those of all JavaScript threads, for the end of the process.
struct Runtime::ProcessWide {
  mlp::Mutex mutex;
  std::set<Runtime*> alive MLP_GUARDED_BY(mutex);

  static ProcessWide& Instance() {
    static auto* const instance = new ProcessWide;  // never destroyed: read during exit
    return *instance;
  }
};

Runtime::Runtime(Napi::Env env) : env_(env) {
  const napi_value name = Napi::String::New(env, "perceptra");
  const napi_status status = napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr,
                                                             nullptr, this, OnSettled, &settled_);
  if (status != napi_ok) throw Napi::Error::New(env);
  napi_unref_threadsafe_function(env, settled_);
  // Hooks run last in, first out: this one before the function above is torn down.
  napi_add_env_cleanup_hook(env, OnEnvironmentEnd, this);
#if !defined(_WIN32)
  // process.exit() on the main thread runs no hooks, and what the BLAS frees at exit running tasks still
  // read. On Windows the other threads are gone by then: there is nobody to wait for.
  [[maybe_unused]] static const int registered = std::atexit(OnProcessExit);
#endif
  ProcessWide& all = ProcessWide::Instance();
  const MutexLock lock(all.mutex);
  all.alive.insert(this);
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
  job->done = [pending, tally = tally_, settled = settled_, stopping = stopping_, self = std::weak_ptr(job)] {
    const MutexLock lock(tally->mutex);
    if (stopping->load() ||
        napi_call_threadsafe_function(settled, pending, napi_tsfn_nonblocking) != napi_ok) {
      delete pending;  // nobody is left to hear of it
    }
    tally->jobs.erase(self.lock());
    tally->settled.notify_all();
  };
  {
    const MutexLock lock(tally_->mutex);
    tally_->jobs.emplace(job, pending);
  }
  if (pending_++ == 0) napi_ref_threadsafe_function(env, settled_);
  const Napi::Promise promise = pending->deferred.Promise();
  try {
    ComputePool::ProcessWide().Submit(job);
  } catch (const std::exception& error) {
    if (--pending_ == 0) napi_unref_threadsafe_function(env, settled_);
    {
      const MutexLock lock(tally_->mutex);
      tally_->jobs.erase(job);
    }
    delete pending;
    Throw(env, "ERR_NATIVE", std::string("No compute threads could be started: ") + error.what());
  }
  return promise;
}

// Without an environment the result can reach nobody; what it holds is freed all the same.
void Runtime::OnSettled(napi_env raw_env, napi_value, void* context, void* data) {
  const std::unique_ptr<Pending> pending(static_cast<Pending*>(data));
  if (raw_env == nullptr) return;
  const Napi::Env env(raw_env);
  const Napi::HandleScope scope(env);
  auto* const runtime = static_cast<Runtime*>(context);
  if (--runtime->pending_ == 0) napi_unref_threadsafe_function(env, runtime->settled_);
  try {
    pending->Settle(env);
  } catch (const Napi::Error&) {
    // worker.terminate() came in between: JavaScript can no longer run, and an exception must not leave.
  }
}

void Runtime::OnEnvironmentEnd(void* data) {
  auto* const runtime = static_cast<Runtime*>(data);
  {
    ProcessWide& all = ProcessWide::Instance();
    const MutexLock lock(all.mutex);
    all.alive.erase(runtime);
  }
  runtime->StopAndWait();
}

void Runtime::OnProcessExit() {
  ProcessWide& all = ProcessWide::Instance();
  const MutexLock lock(all.mutex);
  for (Runtime* const runtime : all.alive) runtime->StopAndWait();
}

void Runtime::StopAndWait() {
  stopping_->store(true);
  MutexLock lock(tally_->mutex);
  for (auto job = tally_->jobs.begin(); job != tally_->jobs.end();) {
    if (ComputePool::ProcessWide().Cancel(job->first)) {
      delete job->second;
      job = tally_->jobs.erase(job);
    } else {
      ++job;
    }
  }
  while (!tally_->jobs.empty()) lock.Wait(tally_->settled);
}

}  // namespace binding
