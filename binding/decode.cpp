#include "binding/decode.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "binding/decode_fields.h"
#include "binding/errors.h"
#include "math/kernels.h"

namespace binding {
namespace {

mlp::UpdateRules DecodeUpdateRules(const Napi::Object& spec) {
  mlp::UpdateRules rules;
  rules.weight_decay = Number(spec, "weightDecay");
  rules.clip_value = Number(spec, "clipValue");
  rules.clip_norm = Number(spec, "clipNorm");
  rules.global_clip_norm = Number(spec, "globalClipNorm");
  rules.ema = Number(spec, "ema");
  rules.accumulation_steps = DecodeSize(spec.Get("accumulationSteps"));
  if (rules.accumulation_steps == 0) {
    Throw(spec.Env(), "ERR_ARGUMENT", "An update takes at least one batch.");
  }
  return rules;
}

mlp::OptimizerSpec DecodeOptimizer(const Napi::Object& spec) {
  mlp::OptimizerSpec optimizer;
  optimizer.kind = mlp::OptimizerFromName(Text(spec, "name"));
  ReadNumber(spec, "momentum", optimizer.momentum);
  ReadNumber(spec, "rho", optimizer.rho);
  ReadNumber(spec, "beta1", optimizer.beta1);
  ReadNumber(spec, "beta2", optimizer.beta2);
  ReadNumber(spec, "momentumDecay", optimizer.momentum_decay);
  ReadNumber(spec, "epsilon", optimizer.epsilon);
  ReadNumber(spec, "initialAccumulatorValue", optimizer.initial_accumulator);
  ReadNumber(spec, "weightDecay", optimizer.weight_decay);
  optimizer.nesterov = Flag(spec, "nesterov");
  optimizer.centered = Flag(spec, "centered");
  optimizer.amsgrad = Flag(spec, "amsgrad");
  optimizer.raw_epsilon = Flag(spec, "rawEpsilon");
  optimizer.epsilon_in_root = Flag(spec, "epsilonInRoot");
  if (spec.Get("rules").IsObject()) optimizer.rules = DecodeUpdateRules(Child(spec, "rules"));
  if (optimizer.kind == mlp::OptimizerSpec::Kind::kLbfgs) {
    optimizer.lbfgs = {DecodeSize(spec.Get("historySize")), DecodeSize(spec.Get("maxLineSearchSteps")),
                       Number(spec, "gradientTolerance"), Number(spec, "valueTolerance")};
    if (optimizer.lbfgs.history == 0) Throw(spec.Env(), "ERR_ARGUMENT", "L-BFGS keeps at least one pair.");
  }
  return optimizer;
}

mlp::LossSpec DecodeLoss(const Napi::Object& spec) {
  mlp::LossSpec loss;
  loss.kind = mlp::LossFromName(Text(spec, "name"));
  loss.from_logits = Flag(spec, "fromLogits");
  for (const auto& [name, value] : mlp::kLossParameters) {
    if (spec.Get(name).IsNumber()) loss.parameters.*value = static_cast<mlp::Real>(Number(spec, name));
  }
  return loss;
}

// Numbers are copied and then checked in groups of this size, while they are in cache.
constexpr std::size_t kNumbersAtOnce = 8192;

// Doubles must fit into float32 too, so that every model takes the same rows.
bool AllFinite(const double* numbers, std::size_t count) {
  constexpr double kLargest = std::numeric_limits<float>::max();
  return std::all_of(numbers, numbers + count, [](double number) { return std::abs(number) <= kLargest; });
}
bool AllFinite(const float* numbers, std::size_t count) {
  return mlp::ActiveKernels().all_finite(numbers, count);
}

template <typename From, typename To>
bool CopyAs(To* out, const Napi::TypedArray& numbers, NumberRange range) {
  const From* const from = numbers.As<Napi::TypedArrayOf<From>>().Data() + range.begin;
  bool finite = true;
  for (std::size_t i = 0; i < range.count; i += kNumbersAtOnce) {
    const std::size_t n = std::min(kNumbersAtOnce, range.count - i);
    std::transform(from + i, from + i + n, out + i, [](From number) { return static_cast<To>(number); });
    finite = finite && AllFinite(out + i, n);
  }
  return finite;
}

template <typename To>
bool Copy(To* out, const Napi::TypedArray& numbers, NumberRange range) {
  switch (numbers.TypedArrayType()) {
    case napi_float32_array:
      return CopyAs<float>(out, numbers, range);
    case napi_float64_array:
      return CopyAs<double>(out, numbers, range);
    case napi_uint8_array:
      return CopyAs<std::uint8_t>(out, numbers, range);
    default:
      Throw(numbers.Env(), "ERR_ARGUMENT", "The native part expected float32, float64 or byte numbers.");
  }
}

}  // namespace

double DecodeNumber(const Napi::Value& value) {
  if (!value.IsNumber()) Throw(value.Env(), "ERR_ARGUMENT", "The native part expected a number.");
  return value.As<Napi::Number>().DoubleValue();
}

Napi::Float32Array DecodeFloats(const Napi::Value& value) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_float32_array) {
    Throw(value.Env(), "ERR_ARGUMENT", "The native part expected a Float32Array.");
  }
  return value.As<Napi::Float32Array>();
}

