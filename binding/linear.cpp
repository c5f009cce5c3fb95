#include "binding/linear.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "binding/dataset.h"
#include "binding/decode.h"
#include "binding/errors.h"
#include "binding/linear_decode.h"
#include "binding/runtime.h"

namespace binding {
namespace {

Napi::Float64Array ToArray(Napi::Env env, const mlp::DoubleVector& numbers) {
  auto array = Napi::Float64Array::New(env, numbers.size());
  std::copy(numbers.begin(), numbers.end(), array.Data());
  return array;
}

}  // namespace

Napi::Function LinearRunWrap::Define(Napi::Env env) {
  return DefineClass(env, "LinearRun",
                     {Method<&LinearRunWrap::Copy>("copy"), Method<&LinearRunWrap::BeginEpoch>("beginEpoch"),
                      Method<&LinearRunWrap::Train>("train"), Method<&LinearRunWrap::Sums>("sums"),
                      Method<&LinearRunWrap::Read>("read"), Method<&LinearRunWrap::Dispose>("dispose")});
}

LinearRunWrap::LinearRunWrap(const Napi::CallbackInfo& info) : Wrap<LinearRunWrap>(info) {
  state_ = std::make_shared<State>();
  const auto spec = info[0].As<Napi::Object>(), data = info[1].As<Napi::Object>();
  const double steps = DecodeNumber(spec.Get("steps"));
  const auto targets = DecodeDoubles(data.Get("targets")), weights = DecodeDoubles(data.Get("weights"));
  parts_ = std::make_unique<Parts>(Parts{
      DecodeLinearSpec(spec), DecodeLinearData(data), DecodeLinearState(info[2].As<Napi::Object>()), steps,
      mlp::Filling<double>(targets.ElementLength()), mlp::Filling<double>(weights.ElementLength())});
  mlp::CheckSizes(parts_->spec, parts_->data, parts_->from, targets.ElementLength(), weights.ElementLength());
  if (info[3].ToBoolean().Value()) return;
  if (weights.ElementLength() > 0) Add(1, weights, {0, weights.ElementLength()});
  Add(0, targets, {0, targets.ElementLength()});
}

void LinearRunWrap::Copy(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!parts_) Throw(env, "ERR_ARGUMENT", "The native part has all numbers of the run.");
  const std::size_t part = DecodeSize(info[0]);
  const auto array = DecodeDoubles(info[1]);
  Add(part, array, DecodeRange(array, info[2], info[3]));
}

void LinearRunWrap::Add(std::size_t part, const Napi::Float64Array& array, NumberRange range) {
  mlp::Filling<double>& filling = part == 0 ? parts_->targets : parts_->weights;
  const auto out = filling.Next(range.count);
  std::copy_n(array.Data() + range.begin, range.count, out.begin());
  filling.Advance(range.count);
  if (!parts_->targets.full() || !parts_->weights.full()) return;
  parts_->data.targets = parts_->targets.Take();
  parts_->data.weights = parts_->weights.Take();
  state_->run =
      std::make_shared<mlp::LinearRun>(parts_->spec, std::move(parts_->data), parts_->from, parts_->steps);
  parts_.reset();
}

mlp::LinearRun& LinearRunWrap::AtRest(Napi::Env env) const {
  if (parts_) Throw(env, "ERR_ARGUMENT", "The native part expected a run with all numbers.");
  if (!state_->run) Throw(env, "ERR_DISPOSED", "The run was disposed.");
  if (state_->slice_in_flight) Throw(env, "ERR_BUSY", "The run is in the middle of a slice.");
  return *state_->run;
}

void LinearRunWrap::BeginEpoch(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto epoch = static_cast<std::uint32_t>(DecodeSize(info[0]));
  const bool shuffle = info[1].ToBoolean().Value();
  const auto rates = DecodeDoubles(info[2]), active = DecodeDoubles(info[3]);
  const std::vector<std::uint8_t> learns(active.Data(), active.Data() + active.ElementLength());
  AtRest(env).BeginEpoch(epoch, shuffle, {rates.Data(), rates.ElementLength()}, learns);
}

Napi::Value LinearRunWrap::Train(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const double budget_ms = DecodeNumber(info[0]);
  AtRest(env);
  Task task;
  task.threads = state_->run->threads();
  const auto stopping = Runtime::Of(env).stopping();
  task.run = [run = state_->run, stopping, budget_ms](mlp::Team& team) {
    run->Train(team, budget_ms, *stopping);
  };
  task.end = [state = state_](Napi::Env) { state->slice_in_flight = false; };
  task.resolve = [state = state_](Napi::Env settling) -> Napi::Value {
    return Napi::Number::New(settling, static_cast<double>(state->run->RowsDone()));
  };
  const Napi::Promise promise = Runtime::Of(env).Submit(env, std::move(task));
  state_->slice_in_flight = true;
  return promise;
}

Napi::Value LinearRunWrap::Sums(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const mlp::LinearRun& run = AtRest(env);
  const std::size_t units = run.units().size();
  auto loss = Napi::Float64Array::New(env, units), objective = Napi::Float64Array::New(env, units),
       weight = Napi::Float64Array::New(env, units);
  for (std::size_t k = 0; k < units; ++k) {
    const mlp::UnitSums& sums = run.units()[k].sums();
    loss[k] = sums.loss;
    objective[k] = sums.objective;
    weight[k] = sums.weight;
  }
  auto object = Napi::Object::New(env);
  object.Set("loss", loss);
  object.Set("objective", objective);
  object.Set("weight", weight);
  object.Set("finite", run.Finite());
  return object;
}

Napi::Value LinearRunWrap::Read(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const mlp::LinearState state = AtRest(env).Read();
  auto object = Napi::Object::New(env);
  object.Set("weights", ToArray(env, state.weights));
  object.Set("intercepts", ToArray(env, state.intercepts));
  object.Set("averageWeights", ToArray(env, state.average_weights));
  object.Set("averageIntercepts", ToArray(env, state.average_intercepts));
  return object;
}

void LinearRunWrap::Dispose(const Napi::CallbackInfo& info) {
  parts_.reset();
  if (!state_->run) return;
  AtRest(info.Env());
  state_->run.reset();
}

}  // namespace binding
