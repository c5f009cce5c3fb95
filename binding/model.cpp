#include "binding/model.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "binding/dataset.h"
#include "binding/decode.h"
#include "binding/runtime.h"
#include "math/blas.h"
#include "math/error.h"
#include "train/check.h"
#include "train/inference.h"

namespace binding {
namespace {

// Runs core code, turning its errors into JavaScript's.
template <typename F>
auto Guard(Napi::Env env, F f) {
  try {
    return f();
  } catch (const mlp::Error& error) {
    Throw(env, error.code(), error.what());
  } catch (const std::bad_alloc&) {
    Throw(env, "ERR_ARGUMENT", "There is not enough memory for this network and batch size.");
  }
}

Napi::Float32Array ToArray(Napi::Env env, const mlp::Vector& numbers) {
  auto array = Napi::Float32Array::New(env, numbers.size());
  std::copy(numbers.begin(), numbers.end(), array.Data());
  return array;
}

Napi::Object ToObject(Napi::Env env, const mlp::Sums& sums) {
  auto object = Napi::Object::New(env);
  object.Set("rows", static_cast<double>(sums.rows));
  object.Set("loss", sums.loss);
  auto metrics = Napi::Array::New(env, sums.metrics.size());
  for (std::uint32_t k = 0; k < sums.metrics.size(); ++k) metrics.Set(k, sums.metrics[k]);
  object.Set("metrics", metrics);
  return object;
}

// Copies a float32 array whose length must be right: it fills memory of ours.
void CopyExactly(mlp::Vector& out, const Napi::Value& value, const char* what) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_float32_array ||
      value.As<Napi::TypedArray>().ElementLength() != out.size()) {
    Throw(value.Env(), "ERR_ARGUMENT",
          std::string("The native part expected one float32 number a weight for ") + what + ".");
  }
  const auto array = value.As<Napi::Float32Array>();
  std::copy_n(array.Data(), out.size(), out.begin());
}

}  // namespace

Napi::Function ModelWrap::Define(Napi::Env env) {
  return DefineClass(
      env, "Model",
      {InstanceMethod<&ModelWrap::Tensors>("tensors"), InstanceMethod<&ModelWrap::GetWeights>("getWeights"),
       InstanceMethod<&ModelWrap::SetWeights>("setWeights"), InstanceMethod<&ModelWrap::Compile>("compile"),
       InstanceMethod<&ModelWrap::GetOptimizerState>("getOptimizerState"),
       InstanceMethod<&ModelWrap::SetOptimizerState>("setOptimizerState"),
       InstanceMethod<&ModelWrap::BeginEpoch>("beginEpoch"), InstanceMethod<&ModelWrap::Train>("train"),
       InstanceMethod<&ModelWrap::Evaluate>("evaluate"), InstanceMethod<&ModelWrap::Predict>("predict"),
       InstanceMethod<&ModelWrap::PredictSync>("predictSync"), InstanceMethod<&ModelWrap::BindRow>("bindRow"),
       InstanceMethod<&ModelWrap::Dispose>("dispose")});
}

ModelWrap::ModelWrap(const Napi::CallbackInfo& info) : Napi::ObjectWrap<ModelWrap>(info) {
  const Napi::Env env = info.Env();
  state_ = Guard(env, [&] { return std::make_shared<State>(DecodeNetwork(info[0].As<Napi::Object>())); });
  ReportMemory(env);
}

ModelWrap::~ModelWrap() {
  state_.reset();
  ReportMemory(Env());
}

ModelWrap::State& ModelWrap::Alive(Napi::Env env) const {
  if (!state_) Throw(env, "ERR_DISPOSED", "The model was disposed.");
  return *state_;
}

ModelWrap::State& ModelWrap::AtRest(Napi::Env env) const {
  State& state = Alive(env);
  if (state.slice_in_flight) Throw(env, "ERR_BUSY", "The model is in the middle of a training slice.");
  return state;
}

ModelWrap::State& ModelWrap::Compiled(Napi::Env env) const {
  State& state = Alive(env);
  if (!state.model.compiled()) Throw(env, "ERR_NOT_COMPILED", "The model has no loss and no optimizer yet.");
  return state;
}

void ModelWrap::ReportMemory(Napi::BasicEnv env) {
  const auto bytes = state_ ? static_cast<std::int64_t>(state_->model.bytes()) : 0;
  if (bytes != reported_) Napi::MemoryManagement::AdjustExternalMemory(env, bytes - reported_);
  reported_ = bytes;
}

