// Epochs and slices of training.
#include <algorithm>
#include <condition_variable>
#include <exception>
#include <utility>

#include "binding/dataset.h"
#include "binding/decode.h"
#include "binding/encode.h"
#include "binding/errors.h"
#include "binding/group.h"
#include "binding/model.h"
#include "binding/runtime.h"
#include "binding/worker.h"
#include "math/mutex.h"

namespace binding {
namespace {

// Epochs of one slice: bounds the memory for the sums of each epoch.
constexpr std::size_t kMostEpochs = 4096;

// The ranks that a run's steps sum over. A thread of its own makes the sums that are started.
class GroupOfRun final : public mlp::AllReduce {
 public:
  // Throws mlp::Error ERR_NATIVE if the system refuses the thread.
  GroupOfRun(std::shared_ptr<Ranks> ranks, Ranks::Timeout timeout)
      : ranks_(std::move(ranks)), timeout_(timeout), sums_(std::make_shared<Sums>()) {
    worker_.Do([] {});
  }

  int rank() const override { return ranks_->rank(); }
  int size() const override { return ranks_->size(); }
  void SumGradient(mlp::Real* numbers, std::size_t count) override {
    ranks_->Sum(numbers, count, Ranks::Channel::kGradients, timeout_);
  }
  void SumNumbers(double* numbers, std::size_t count) override {
    ranks_->Sum(numbers, count, Ranks::Channel::kNumbers, timeout_);
  }
  void StartSum(mlp::Real* numbers, std::size_t count) override {
    {
      const mlp::MutexLock lock(sums_->mutex);
      ++sums_->missing;
    }
    const auto sum = [sums = sums_, ranks = ranks_, timeout = timeout_, numbers, count] {
      std::exception_ptr failure;
      try {
        ranks->Sum(numbers, count, Ranks::Channel::kGradients, timeout);
      } catch (...) {
        failure = std::current_exception();
      }
      const mlp::MutexLock lock(sums->mutex);
      if (failure && !sums->failure) sums->failure = failure;
      --sums->missing;
      sums->changed.notify_one();
    };
    try {
      worker_.Do(sum);
    } catch (...) {  // no memory: nobody would count it down
      const mlp::MutexLock lock(sums_->mutex);
      --sums_->missing;
      throw;
    }
  }
  void FinishSums() override {
    mlp::MutexLock lock(sums_->mutex);
    while (sums_->missing > 0) lock.Wait(sums_->changed);
    if (sums_->failure) std::rethrow_exception(sums_->failure);
  }

 private:
  struct Sums {
    mlp::Mutex mutex;
    std::condition_variable changed;
    std::size_t missing MLP_GUARDED_BY(mutex) = 0;
    std::exception_ptr failure MLP_GUARDED_BY(mutex);  // the first
  };

  std::shared_ptr<Ranks> ranks_;
  Ranks::Timeout timeout_;
  std::shared_ptr<Sums> sums_;
  Worker worker_;
};

}  // namespace

void ModelWrap::BeginRun(const Napi::CallbackInfo& info) {
  AtRest(info.Env());
  std::shared_ptr<mlp::AllReduce> group;
  if (info[0].IsObject()) {
    const auto run = info[0].As<Napi::Object>();
    group =
        std::make_shared<GroupOfRun>(GroupWrap::From(run.Get("group")), DecodeTimeout(run.Get("timeoutMs")));
  }
  Compiled(info.Env()).model->trainer().BeginRun(std::move(group));
}

void ModelWrap::EndRun(const Napi::CallbackInfo& info) {
  AtRest(info.Env());
  mlp::Model& model = *Compiled(info.Env()).model;
  model.trainer().EndRun(model.weights());
}

Napi::Value ModelWrap::BeginEpoch(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto data = DatasetWrap::From(info[0]);
  const mlp::EpochOptions options = DecodeEpoch(info[1].As<Napi::Object>());
  AtRest(env);
  mlp::Trainer& trainer = Compiled(env).model->trainer();
  const std::size_t steps = trainer.Begin(data, options);
  ReportMemory(env);
  auto object = Napi::Object::New(env);
  object.Set("steps", static_cast<double>(steps));
  object.Set("threads", trainer.threads());
  return object;
}

Napi::Value ModelWrap::Train(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  AtRest(env);
  if (Compiled(env).model->trainer().threads() == 0) Throw(env, "ERR_ARGUMENT", "No epoch was begun.");
  const auto rates = DecodeDoubles(info[1]);
  auto slice = std::make_shared<mlp::TrainSlice>();
  slice->data = state_->model->trainer().data();
  if (!slice->data) Throw(env, "ERR_DISPOSED", "The data of the epoch were disposed.");
  slice->steps = DecodeSize(info[0]);
  slice->rates.assign(rates.Data(), rates.Data() + rates.ElementLength());
  const auto factors = [&](const char* key, std::vector<double>& to) {
    if (!info[4].IsObject()) return;
    const Napi::Value value = info[4].As<Napi::Object>().Get(key);
    if (value.IsUndefined()) return;
    const auto numbers = DecodeDoubles(value);
    to.assign(numbers.Data(), numbers.Data() + numbers.ElementLength());
    if (to.size() != 1 && to.size() < slice->steps) {
      Throw(env, "ERR_ARGUMENT", "The native part expected one factor, or one for each step.");
    }
  };
  factors("dropout", slice->dropout_factors);
  factors("decay", slice->decay_factors);
  if (slice->rates.size() != 1 && slice->rates.size() < slice->steps) {
    Throw(env, "ERR_ARGUMENT", "The native part expected one rate, or one for each step.");
  }
  // The sixth argument is the last that node-addon-api passes without an allocation, which Guard would not
  // see.
  slice->wants_stop = info[5].IsBoolean() && info[5].As<Napi::Boolean>().Value();
  slice->budget_ms = DecodeNumber(info[2]);
  slice->epochs = info[3].IsUndefined() ? 1 : std::clamp<std::size_t>(DecodeSize(info[3]), 1, kMostEpochs);
  slice->sums.metrics.resize(state_->model->trainer().metrics().count());
  const auto stopping = Runtime::Of(env).stopping();
  slice->stop = stopping.get();
  Task task;
  task.threads = state_->model->trainer().threads();
  task.run = [model = state_->model, slice, stopping](mlp::Team& team) {
    model->trainer().Run(team, model->weights(), *slice);
  };
  task.end = [state = state_](Napi::Env) { state->slice_in_flight = false; };
  task.resolve = [slice](Napi::Env settling) -> Napi::Value {
    Napi::Object object = ToObject(settling, slice->sums);
    object.Set("steps", static_cast<double>(slice->steps_taken));
    object.Set("updates", static_cast<double>(slice->updates));
    object.Set("epochDone", slice->epoch_done);
    auto finished = Napi::Float64Array::New(settling, slice->earlier_epochs.size());
    std::copy(slice->earlier_epochs.begin(), slice->earlier_epochs.end(), finished.Data());
    object.Set("finished", finished);
    object.Set("stopped", slice->stopped);
    object.Set("converged", slice->converged);
    object.Set("finite", slice->finite);
    object.Set("stepsBack", static_cast<double>(slice->steps_back));
    return object;
  };
  const Napi::Promise promise = Runtime::Of(env).Submit(env, std::move(task));
  state_->slice_in_flight = true;
  return promise;
}

}  // namespace binding
