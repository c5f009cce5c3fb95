#ifndef PERCEPTRA_NN_SPEC_H_
#define PERCEPTRA_NN_SPEC_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "math/kernels.h"

// What a network is, with every default already filled in by the caller.
namespace mlp {

enum class InitializerKind { kGlorotUniform, kGlorotNormal, kHeUniform, kHeNormal, kZeros, kOnes };

struct InitializerSpec {
  InitializerKind kind = InitializerKind::kZeros;
  std::optional<std::uint64_t> seed;  // in place of the network's
};

struct ActivationSpec {
  Activation kind = Activation::kLinear;
  Real negative_slope = 0;  // leakyRelu alone
};

struct DenseSpec {
  std::size_t units = 1;
  bool use_bias = true;
  ActivationSpec activation;
  InitializerSpec kernel_initializer{InitializerKind::kGlorotUniform, {}};
  InitializerSpec bias_initializer;
};

struct NetworkSpec {
  std::size_t inputs = 1;
  std::uint64_t seed = 0;
  std::vector<DenseSpec> layers;
};

enum class LossKind {
  kMeanSquaredError,
  kBinaryCrossentropy,
  kCategoricalCrossentropy,
  kSparseCategoricalCrossentropy
};

struct LossSpec {
  LossKind kind = LossKind::kMeanSquaredError;
  bool from_logits = false;  // cross-entropies: the last layer is linear
};

// Names as callers write them. Each throws Error("ERR_ARGUMENT") for a name that is not known.
Activation ActivationFromName(std::string_view name);
InitializerKind InitializerFromName(std::string_view name);
LossKind LossFromName(std::string_view name);

}  // namespace mlp

#endif  // PERCEPTRA_NN_SPEC_H_
