// Evaluation and prediction, on the compute threads and on the JavaScript thread.
#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "binding/dataset.h"
#include "binding/decode.h"
#include "binding/encode.h"
#include "binding/errors.h"
#include "binding/model.h"
#include "binding/runtime.h"
#include "binding/snapshot.h"
#include "math/blas.h"
#include "math/kernels.h"
#include "train/check.h"
#include "train/inference.h"
#include "train/tensor_rules.h"

namespace binding {
namespace {

// A slice of inference and all that it reads; it outlives the JavaScript call.
struct Inference {
  std::shared_ptr<const mlp::Dataset> data;
  std::shared_ptr<const mlp::Vector> weights;  // one state of them, never torn
  std::shared_ptr<std::atomic<bool>> stopping;
  std::optional<mlp::InferenceSlice> slice;
  double penalty = 0;  // of the weights' regularizers: part of each row's loss
  mlp::Sums sums;      // of all rows before and those of the slice, without the penalty

  // In Team::Prepare. Calls that share a snapshot read the same weights.
  void Begin(mlp::Model& from, SnapshotWrap::Weights* snapshot = nullptr) {
    SnapshotWrap::Weights own;
    SnapshotWrap::Weights& state = snapshot != nullptr ? *snapshot : own;
    if (!state.read) {
      std::uint64_t version = 0;
      state.read = from.weights().Read(&version);
      state.packed = from.Packed(*state.read, version);
    }
    weights = state.read;
    slice->UsePacked(state.packed);
    slice->StartClock();
  }
  // In Team::Prepare, while nothing trains: reads the weights that EndRun would write.
  void TakeAverage(mlp::Model& model) {
    auto averaged = model.trainer().Averaged(*weights);
    if (!averaged) return;
    weights = std::move(averaged);
    slice->UsePacked(model.Packed(*weights, 0));
  }
};

std::shared_ptr<Inference> StartInference(const Napi::CallbackInfo& info, const mlp::Network& network,
                                          double budget_ms) {
  auto inference = std::make_shared<Inference>();
  inference->data = DatasetWrap::From(info[0]);
  mlp::CheckInputs(network, *inference->data);
  inference->stopping = Runtime::Of(info.Env()).stopping();
  inference->slice.emplace(network, *inference->data, DecodeSize(info[1]), budget_ms, *inference->stopping);
  return inference;
}

// 0: no bound.
int MostThreads(const Napi::Value& value) {
  return value.IsUndefined() ? 0 : static_cast<int>(std::min<std::size_t>(DecodeSize(value), 256));
}

}  // namespace

Napi::Value ModelWrap::Evaluate(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  State& state = Compiled(env);
  AtRest(env);
  auto inference = StartInference(info, state.model->network(), DecodeNumber(info[2]));
  mlp::CheckTargets(state.model->trainer().loss(), *inference->data);
  const bool averaged = info[3].ToBoolean();
  if (!info[4].IsUndefined()) {
    const auto before = DecodeDoubles(info[4]);
    const std::size_t count = state.model->trainer().metrics().count();
    if (before.ElementLength() != 1 + count) {
      Throw(env, "ERR_ARGUMENT", "The native part expected a total for the loss and for each metric.");
    }
    inference->sums.rows = std::min(DecodeSize(info[1]), inference->data->rows());
    inference->sums.loss = before[0];
    for (std::size_t k = 0; k < count; ++k) inference->sums.metrics.push_back(before[1 + k]);
  }
  Task task;
  task.threads = inference->slice->threads(&state.model->log(), MostThreads(info[5]));
  task.run = [model = state_->model, inference, averaged](mlp::Team& team) {
    team.Prepare([&] {
      inference->Begin(*model);
      if (averaged) inference->TakeAverage(*model);
      inference->penalty = mlp::TotalPenalty(model->network(), *inference->weights);
    });
    const mlp::Trainer& trainer = model->trainer();
    inference->slice->Evaluate(*inference->weights, trainer.loss(), trainer.metrics());
  };
  task.end = [owner = state_](Napi::Env) { --owner->evaluations; };
  task.resolve = [inference](Napi::Env settling) -> Napi::Value {
    mlp::Sums& sums = inference->sums;
    inference->slice->AddTo(sums);
    auto totals = Napi::Float64Array::New(settling, 1 + sums.metrics.size());
    totals[0] = sums.loss;
    std::copy(sums.metrics.begin(), sums.metrics.end(), totals.Data() + 1);
    sums.penalty = inference->penalty * static_cast<double>(sums.rows);
    sums.loss += sums.penalty;
    Napi::Object object = ToObject(settling, sums);
    object.Set("totals", totals);
    return object;
  };
  const Napi::Promise promise = Runtime::Of(env).Submit(env, std::move(task));
  ++state.evaluations;
  return promise;
}

Napi::Value ModelWrap::Predict(const Napi::CallbackInfo& info) {
  const mlp::Network& network = Alive(info.Env()).model->network();
  const std::size_t layers =
      info[5].IsUndefined() ? network.layers().size() : network.CountUpTo(DecodeSize(info[5]));
  const bool each = info[6].ToBoolean() && layers > network.first_by_member();
  const std::size_t columns = network.OutputsOf(layers) * (each ? network.members() : 1);
  const auto members = each ? mlp::MemberOutputs::kEach : mlp::MemberOutputs::kAverage;
  return InferInto(
      info, columns,
      [layers, members](mlp::InferenceSlice& slice, const mlp::Vector& weights, mlp::Real* out) {
        slice.Predict(weights, out, layers, members);
      },
      MostThreads(info[7]));
}

Napi::Value ModelWrap::InputGradients(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const mlp::Network& network = Alive(env).model->network();
  const auto numbers = DecodeIntegers(info[5]);
  std::vector<std::int32_t> which(numbers.Data(), numbers.Data() + numbers.ElementLength());
  const auto outputs = static_cast<std::int32_t>(network.outputs());
  const bool exist = std::all_of(which.begin(), which.end(), [=](auto o) { return o >= 0 && o < outputs; });
  if (!exist || which.size() != DatasetWrap::From(info[0])->rows()) {
    Throw(env, "ERR_ARGUMENT", "The native part expected the number of an output for every row.");
  }
  return InferInto(
      info, network.inputs(),
      [which = std::move(which)](mlp::InferenceSlice& slice, const mlp::Vector& weights, mlp::Real* out) {
        slice.InputGradients(weights, out, which.data());
      });
}

Napi::Value ModelWrap::InferInto(const Napi::CallbackInfo& info, std::size_t columns, Infer infer,
                                 int most_threads) {
  const Napi::Env env = info.Env();
  auto inference = StartInference(info, state_->model->network(), DecodeNumber(info[3]));
  auto out = DecodeFloats(info[2]);
  const auto snapshot = SnapshotWrap::From(info[4]);
  const std::size_t first = std::min(DecodeSize(info[1]), inference->data->rows());
  if (out.ElementLength() < (inference->data->rows() - first) * columns) {
    Throw(env, "ERR_ARGUMENT", "The native part expected room for every row's outputs.");
  }
  mlp::Real* const outputs = out.Data();
  Task task;
  task.threads = inference->slice->threads(&state_->model->log(), most_threads);
  task.urgent = true;
  task.run = [model = state_->model, inference, snapshot, outputs,
              infer = std::move(infer)](mlp::Team& team) {
    team.Prepare([&] { inference->Begin(*model, snapshot.get()); });
    infer(*inference->slice, *inference->weights, outputs);
  };
  task.resolve = [inference](Napi::Env settling) -> Napi::Value {
    return Napi::Number::New(settling, static_cast<double>(inference->slice->rows_done()));
  };
  return Runtime::Of(env).SubmitWith(env, std::move(task), out);
}

void ModelWrap::PredictSync(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  State& state = Alive(env);
  const auto x = info[0].As<Napi::TypedArray>();
  const std::size_t rows = DecodeSize(info[1]);
  auto out = DecodeFloats(info[2]);
  const mlp::Network& network = state.model->network();
  // The first comparison keeps the products from overflowing.
  if (rows > x.ElementLength() || x.ElementLength() != rows * network.inputs() ||
      out.ElementLength() != rows * network.outputs()) {
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
  PredictOnThisThread(state, out.Data(), input, rows);
}

void ModelWrap::RoundWeights(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const mlp::Rounding rounding = mlp::RoundingFromName(info[0].ToString().Utf8Value());
  State& state = Alive(env);
  state.model->RoundWeights(rounding);
  // During a slice the trainer's size may change; BeginEpoch reports the memory again.
  if (!state.slice_in_flight) ReportMemory(env);
}

void ModelWrap::PredictOnThisThread(State& state, mlp::Real* out, const mlp::Real* x, std::size_t rows) {
  mlp::KeepBlasSingleThreaded();
  if (state.slice_in_flight) {
    state.model->Predict(out, x, rows, *state.model->weights().Read());
  } else {
    state.model->PredictAtRest(out, x, rows);
  }
}

// The data of a function made by bindRow. That function holds the two arrays as properties, so their memory
// lives as long as it.
struct ModelWrap::BoundRow {
  std::shared_ptr<State> state;
  const mlp::Real* input;
  mlp::Real* output;

  // With an argument reads that row in place, and returns whether all of its numbers are finite.
  static napi_value Call(napi_env env, napi_callback_info info) {
    void* data = nullptr;
    std::size_t count = 1;
    napi_value argument = nullptr;
    if (napi_get_cb_info(env, info, &count, &argument, nullptr, &data) != napi_ok) return nullptr;
    const auto& row = *static_cast<BoundRow*>(data);
    if (!row.state->model) return nullptr;
    try {
      if (count == 0) {
        PredictOnThisThread(*row.state, row.output, row.input, 1);
        return nullptr;
      }
      const mlp::Real* const x = row.Numbers(env, argument);
      const bool finite = x != nullptr && mlp::ActiveKernels().all_finite(x, row.inputs());
      if (finite) PredictOnThisThread(*row.state, row.output, x, 1);
      napi_value answer = nullptr;
      napi_get_boolean(env, finite, &answer);
      return answer;
    } catch (...) {
      napi_throw(env, ErrorInFlight(env));
    }
    return nullptr;
  }

  std::size_t inputs() const { return state->model->network().inputs(); }

  // Null if the array is not a row of this network.
  const mlp::Real* Numbers(napi_env env, napi_value array) const {
    napi_typedarray_type type;
    std::size_t length = 0;
    void* numbers = nullptr;
    const bool fits =
        napi_get_typedarray_info(env, array, &type, &length, &numbers, nullptr, nullptr) == napi_ok &&
        type == napi_float32_array && length == inputs();
    return fits ? static_cast<const mlp::Real*>(numbers) : nullptr;
  }

  static void Delete(node_api_basic_env, void* data, void*) { delete static_cast<BoundRow*>(data); }
};

Napi::Value ModelWrap::BindRow(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const mlp::Network& network = Alive(env).model->network();
  auto input = DecodeFloats(info[0]);
  auto output = DecodeFloats(info[1]);
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

}  // namespace binding
