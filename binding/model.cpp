#include "binding/model.h"

#include <algorithm>
#include <string>
#include <vector>

#include "binding/decode.h"
#include "binding/encode.h"
#include "binding/errors.h"
#include "binding/snapshot.h"

namespace binding {
namespace {

// Throws unless the value is a Float32Array of `count` numbers.
void CheckExactly(std::size_t count, const Napi::Value& value, const char* what) {
  if (value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == napi_float32_array &&
      value.As<Napi::TypedArray>().ElementLength() == count) {
    return;
  }
  Throw(value.Env(), "ERR_ARGUMENT",
        std::string("The native part expected one float32 number a weight for ") + what + ".");
}

// REQUIRES: CheckExactly passed.
void CopyAll(mlp::Vector& out, const Napi::Value& value) {
  std::copy_n(value.As<Napi::Float32Array>().Data(), out.size(), out.begin());
}

const char* NameOf(mlp::Precision in_use) {
  if (in_use == mlp::Precision::kFloat32) return "float32";
  return in_use == mlp::Precision::kBfloat16 ? "bfloat16" : "float32-fast";
}

}  // namespace

Napi::Function ModelWrap::Define(Napi::Env env) {
  return DefineClass(
      env, "Model",
      {Method<&ModelWrap::Tensors>("tensors"), Method<&ModelWrap::GetWeights>("getWeights"),
       Method<&ModelWrap::ReadWeights>("readWeights"), Method<&ModelWrap::SetWeights>("setWeights"),
       Method<&ModelWrap::Compile>("compile"), Method<&ModelWrap::GetOptimizerState>("getOptimizerState"),
       Method<&ModelWrap::SetOptimizerState>("setOptimizerState"), Method<&ModelWrap::BeginRun>("beginRun"),
       Method<&ModelWrap::EndRun>("endRun"), Method<&ModelWrap::BeginEpoch>("beginEpoch"),
       Method<&ModelWrap::Train>("train"), Method<&ModelWrap::Evaluate>("evaluate"),
       Method<&ModelWrap::Predict>("predict"), Method<&ModelWrap::InputGradients>("inputGradients"),
       Method<&ModelWrap::PredictSync>("predictSync"), Method<&ModelWrap::BindRow>("bindRow"),
       Method<&ModelWrap::RoundWeights>("roundWeights"), Method<&ModelWrap::Dispose>("dispose")});
}

ModelWrap::ModelWrap(const Napi::CallbackInfo& info) : Wrap<ModelWrap>(info) {
  state_ = std::make_shared<State>();
  state_->model = std::make_shared<mlp::Model>(DecodeNetwork(info[0].As<Napi::Object>()));
  ReportMemory(info.Env());
}

ModelWrap::~ModelWrap() {
  state_.reset();
  ReportMemory(Env());
}

ModelWrap::State& ModelWrap::Alive(Napi::Env env) const {
  if (!state_ || !state_->model) Throw(env, "ERR_DISPOSED", "The model was disposed.");
  return *state_;
}

ModelWrap::State& ModelWrap::AtRest(Napi::Env env) const {
  State& state = Alive(env);
  if (state.slice_in_flight) Throw(env, "ERR_BUSY", "The model is in the middle of a training slice.");
  return state;
}

ModelWrap::State& ModelWrap::Compiled(Napi::Env env) const {
  State& state = Alive(env);
  if (!state.model->compiled()) Throw(env, "ERR_NOT_COMPILED", "The model has no loss and no optimizer yet.");
  return state;
}

void ModelWrap::ReportMemory(Napi::BasicEnv env) {
  const auto bytes = state_ && state_->model ? static_cast<std::int64_t>(state_->model->bytes()) : 0;
  if (bytes != reported_) Napi::MemoryManagement::AdjustExternalMemory(env, bytes - reported_);
  reported_ = bytes;
}

Napi::Value ModelWrap::Tensors(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto list = Napi::Array::New(env);
  const mlp::Network& network = Alive(env).model->network();
  for (std::size_t l = 0; l < network.layers().size(); ++l) {
    const auto& tensors = network.layers()[l]->tensors();
    for (std::size_t t = 0; t < tensors.size(); ++t) {
      const mlp::Tensor& tensor = tensors[t];
      auto object = Napi::Object::New(env);
      object.Set("layer", static_cast<double>(network.spec_index(l)));
      object.Set("trainable", network.trains(l, t));
      object.Set("name", tensor.name);
      object.Set("rows", static_cast<double>(tensor.rows));
      object.Set("columns", static_cast<double>(tensor.columns));
      object.Set("offset", static_cast<double>(tensor.offset));
      list.Set(list.Length(), object);
    }
  }
  return list;
}

Napi::Value ModelWrap::GetWeights(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (info[0].ToBoolean() && Alive(env).model->compiled()) {
    mlp::Model& model = *AtRest(env).model;
    const auto averaged = model.trainer().Averaged(model.weights().AtRest());
    if (averaged) return ToArray(env, *averaged);
  }
  return ToArray(env, *Alive(env).model->weights().Read());
}

void ModelWrap::ReadWeights(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto out = DecodeFloats(info[0]);
  const std::size_t begin = DecodeSize(info[1]), count = out.ElementLength();
  const auto snapshot = SnapshotWrap::From(info[2]);
  if (!snapshot->read && info[3].ToBoolean() && Alive(env).model->compiled()) {
    mlp::Model& model = *AtRest(env).model;
    snapshot->read = model.trainer().Averaged(model.weights().AtRest());
  }
  if (!snapshot->read) snapshot->read = Alive(env).model->weights().Read();
  const mlp::Vector& weights = *snapshot->read;
  if (begin > weights.size() || count > weights.size() - begin)
    Throw(env, "ERR_ARGUMENT", "The native part expected a range of the weights.");
  std::copy_n(weights.begin() + static_cast<std::ptrdiff_t>(begin), count, out.Data());
}

void ModelWrap::SetWeights(const Napi::CallbackInfo& info) {
  mlp::Model& model = *AtRest(info.Env()).model;
  CheckExactly(model.network().weight_count(), info[0], "the weights");
  if (info[1].IsUndefined()) {
    CopyAll(model.weights().Overwrite(), info[0]);
  } else {
    const auto numbers = info[0].As<Napi::Float32Array>();
    const auto [begin, count] = DecodeRange(numbers, info[1], info[2]);
    mlp::Vector& to = begin == 0 ? model.weights().Overwrite() : model.weights().Change();
    std::copy_n(numbers.Data() + begin, count, to.data() + begin);
  }
  if (model.compiled()) model.trainer().WeightsChanged();
}

Napi::Value ModelWrap::Compile(const Napi::CallbackInfo& info) {
  // Decoding comes first, here and below: a getter of the spec may call any method of the model.
  const auto spec = DecodeCompile(info[0].As<Napi::Object>());
  State& state = AtRest(info.Env());
  if (state.evaluations > 0) Throw(info.Env(), "ERR_BUSY", "The model is being evaluated.");
  state.model->Compile(spec);
  ReportMemory(info.Env());
  return Napi::String::New(info.Env(), NameOf(state.model->precision()));
}

Napi::Value ModelWrap::GetOptimizerState(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  AtRest(env);
  mlp::Trainer& trainer = Compiled(env).model->trainer();
  auto slots = Napi::Array::New(env);
  const std::size_t size = state_->model->network().weight_count();
  const bool whole = info[0].IsUndefined();
  const std::size_t begin = whole ? 0 : DecodeSize(info[0]), end = whole ? size : DecodeSize(info[1]);
  if (begin > end || end > size)
    Throw(env, "ERR_ARGUMENT", "The native part expected a range of the optimizer's state.");
  for (std::size_t s = 0; s < trainer.slot_count(); ++s) {
    auto part = Napi::Float32Array::New(env, end - begin);
    trainer.CopySlot(s, begin, end - begin, part.Data());
    slots.Set(slots.Length(), part);
  }
  auto object = Napi::Object::New(env);
  object.Set("steps", static_cast<double>(trainer.steps()));
  object.Set("slots", slots);
  return object;
}

void ModelWrap::SetOptimizerState(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto object = info[0].As<Napi::Object>();
  const std::size_t steps = DecodeSize(object.Get("steps"));
  const auto list = object.Get("slots").As<Napi::Array>();
  std::vector<Napi::Value> slots;
  for (std::uint32_t s = 0; s < list.Length(); ++s) slots.push_back(list.Get(s));
  AtRest(env);
  mlp::Trainer& trainer = Compiled(env).model->trainer();
  if (slots.size() != trainer.slot_count()) {
    Throw(env, "ERR_ARGUMENT", "The optimizer's state is not of this optimizer.");
  }
  // Checks all before any is written.
  const std::size_t size = state_->model->network().weight_count();
  for (const Napi::Value& slot : slots) CheckExactly(size, slot, "the optimizer's state");
  auto& numbers = trainer.slots_to_overwrite();
  for (std::size_t s = 0; s < slots.size(); ++s) {
    const auto array = slots[s].As<Napi::Float32Array>();
    const auto [begin, count] =
        info[1].IsUndefined() ? NumberRange{0, size} : DecodeRange(array, info[1], info[2]);
    std::copy_n(array.Data() + begin, count, numbers[s].data() + begin);
  }
  trainer.SetSteps(steps);
}

void ModelWrap::Dispose(const Napi::CallbackInfo& info) {
  if (!state_->model) return;
  AtRest(info.Env());
  state_->model.reset();
  ReportMemory(info.Env());
}

}  // namespace binding