Napi::Int32Array DecodeIntegers(const Napi::Value& value) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_int32_array) {
    Throw(value.Env(), "ERR_ARGUMENT", "The native part expected an Int32Array.");
  }
  return value.As<Napi::Int32Array>();
}

Napi::Float64Array DecodeDoubles(const Napi::Value& value) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_float64_array) {
    Throw(value.Env(), "ERR_ARGUMENT", "The native part expected a Float64Array.");
  }
  return value.As<Napi::Float64Array>();
}

std::size_t DecodeSize(const Napi::Value& value) {
  const double number = DecodeNumber(value);
  if (!(number >= 0) || number > 9007199254740991.0 || std::floor(number) != number) {
    Throw(value.Env(), "ERR_ARGUMENT", "The native part expected a count.");
  }
  return static_cast<std::size_t>(number);
}

mlp::CompileSpec DecodeCompile(const Napi::Object& spec) {
  mlp::CompileSpec compile;
  const Napi::Object loss = Child(spec, "loss"), optimizer = Child(spec, "optimizer");
  compile.loss = DecodeLoss(loss);
  compile.optimizer = DecodeOptimizer(optimizer);
  compile.mean = Flag(spec, "meanOverWeights") ? mlp::Mean::kWeights : mlp::Mean::kRows;
  if (spec.Has("precision")) compile.precision = mlp::PrecisionFromName(Text(spec, "precision"));
  if (spec.Has("lossFactor")) compile.loss_factor = Number(spec, "lossFactor");
  const auto metrics = spec.Get("metrics").As<Napi::Array>();
  for (std::uint32_t i = 0; i < metrics.Length(); ++i) {
    compile.metrics.push_back(mlp::MetricFromName(metrics.Get(i).ToString().Utf8Value()));
  }
  return compile;
}

mlp::EpochOptions DecodeEpoch(const Napi::Object& options) {
  mlp::EpochOptions epoch;
  epoch.batch_size = DecodeSize(options.Get("batchSize"));
  if (epoch.batch_size == 0) Throw(options.Env(), "ERR_ARGUMENT", "A batch has at least one row.");
  epoch.shuffle = Flag(options, "shuffle");
  epoch.epoch = static_cast<std::uint32_t>(DecodeSize(options.Get("epoch")));
  epoch.gradient_norms = Flag(options, "gradientNorms");
  epoch.share_batches = Flag(options, "shareBatches");
  epoch.threads = static_cast<int>(std::min<std::size_t>(DecodeSize(options.Get("threads")), 256));
  const Napi::Value steps = options.Get("steps");
  if (!steps.IsUndefined()) epoch.steps = DecodeSize(steps);
  return epoch;
}

NumberRange DecodeRange(const Napi::TypedArray& numbers, const Napi::Value& begin, const Napi::Value& end) {
  const std::size_t first = DecodeSize(begin), last = DecodeSize(end);
  if (first > last || last > numbers.ElementLength()) {
    Throw(numbers.Env(), "ERR_ARGUMENT", "The native part expected a range of the array.");
  }
  return {first, last - first};
}

bool CopyNumbers(mlp::Real* out, const Napi::TypedArray& numbers, NumberRange range) {
  return Copy(out, numbers, range);
}
bool CopyDoubles(double* out, const Napi::TypedArray& numbers, NumberRange range) {
  return Copy(out, numbers, range);
}
bool CopyNumbers(mlp::Real* out, const Napi::TypedArray& numbers) {
  return Copy(out, numbers, {0, numbers.ElementLength()});
}
bool CopyDoubles(double* out, const Napi::TypedArray& numbers) {
  return Copy(out, numbers, {0, numbers.ElementLength()});
}

}  // namespace binding
