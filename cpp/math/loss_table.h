#ifndef PERCEPTRA_MATH_LOSS_TABLE_H_
#define PERCEPTRA_MATH_LOSS_TABLE_H_

#include <cstddef>
#include <iterator>
#include <optional>
#include <string_view>

#include "math/activation.h"
#include "math/real.h"

// The losses of networks, an entry for each. A new loss that is computed for each output separately needs a
// LossKind, an ElementLoss and an entry here, and its formula in kernels/element_losses.inc. No other C++
// file changes.
namespace mlp {

enum class LossKind {
  kMeanSquaredError,
  kMeanAbsoluteError,
  kHuber,
  kLogCosh,
  kBinaryCrossentropy,
  kCategoricalCrossentropy,
  kSparseCategoricalCrossentropy,
  kHinge,
  kSquaredHinge,
  kPoisson,
  kKullbackLeibler,
  kQuantile,
  kGaussianNll,
  kFocal
};

// Losses that are computed for each output separately. The loss of a row is the mean over its outputs; for
// the two Kullback-Leibler divergences it is the sum.
enum class ElementLoss {
  kSquared,
  kAbsolute,
  kHuber,
  kLogCosh,
  kHinge,         // targets -1 and 1
  kSquaredHinge,  // targets -1 and 1
  kPoisson,
  kPoissonLogits,  // the output is the logarithm of the rate
  kQuantile,
  kSigmoidCrossentropy,     // reads logits
  kSigmoidFocal,            // reads logits
  kSigmoidKullbackLeibler,  // reads logits
  kClippedKullbackLeibler
};

struct LossParameters {
  Real delta = 1;                      // huber
  Real quantile = Real(0.5);           // quantile
  Real gamma = 2, alpha = Real(0.25);  // focal
  Real smoothing = 0;                  // cross-entropies
};

// A parameter by the name that callers give it.
struct LossParameter {
  const char* name;
  Real LossParameters::*value;
};

inline constexpr LossParameter kLossParameters[] = {{"delta", &LossParameters::delta},
                                                    {"quantile", &LossParameters::quantile},
                                                    {"gamma", &LossParameters::gamma},
                                                    {"alpha", &LossParameters::alpha},
                                                    {"labelSmoothing", &LossParameters::smoothing}};

struct LossEntry {
  LossKind kind;
  std::string_view name;                           // as callers write it
  std::optional<ElementLoss> of_outputs{};         // the formula on outputs, for any last layer
  std::optional<ElementLoss> of_logits{};          // the formula on logits,
  Activation of_activation = Activation::kLinear;  // for this last activation, or with from_logits
  bool signs = false;                              // targets are -1 and 1
};

// In the order of LossKind. nn/loss.cpp has the losses that softmax is fused into and those of whole rows.
inline constexpr LossEntry kLosses[] = {
    {.kind = LossKind::kMeanSquaredError, .name = "meanSquaredError", .of_outputs = ElementLoss::kSquared},
    {.kind = LossKind::kMeanAbsoluteError, .name = "meanAbsoluteError", .of_outputs = ElementLoss::kAbsolute},
    {.kind = LossKind::kHuber, .name = "huber", .of_outputs = ElementLoss::kHuber},
    {.kind = LossKind::kLogCosh, .name = "logCosh", .of_outputs = ElementLoss::kLogCosh},
    {.kind = LossKind::kBinaryCrossentropy,
     .name = "binaryCrossentropy",
     .of_logits = ElementLoss::kSigmoidCrossentropy,
     .of_activation = Activation::kSigmoid},
    {.kind = LossKind::kCategoricalCrossentropy, .name = "categoricalCrossentropy"},
    {.kind = LossKind::kSparseCategoricalCrossentropy, .name = "sparseCategoricalCrossentropy"},
    {.kind = LossKind::kHinge, .name = "hinge", .of_outputs = ElementLoss::kHinge, .signs = true},
    {.kind = LossKind::kSquaredHinge,
     .name = "squaredHinge",
     .of_outputs = ElementLoss::kSquaredHinge,
     .signs = true},
    {.kind = LossKind::kPoisson,
     .name = "poisson",
     .of_outputs = ElementLoss::kPoisson,
     .of_logits = ElementLoss::kPoissonLogits,
     .of_activation = Activation::kExponential},
    {.kind = LossKind::kKullbackLeibler,
     .name = "kullbackLeibler",
     .of_outputs = ElementLoss::kClippedKullbackLeibler,
     .of_logits = ElementLoss::kSigmoidKullbackLeibler,
     .of_activation = Activation::kSigmoid},
    {.kind = LossKind::kQuantile, .name = "quantile", .of_outputs = ElementLoss::kQuantile},
    {.kind = LossKind::kGaussianNll, .name = "gaussianNll"},
    {.kind = LossKind::kFocal,
     .name = "focal",
     .of_logits = ElementLoss::kSigmoidFocal,
     .of_activation = Activation::kSigmoid}};

constexpr bool LossesAreInOrder() {
  for (std::size_t k = 0; k < std::size(kLosses); ++k) {
    if (kLosses[k].kind != static_cast<LossKind>(k)) return false;
  }
  return true;
}
static_assert(LossesAreInOrder());

constexpr const LossEntry& EntryOf(LossKind kind) { return kLosses[static_cast<std::size_t>(kind)]; }

}  // namespace mlp

#endif  // PERCEPTRA_MATH_LOSS_TABLE_H_
