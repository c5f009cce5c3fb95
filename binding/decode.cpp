#include "binding/decode.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "binding/errors.h"
#include "math/kernels.h"

namespace binding {
namespace {

Napi::Object Child(const Napi::Object& object, const char* key) { return object.Get(key).As<Napi::Object>(); }

double Number(const Napi::Object& object, const char* key) { return DecodeNumber(object.Get(key)); }

// Does nothing if the key is missing: an object has only the parameters of its kind.
void ReadNumber(const Napi::Object& object, const char* key, double& value) {
  if (object.Has(key)) value = Number(object, key);
}

std::string Text(const Napi::Object& object, const char* key) {
  return object.Get(key).ToString().Utf8Value();
}

bool Flag(const Napi::Object& object, const char* key) { return object.Get(key).ToBoolean().Value(); }

std::uint64_t Seed(const Napi::Value& value) {
  return static_cast<std::uint64_t>(value.ToNumber().Int64Value());
}

mlp::InitializerSpec DecodeInitializer(const Napi::Object& spec) {
  mlp::InitializerSpec initializer{mlp::InitializerFromName(Text(spec, "name")), {}};
  if (spec.Get("seed").IsNumber()) initializer.seed = Seed(spec.Get("seed"));
  ReadNumber(spec, "value", initializer.value);
  ReadNumber(spec, "gain", initializer.gain);
  ReadNumber(spec, "min", initializer.min);
  ReadNumber(spec, "max", initializer.max);
  ReadNumber(spec, "mean", initializer.mean);
  ReadNumber(spec, "stddev", initializer.stddev);
  return initializer;
}

mlp::ActivationSpec DecodeActivation(const Napi::Object& spec) {
  mlp::ActivationSpec activation{mlp::ActivationFromName(Text(spec, "name")), 0};
  if (spec.Get("alpha").IsNumber()) {
    activation.alpha = static_cast<mlp::Real>(Number(spec, "alpha"));
  }
  return activation;
}

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
  ReadNumber(spec, "epsilon", optimizer.epsilon);
  ReadNumber(spec, "initialAccumulatorValue", optimizer.initial_accumulator);
  ReadNumber(spec, "weightDecay", optimizer.weight_decay);
  optimizer.nesterov = Flag(spec, "nesterov");
  optimizer.centered = Flag(spec, "centered");
  optimizer.amsgrad = Flag(spec, "amsgrad");
  optimizer.raw_epsilon = Flag(spec, "rawEpsilon");
  if (spec.Get("rules").IsObject()) optimizer.rules = DecodeUpdateRules(Child(spec, "rules"));
  if (optimizer.kind == mlp::OptimizerSpec::Kind::kLbfgs) {
    optimizer.lbfgs = {DecodeSize(spec.Get("historySize")), DecodeSize(spec.Get("maxLineSearchSteps")),
                       Number(spec, "gradientTolerance"), Number(spec, "valueTolerance")};
    if (optimizer.lbfgs.history == 0) Throw(spec.Env(), "ERR_ARGUMENT", "L-BFGS keeps at least one pair.");
  }
  return optimizer;
}

// A tensor's regularizer and constraint; null means none.
mlp::TensorRules DecodeRules(const Napi::Object& spec, const char* regularizer, const char* constraint) {
  mlp::TensorRules rules;
  if (spec.Get(regularizer).IsObject()) {
    const Napi::Object penalty = Child(spec, regularizer);
    rules.regularizer = {Number(penalty, "l1"), Number(penalty, "l2")};
  }
  if (spec.Get(constraint).IsObject()) {
    const Napi::Object bound = Child(spec, constraint);
    rules.constraint = {mlp::ConstraintFromName(Text(bound, "name")), Number(bound, "limit")};
  }
  return rules;
}

template <typename Norm>
Norm DecodeNormalization(const Napi::Object& layer) {
  Norm norm;
  norm.epsilon = Number(layer, "epsilon");
  norm.center = Flag(layer, "center");
  norm.scale = Flag(layer, "scale");
  norm.beta_initializer = DecodeInitializer(Child(layer, "betaInitializer"));
  norm.gamma_initializer = DecodeInitializer(Child(layer, "gammaInitializer"));
  norm.beta_rules = DecodeRules(layer, "betaRegularizer", "betaConstraint");
  norm.gamma_rules = DecodeRules(layer, "gammaRegularizer", "gammaConstraint");
  return norm;
}

// Sizes of chunks of a layer's inputs; the caller has checked their sum.
std::vector<std::size_t> DecodeChunks(const Napi::Object& layer) {
  std::vector<std::size_t> chunks;
  if (!layer.Get("chunks").IsArray()) return chunks;
  const auto list = layer.Get("chunks").As<Napi::Array>();
  for (std::uint32_t i = 0; i < list.Length(); ++i) chunks.push_back(DecodeSize(list.Get(i)));
  return chunks;
}

mlp::DenseSpec DecodeDense(const Napi::Object& layer) {
  mlp::DenseSpec dense;
  dense.units = DecodeSize(layer.Get("units"));
  dense.use_bias = Flag(layer, "useBias");
  dense.activation = DecodeActivation(Child(layer, "activation"));
  dense.kernel_initializer = DecodeInitializer(Child(layer, "kernelInitializer"));
  dense.bias_initializer = DecodeInitializer(Child(layer, "biasInitializer"));
  dense.kernel_rules = DecodeRules(layer, "kernelRegularizer", "kernelConstraint");
  dense.bias_rules = DecodeRules(layer, "biasRegularizer", "biasConstraint");
  dense.ntk = layer.Has("parametrization") && Text(layer, "parametrization") == "ntk";
  return dense;
}

mlp::MemberScaleSpec DecodeMemberScale(const Napi::Object& layer) {
  mlp::MemberScaleSpec scale;
  scale.use_bias = Flag(layer, "useBias");
  scale.scale_initializer = DecodeInitializer(Child(layer, "scaleInitializer"));
  scale.bias_initializer = DecodeInitializer(Child(layer, "biasInitializer"));
  scale.chunks = DecodeChunks(layer);
  scale.scale_rules = DecodeRules(layer, "scaleRegularizer", "scaleConstraint");
  scale.bias_rules = DecodeRules(layer, "biasRegularizer", "biasConstraint");
  return scale;
}

mlp::MemberDenseSpec DecodeMemberDense(const Napi::Object& layer) {
  mlp::MemberDenseSpec dense;
  dense.units = DecodeSize(layer.Get("units"));
  dense.use_bias = Flag(layer, "useBias");
  dense.activation = DecodeActivation(Child(layer, "activation"));
  dense.kernel_initializer = DecodeInitializer(Child(layer, "kernelInitializer"));
  dense.bias_initializer = DecodeInitializer(Child(layer, "biasInitializer"));
  dense.kernel_rules = DecodeRules(layer, "kernelRegularizer", "kernelConstraint");
  dense.bias_rules = DecodeRules(layer, "biasRegularizer", "biasConstraint");
  return dense;
}

mlp::DenseBatchEnsembleSpec DecodeDenseBatchEnsemble(const Napi::Object& layer) {
  mlp::DenseBatchEnsembleSpec ensemble;
  ensemble.dense = DecodeDense(layer);
  ensemble.input_scale.scale_initializer = DecodeInitializer(Child(layer, "inputScaleInitializer"));
  ensemble.input_scale.chunks = DecodeChunks(layer);
  ensemble.output_scale_initializer = DecodeInitializer(Child(layer, "outputScaleInitializer"));
  return ensemble;
}

mlp::EmbeddingSpec DecodeEmbedding(const Napi::Object& layer) {
  mlp::EmbeddingSpec embedding;
  embedding.count = DecodeSize(layer.Get("inputDim"));
  embedding.width = DecodeSize(layer.Get("outputDim"));
  embedding.initializer = DecodeInitializer(Child(layer, "embeddingsInitializer"));
  embedding.rules = DecodeRules(layer, "embeddingsRegularizer", "embeddingsConstraint");
  return embedding;
}

std::vector<std::size_t> DecodeSizes(const Napi::Value& value) {
  const auto list = value.As<Napi::Array>();
  std::vector<std::size_t> sizes;
  for (std::uint32_t i = 0; i < list.Length(); ++i) sizes.push_back(DecodeSize(list.Get(i)));
  return sizes;
}

std::vector<double> DecodeFactors(const Napi::Object& object, const char* key) {
  std::vector<double> factors;
  if (!object.Has(key)) return factors;
  const auto list = object.Get(key).As<Napi::Array>();
  for (std::uint32_t i = 0; i < list.Length(); ++i) factors.push_back(DecodeNumber(list.Get(i)));
  return factors;
}

decltype(mlp::ColumnPartSpec::kind) DecodePartKind(const Napi::Object& part) {
  const std::string type = Text(part, "type");
  if (type == "passthrough") return mlp::PassthroughPart{};
  if (type == "oneHot") return mlp::OneHotPart{DecodeSizes(part.Get("inputDim"))};
  if (type == "embedding") {
    return mlp::EmbeddingPart{DecodeSizes(part.Get("inputDim")), DecodeSize(part.Get("outputDim")),
                              DecodeInitializer(Child(part, "embeddingsInitializer"))};
  }
  if (type == "periodicEmbedding") {
    return mlp::PeriodicEmbeddingPart{DecodeSize(part.Get("frequencies")),
                                      DecodeSize(part.Get("outputDim")),
                                      Flag(part, "sines"),
                                      Flag(part, "phases"),
                                      Flag(part, "shared"),
                                      Flag(part, "relu"),
                                      Flag(part, "joinsX"),
                                      Number(part, "sigma")};
  }
  if (type != "piecewiseLinearEmbedding") {
    Throw(part.Env(), "ERR_ARGUMENT", "The core has no part of type \"" + type + "\".");
  }
  mlp::PiecewiseLinearEmbeddingPart bins;
  const auto edges = part.Get("edges").As<Napi::Array>();
  for (std::uint32_t i = 0; i < edges.Length(); ++i) {
    const Napi::Float32Array numbers = DecodeFloats(edges.Get(i));
    bins.edges.emplace_back(numbers.Data(), numbers.Data() + numbers.ElementLength());
  }
  bins.width = DecodeSize(part.Get("outputDim"));
  return bins;
}

mlp::ColumnsSpec DecodeColumns(const Napi::Object& layer) {
  mlp::ColumnsSpec columns;
  const auto parts = layer.Get("parts").As<Napi::Array>();
  for (std::uint32_t i = 0; i < parts.Length(); ++i) {
    const auto part = parts.Get(i).As<Napi::Object>();
    mlp::ColumnPartSpec& spec = columns.parts.emplace_back();
    spec.name = Text(part, "name");
    for (const std::size_t column : DecodeSizes(part.Get("columns"))) {
      spec.columns.push_back(static_cast<std::uint32_t>(
          std::min<std::size_t>(column, std::numeric_limits<std::uint32_t>::max())));
    }
    spec.kind = DecodePartKind(part);
  }
  return columns;
}

decltype(mlp::LayerSpec::kind) DecodeLayer(const Napi::Object& layer) {
  const std::string type = Text(layer, "type");
  if (type == "dense") return DecodeDense(layer);
  if (type == "activation")
    return mlp::ActivationLayerSpec{DecodeActivation(Child(layer, "activation")), Flag(layer, "parametric")};
  if (type == "dropout") return mlp::DropoutSpec{Number(layer, "rate")};
  if (type == "alphaDropout") return mlp::AlphaDropoutSpec{Number(layer, "rate")};
  if (type == "gaussianNoise") return mlp::GaussianNoiseSpec{Number(layer, "stddev")};
  if (type == "rescaling") return mlp::RescalingSpec{Number(layer, "scale"), Number(layer, "offset")};
  if (type == "layerNormalization") return DecodeNormalization<mlp::LayerNormalizationSpec>(layer);
  if (type == "embedding") return DecodeEmbedding(layer);
  if (type == "columns") return DecodeColumns(layer);
  if (type == "scale") {
    return mlp::ScaleSpec{DecodeInitializer(Child(layer, "scaleInitializer")),
                          DecodeRules(layer, "scaleRegularizer", "scaleConstraint")};
  }
  if (type == "memberScale") return DecodeMemberScale(layer);
  if (type == "memberDense") return DecodeMemberDense(layer);
  if (type == "denseBatchEnsemble") return DecodeDenseBatchEnsemble(layer);
  if (type != "batchNormalization") {
    Throw(layer.Env(), "ERR_ARGUMENT", "The core has no layer of type \"" + type + "\".");
  }
  auto norm = DecodeNormalization<mlp::BatchNormalizationSpec>(layer);
  norm.momentum = Number(layer, "momentum");
  return norm;
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

mlp::NetworkSpec DecodeNetwork(const Napi::Object& spec) {
  mlp::NetworkSpec network;
  network.inputs = DecodeSize(spec.Get("inputs"));
  network.seed = Seed(spec.Get("seed"));
  network.members = DecodeSize(spec.Get("members"));
  const auto layers = spec.Get("layers").As<Napi::Array>();
  for (std::uint32_t i = 0; i < layers.Length(); ++i) {
    const auto layer = layers.Get(i).As<Napi::Object>();
    network.layers.push_back({DecodeLayer(layer), Flag(layer, "trainable"), /*rate_factor=*/1,
                              DecodeFactors(layer, "rateFactors"), DecodeFactors(layer, "decayFactors")});
  }
  return network;
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
