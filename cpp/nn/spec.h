#ifndef PERCEPTRA_NN_SPEC_H_
#define PERCEPTRA_NN_SPEC_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "math/activation.h"
#include "math/loss_table.h"
#include "math/real.h"

// The options of activations, initializers and losses. The caller fills in every default.
namespace mlp {

enum class InitializerKind {
  kGlorotUniform,
  kGlorotNormal,
  kHeUniform,
  kHeNormal,
  kLecunUniform,
  kLecunNormal,
  kOrthogonal,
  kZeros,
  kOnes,
  kConstant,
  kRandomUniform,
  kRandomNormal,
  kTruncatedNormal,
  kRandomSigns
};

struct InitializerSpec {
  InitializerKind kind = InitializerKind::kZeros;
  std::optional<std::uint64_t> seed{};  // in place of the network's
  double value = 0;                     // constant
  double gain = 1;                      // orthogonal
  double min = -0.05, max = 0.05;       // randomUniform
  double mean = 0, stddev = 0.05;       // randomNormal, truncatedNormal
};

struct ActivationSpec {
  Activation kind = Activation::kLinear;
  Real alpha = 0;  // leakyRelu: the slope below 0; elu: its alpha; prelu: the initial slopes
};

struct LossSpec {
  LossKind kind = LossKind::kMeanSquaredError;
  bool from_logits = false;  // cross-entropies, poisson: the last layer is linear
  LossParameters parameters{};
};

// Kinds by the names that lib/ uses. They throw Error("ERR_ARGUMENT") for an unknown name.
Activation ActivationFromName(std::string_view name);
InitializerKind InitializerFromName(std::string_view name);
LossKind LossFromName(std::string_view name);

}  // namespace mlp

#endif  // PERCEPTRA_NN_SPEC_H_