Napi::Value ModelWrap::Tensors(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto list = Napi::Array::New(env);
  const auto& layers = Alive(env).model.network().layers();
  for (std::size_t l = 0; l < layers.size(); ++l) {
    for (const mlp::Tensor& tensor : layers[l]->tensors()) {
      auto object = Napi::Object::New(env);
      object.Set("layer", static_cast<double>(l));
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
  return ToArray(info.Env(), *Alive(info.Env()).model.weights().Read());
}

void ModelWrap::SetWeights(const Napi::CallbackInfo& info) {
  CopyExactly(AtRest(info.Env()).model.weights().Change(), info[0], "the weights");
}

void ModelWrap::Compile(const Napi::CallbackInfo& info) {
  State& state = AtRest(info.Env());
  Guard(info.Env(), [&] { state.model.Compile(DecodeCompile(info[0].As<Napi::Object>())); });
  ReportMemory(info.Env());
}

Napi::Value ModelWrap::GetOptimizerState(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  AtRest(env);
  mlp::Trainer& trainer = Compiled(env).model.trainer();
  auto slots = Napi::Array::New(env);
  for (const mlp::Vector& slot : trainer.slots()) slots.Set(slots.Length(), ToArray(env, slot));
  auto object = Napi::Object::New(env);
  object.Set("steps", static_cast<double>(trainer.optimizer().steps()));
  object.Set("slots", slots);
  return object;
}

void ModelWrap::SetOptimizerState(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  AtRest(env);
  mlp::Trainer& trainer = Compiled(env).model.trainer();
  const auto object = info[0].As<Napi::Object>();
  const auto slots = object.Get("slots").As<Napi::Array>();
  if (slots.Length() != trainer.slots().size()) {
    Throw(env, "ERR_ARGUMENT", "The optimizer's state is not of this optimizer.");
  }
  for (std::uint32_t s = 0; s < slots.Length(); ++s)
    CopyExactly(trainer.slots()[s], slots.Get(s), "the optimizer's state");
  trainer.optimizer().SetSteps(DecodeSize(object.Get("steps")));
}

Napi::Value ModelWrap::BeginEpoch(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  AtRest(env);
  mlp::Trainer& trainer = Compiled(env).model.trainer();
  auto data = DatasetWrap::From(info[0]);
  const auto steps =
      Guard(env, [&] { return trainer.Begin(std::move(data), DecodeEpoch(info[1].As<Napi::Object>())); });
  ReportMemory(env);
  auto object = Napi::Object::New(env);
  object.Set("steps", static_cast<double>(steps));
  object.Set("threads", trainer.threads());
  return object;
}

Napi::Value ModelWrap::Train(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  AtRest(env);
  if (Compiled(env).model.trainer().threads() == 0) Throw(env, "ERR_ARGUMENT", "No epoch was begun.");
  const auto rates = info[1].As<Napi::Float64Array>();
  auto slice = std::make_shared<mlp::TrainSlice>();
  slice->steps = DecodeSize(info[0]);
  slice->rates.assign(rates.Data(), rates.Data() + rates.ElementLength());
  if (slice->rates.size() != 1 && slice->rates.size() < slice->steps) {
    Throw(env, "ERR_ARGUMENT", "The native part expected one rate, or one for each step.");
  }
  slice->budget_ms = info[2].ToNumber().DoubleValue();
  slice->sums.metrics.resize(state_->model.trainer().metrics().count());
  const auto stopping = Runtime::Of(env).stopping();
  slice->stop = stopping.get();
  state_->slice_in_flight = true;

  Task task;
  task.threads = state_->model.trainer().threads();
  task.run = [state = state_, slice, stopping](mlp::Team& team) {
    state->model.trainer().Run(team, state->model.weights(), *slice);
  };
  task.settle = [state = state_, slice](Napi::Env settling) -> Napi::Value {
    state->slice_in_flight = false;
    Napi::Object object = ToObject(settling, slice->sums);
    object.Set("steps", static_cast<double>(slice->steps_taken));
    object.Set("finite", slice->finite);
    return object;
  };
  return Runtime::Of(env).Submit(env, std::move(task));
}

namespace {

// A slice of inference with all that it reads, which outlives the call.
struct Inference {
  std::shared_ptr<const mlp::Dataset> data;
  std::shared_ptr<const mlp::Vector> weights;  // read by rank 0: never torn
  std::shared_ptr<std::atomic<bool>> stopping;
  std::optional<mlp::InferenceSlice> slice;
};

std::shared_ptr<Inference> StartInference(const Napi::CallbackInfo& info, const mlp::Network& network,
                                          double budget_ms) {
  auto inference = std::make_shared<Inference>();
  inference->data = DatasetWrap::From(info[0]);
  Guard(info.Env(), [&] { mlp::CheckInputs(network, *inference->data); });
  inference->stopping = Runtime::Of(info.Env()).stopping();
  inference->slice.emplace(network, *inference->data, DecodeSize(info[1]), budget_ms, *inference->stopping);
  return inference;
}

}  // namespace

Napi::Value ModelWrap::Evaluate(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  State& state = Compiled(env);
  AtRest(env);
  auto inference = StartInference(info, state.model.network(), info[2].ToNumber().DoubleValue());
  Guard(env, [&] { mlp::CheckTargets(state.model.trainer().loss(), *inference->data); });
  Task task;
  task.threads = inference->slice->threads();
  task.run = [owner = state_, inference](mlp::Team& team) {
    if (team.rank() == 0) inference->weights = owner->model.weights().Read();
    team.Meet();
    const mlp::Trainer& trainer = owner->model.trainer();
    inference->slice->Evaluate(*inference->weights, trainer.loss(), trainer.metrics());
  };
  task.settle = [inference](Napi::Env settling) -> Napi::Value {
    return ToObject(settling, inference->slice->Total());
  };
  return Runtime::Of(env).Submit(env, std::move(task));
}

Napi::Value ModelWrap::Predict(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  State& state = Alive(env);
  auto inference = StartInference(info, state.model.network(), info[3].ToNumber().DoubleValue());
  auto out = info[2].As<Napi::Float32Array>();
  const std::size_t first = std::min(DecodeSize(info[1]), inference->data->rows());
  if (out.ElementLength() < (inference->data->rows() - first) * state.model.network().outputs()) {
    Throw(env, "ERR_ARGUMENT", "The native part expected room for every row's outputs.");
  }
  mlp::Real* const outputs = out.Data();
  // Holds the array's memory until the promise settles; nobody else has the array before that.
  napi_ref keep = nullptr;
  if (napi_create_reference(env, out, 1, &keep) != napi_ok) throw Napi::Error::New(env);
  Task task;
  task.threads = inference->slice->threads();
  task.urgent = true;
  task.run = [owner = state_, inference, outputs](mlp::Team& team) {
    if (team.rank() == 0) inference->weights = owner->model.weights().Read();
    team.Meet();
    inference->slice->Predict(*inference->weights, outputs);
  };
  task.settle = [inference, keep](Napi::Env settling) -> Napi::Value {
    napi_delete_reference(settling, keep);
    return Napi::Number::New(settling, static_cast<double>(inference->slice->rows_done()));
  };
  return Runtime::Of(env).Submit(env, std::move(task));
}

void ModelWrap::PredictSync(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  State& state = Alive(env);
  const auto x = info[0].As<Napi::TypedArray>();
  const std::size_t rows = DecodeSize(info[1]);
  auto out = info[2].As<Napi::Float32Array>();
  const mlp::Network& network = state.model.network();
  if (x.ElementLength() != rows * network.inputs() || out.ElementLength() != rows * network.outputs()) {
    Throw(env, "ERR_ARGUMENT", "The native part expected whole rows of inputs and outputs.");
  }
  const mlp::Real* input = nullptr;
  if (x.TypedArrayType() == napi_float32_array) {
    input = x.As<Napi::Float32Array>().Data();
  } else {
    state.input.resize(std::max(state.input.size(), x.ElementLength()));
    CopyNumbers(state.input.data(), x);
    input = state.input.data();
  }
  PredictHere(state, out.Data(), input, rows);
}

void ModelWrap::PredictHere(State& state, mlp::Real* out, const mlp::Real* x, std::size_t rows) {
  mlp::KeepBlasSingleThreaded();
  if (state.slice_in_flight) {
    state.model.Predict(out, x, rows, *state.model.weights().Read());
  } else {
    state.model.Predict(out, x, rows, state.model.weights().AtRest());
  }
}

// Made by bindRow. Its function holds the two arrays, so their memory outlives it.
struct ModelWrap::BoundRow {
  std::shared_ptr<State> state;
  const mlp::Real* input;
  mlp::Real* output;

  static napi_value Call(napi_env env, napi_callback_info info) {
    void* data = nullptr;
    if (napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data) != napi_ok) return nullptr;
    const auto& row = *static_cast<BoundRow*>(data);
    PredictHere(*row.state, row.output, row.input, 1);
    return nullptr;
  }

  static void Delete(node_api_basic_env, void* data, void*) { delete static_cast<BoundRow*>(data); }
};

Napi::Value ModelWrap::BindRow(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const mlp::Network& network = Alive(env).model.network();
  auto input = info[0].As<Napi::Float32Array>();
  auto output = info[1].As<Napi::Float32Array>();
  if (input.ElementLength() != network.inputs() || output.ElementLength() != network.outputs()) {
    Throw(env, "ERR_ARGUMENT", "The native part expected one row of inputs and one of outputs.");
  }
  auto bound = std::make_unique<BoundRow>(BoundRow{state_, input.Data(), output.Data()});
  napi_value function = nullptr;
  if (napi_create_function(env, "predictRow", NAPI_AUTO_LENGTH, BoundRow::Call, bound.get(), &function) !=
          napi_ok ||
      napi_add_finalizer(env, function, bound.get(), BoundRow::Delete, nullptr, nullptr) != napi_ok) {
    throw Napi::Error::New(env);
  }
  bound.release();
  Napi::Function bound_function(env, function);
  bound_function.Set("input", input);
  bound_function.Set("output", output);
  return bound_function;
}

void ModelWrap::Dispose(const Napi::CallbackInfo& info) {
  if (!state_) return;
  AtRest(info.Env());
  state_.reset();
  ReportMemory(info.Env());
}

}  // namespace binding
