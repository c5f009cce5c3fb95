#include "binding/runtime.h"

#include <cstdlib>
#include <exception>
#include <set>
#include <string>
#include <system_error>
#include <utility>

#include "binding/errors.h"
#include "math/error.h"

namespace binding {

using mlp::ComputePool;
using mlp::MutexLock;

struct Runtime::Pending {
  Pending(Napi::Env env, Task t) : deferred(Napi::Promise::Deferred::New(env)), task(std::move(t)) {}

  // Settles the promise, after success or failure.
  void Settle(Napi::Env env) {
    try {
      if (task.end) task.end(env);
      if (failure) std::rethrow_exception(failure);
      deferred.Resolve(task.resolve(env));
    } catch (...) {
      deferred.Reject(ErrorInFlight(env));
    }
  }

  Napi::Promise::Deferred deferred;
  Task task;
  std::exception_ptr failure;  // null: the task succeeded
};

// The runtimes of all JavaScript threads, for the end of the process.
struct Runtime::ProcessWide {
  mlp::Mutex mutex;
  std::set<Runtime*> alive MLP_GUARDED_BY(mutex);

  static ProcessWide& Instance() {
    static auto* const instance = new ProcessWide;  // never destroyed: read during exit
    return *instance;
  }
};

namespace {

// Adds a code, and what failed, to the system's message ("Resource temporarily unavailable").
[[noreturn]] void RethrowSubmitError() {
  try {
    throw;
  } catch (const std::system_error& error) {
    throw mlp::Error("ERR_NATIVE", std::string("No compute threads could be started: ") + error.what());
  }
}

}  // namespace

Runtime::Runtime(Napi::Env env) : env_(env) {
  const napi_value name = Napi::String::New(env, "perceptra");
  const napi_status status = napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr,
                                                             nullptr, this, OnSettled, &settled_);
  if (status != napi_ok) throw Napi::Error::New(env);
  napi_unref_threadsafe_function(env, settled_);
  // Hooks run in reverse order: this one before the thread-safe function is destroyed.
  napi_add_env_cleanup_hook(env, OnEnvironmentEnd, this);
#if !defined(_WIN32)
  // process.exit() on the main thread runs no hooks, and running tasks would still read memory that the BLAS
  // frees at exit. On Windows the system has ended the other threads by then.
  [[maybe_unused]] static const int registered = std::atexit(OnProcessExit);
#endif
  ProcessWide& all = ProcessWide::Instance();
  const MutexLock lock(all.mutex);
  all.alive.insert(this);
}

Runtime::~Runtime() = default;

Napi::Promise Runtime::Submit(Napi::Env env, Task task) {
  auto pending = std::make_unique<Pending>(env, std::move(task));
  auto job = std::make_shared<ComputePool::Job>();
  job->threads = pending->task.threads;
  job->urgent = pending->task.urgent;
  job->run = [raw = pending.get()](mlp::Team& team) { raw->task.run(team); };
  // A weak pointer, so that the job does not keep itself alive. After the erase the environment may be gone.
  job->done = [raw = pending.get(), tally = tally_, settled = settled_, stopping = stopping_,
               self = std::weak_ptr(job)](std::exception_ptr failure) {
    raw->failure = std::move(failure);
    const MutexLock lock(tally->mutex);
    if (stopping->load() || napi_call_threadsafe_function(settled, raw, napi_tsfn_nonblocking) != napi_ok) {
      delete raw;  // JavaScript can no longer run
    }
    tally->jobs.erase(self.lock());
    tally->settled.notify_all();
  };
  {
    const MutexLock lock(tally_->mutex);
    tally_->jobs.emplace(job, pending.get());
  }
  if (pending_++ == 0) napi_ref_threadsafe_function(env, settled_);
  const Napi::Promise promise = pending->deferred.Promise();
  try {
    ComputePool::ProcessWide().Submit(job);
  } catch (...) {
    EndTask();
    {
      const MutexLock lock(tally_->mutex);
      tally_->jobs.erase(job);
    }
    RethrowSubmitError();
  }
  pending.release();  // NOLINT(bugprone-unused-return-value): the job's `done` owns it from here on
  return promise;
}

Napi::Promise Runtime::SubmitWith(Napi::Env env, Task task, const Napi::TypedArray& array) {
  napi_ref keep = nullptr;
  if (napi_create_reference(env, array, 1, &keep) != napi_ok) throw Napi::Error::New(env);
  try {
    task.end = [keep](Napi::Env ending) { napi_delete_reference(ending, keep); };
    return Submit(env, std::move(task));
  } catch (...) {
    napi_delete_reference(env, keep);
    throw;
  }
}

Napi::Promise Runtime::SubmitElsewhere(Napi::Env env, Task task, const std::function<void(Settle)>& start) {
  auto pending = std::make_unique<Pending>(env, std::move(task));
  const Napi::Promise promise = pending->deferred.Promise();
  Settle settle = [raw = pending.get(), tally = tally_, settled = settled_,
                   stopping = stopping_](std::exception_ptr failure) {
    raw->failure = std::move(failure);
    const MutexLock lock(tally->mutex);
    if (stopping->load() || napi_call_threadsafe_function(settled, raw, napi_tsfn_nonblocking) != napi_ok) {
      delete raw;  // JavaScript can no longer run
    }
    --tally->elsewhere;
    tally->settled.notify_all();
  };
  {
    const MutexLock lock(tally_->mutex);
    ++tally_->elsewhere;
  }
  if (pending_++ == 0) napi_ref_threadsafe_function(env, settled_);
  try {
    start(std::move(settle));
  } catch (...) {
    EndTask();
    const MutexLock lock(tally_->mutex);
    --tally_->elsewhere;
    throw;
  }
  pending.release();  // NOLINT(bugprone-unused-return-value): `settle` owns it from here on
  return promise;
}

int Runtime::CallAtEnd(std::function<void()> wake) {
  const MutexLock lock(tally_->mutex);
  tally_->at_end.emplace(tally_->next_call, std::move(wake));
  return tally_->next_call++;
}

void Runtime::Forget(int call) {
  const MutexLock lock(tally_->mutex);
  tally_->at_end.erase(call);
}

void Runtime::EndTask() {
  if (--pending_ == 0) napi_unref_threadsafe_function(env_, settled_);
}

// Node passes a null environment at the end of one; then the result is only freed.
void Runtime::OnSettled(napi_env raw_env, napi_value, void* context, void* data) {
  const std::unique_ptr<Pending> pending(static_cast<Pending*>(data));
  if (raw_env == nullptr) return;
  static_cast<Runtime*>(context)->EndTask();
  try {
    const Napi::Env env(raw_env);
    const Napi::HandleScope scope(env);
    pending->Settle(env);
  } catch (const Napi::Error&) {
    // worker.terminate() was called meanwhile: JavaScript can no longer run, and Node must not see an
    // exception.
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

// Groups close first: a step that is stopped midway has no whole gradient to add.
void Runtime::StopAndWait() {
  MutexLock lock(tally_->mutex);
  for (const auto& [call, wake] : tally_->at_end) wake();
  stopping_->store(true);
  for (auto job = tally_->jobs.begin(); job != tally_->jobs.end();) {
    if (ComputePool::ProcessWide().Cancel(job->first)) {
      delete job->second;
      job = tally_->jobs.erase(job);
    } else {
      ++job;
    }
  }
  while (!tally_->jobs.empty() || tally_->elsewhere > 0) lock.Wait(tally_->settled);
}

}  // namespace binding
