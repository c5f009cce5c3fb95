#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "binding/decode_fields.h"
#include "binding/errors.h"

namespace binding {
namespace {

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

template <typename T, typename F>
std::vector<T> DecodeList(const Napi::Value& value, F decode) {
  const auto list = value.As<Napi::Array>();
  std::vector<T> items;
  for (std::uint32_t i = 0; i < list.Length(); ++i) items.push_back(decode(list.Get(i)));
  return items;
}

std::vector<std::size_t> DecodeSizes(const Napi::Value& value) {
  return DecodeList<std::size_t>(value, DecodeSize);
}

std::vector<double> DecodeFactors(const Napi::Object& object, const char* key) {
  if (!object.Has(key)) return {};
  return DecodeList<double>(object.Get(key), DecodeNumber);
}

// Sizes of chunks of a layer's inputs; the caller has checked their sum.
std::vector<std::size_t> DecodeChunks(const Napi::Object& layer) {
  return layer.Get("chunks").IsArray() ? DecodeSizes(layer.Get("chunks")) : std::vector<std::size_t>{};
}

// What layers with a kernel have in common.
template <typename Dense>
Dense DecodeUnits(const Napi::Object& layer) {
  Dense dense;
  dense.units = DecodeSize(layer.Get("units"));
  dense.use_bias = Flag(layer, "useBias");
  dense.activation = DecodeActivation(Child(layer, "activation"));
  dense.kernel_initializer = DecodeInitializer(Child(layer, "kernelInitializer"));
  dense.bias_initializer = DecodeInitializer(Child(layer, "biasInitializer"));
  dense.kernel_rules = DecodeRules(layer, "kernelRegularizer", "kernelConstraint");
  dense.bias_rules = DecodeRules(layer, "biasRegularizer", "biasConstraint");
  return dense;
}

mlp::DenseSpec DecodeDense(const Napi::Object& layer) {
  auto dense = DecodeUnits<mlp::DenseSpec>(layer);
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
  if (type == "memberDense") return DecodeUnits<mlp::MemberDenseSpec>(layer);
  if (type == "denseBatchEnsemble") return DecodeDenseBatchEnsemble(layer);
  if (type != "batchNormalization") {
    Throw(layer.Env(), "ERR_ARGUMENT", "The core has no layer of type \"" + type + "\".");
  }
  auto norm = DecodeNormalization<mlp::BatchNormalizationSpec>(layer);
  norm.momentum = Number(layer, "momentum");
  return norm;
}

}  // namespace

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

}  // namespace binding
