#ifndef PERCEPTRA_TEST_LOSS_CASES_H_
#define PERCEPTRA_TEST_LOSS_CASES_H_

#include <cstddef>
#include <string>
#include <vector>

#include "nn/spec.h"

namespace mlp {

// A loss behind a last layer that it fits.
struct LossCase {
  std::string name;
  LossSpec loss;
  Activation last;
  std::size_t outputs;
};

// Every loss, behind each kind of last layer that changes how it is computed, with and without its options.
inline std::vector<LossCase> LossCases() {
  const auto with = [](LossKind kind, bool from_logits, LossParameters parameters = {}) {
    return LossSpec{kind, from_logits, parameters};
  };
  LossParameters smooth;
  smooth.smoothing = Real(0.2);
  LossParameters odd;
  odd.delta = Real(0.3);
  odd.quantile = Real(0.9);
  odd.gamma = Real(0.5);
  odd.alpha = Real(0.7);
  LossParameters flat;
  flat.gamma = 0;
  using enum LossKind;
  using enum Activation;
  return {
      {"squared_linear", with(kMeanSquaredError, false), kLinear, 3},
      {"squared_relu", with(kMeanSquaredError, false), kRelu, 3},
      {"squared_leaky", with(kMeanSquaredError, false), kLeakyRelu, 3},
      {"squared_sigmoid", with(kMeanSquaredError, false), kSigmoid, 3},
      {"squared_tanh", with(kMeanSquaredError, false), kTanh, 3},
      {"squared_softmax", with(kMeanSquaredError, false), kSoftmax, 3},
      {"squared_one", with(kMeanSquaredError, false), kLinear, 1},
      {"absolute", with(kMeanAbsoluteError, false), kLinear, 3},
      {"absolute_softplus", with(kMeanAbsoluteError, false), kSoftplus, 3},
      {"huber", with(kHuber, false), kLinear, 3},
      {"huber_narrow", with(kHuber, false, odd), kElu, 3},
      {"logcosh", with(kLogCosh, false), kLinear, 3},
      {"binary", with(kBinaryCrossentropy, false), kSigmoid, 3},
      {"binary_one", with(kBinaryCrossentropy, false), kSigmoid, 1},
      {"binary_logits", with(kBinaryCrossentropy, true), kLinear, 3},
      {"binary_smooth", with(kBinaryCrossentropy, false, smooth), kSigmoid, 3},
      {"categorical", with(kCategoricalCrossentropy, false), kSoftmax, 4},
      {"categorical_logits", with(kCategoricalCrossentropy, true), kLinear, 4},
      {"categorical_smooth", with(kCategoricalCrossentropy, false, smooth), kSoftmax, 4},
      {"sparse", with(kSparseCategoricalCrossentropy, false), kSoftmax, 4},
      {"sparse_logits", with(kSparseCategoricalCrossentropy, true), kLinear, 4},
      {"sparse_smooth", with(kSparseCategoricalCrossentropy, true, smooth), kLinear, 4},
      {"hinge", with(kHinge, false), kLinear, 3},
      {"hinge_tanh", with(kHinge, false), kTanh, 1},
      {"squared_hinge", with(kSquaredHinge, false), kSoftsign, 3},
      {"poisson_softplus", with(kPoisson, false), kSoftplus, 3},
      {"poisson_exponential", with(kPoisson, false), kExponential, 3},
      {"poisson_logits", with(kPoisson, true), kLinear, 3},
      {"kl_softmax", with(kKullbackLeibler, false), kSoftmax, 4},
      {"kl_sigmoid", with(kKullbackLeibler, false), kSigmoid, 4},
      {"kl_clipped", with(kKullbackLeibler, false), kHardSigmoid, 4},
      {"quantile", with(kQuantile, false), kLinear, 3},
      {"quantile_high", with(kQuantile, false, odd), kLinear, 3},
      {"gaussian", with(kGaussianNll, false), kLinear, 4},
      {"focal_sigmoid", with(kFocal, false), kSigmoid, 3},
      {"focal_sigmoid_odd", with(kFocal, false, odd), kSigmoid, 1},
      {"focal_softmax", with(kFocal, false), kSoftmax, 4},
      {"focal_softmax_odd", with(kFocal, false, odd), kSoftmax, 4},
      {"focal_softmax_flat", with(kFocal, false, flat), kSoftmax, 4},
  };
}

}  // namespace mlp

#endif  // PERCEPTRA_TEST_LOSS_CASES_H_
