#ifndef PERCEPTRA_MATH_ACTIVATION_H_
#define PERCEPTRA_MATH_ACTIVATION_H_

namespace mlp {

enum class Activation {
  kLinear,
  kRelu,
  kLeakyRelu,  // alpha: the slope below 0
  kPrelu,      // a slope for each unit
  kElu,        // alpha: minus the limit below 0
  kSelu,
  kGelu,
  kGeluTanh,  // the tanh approximation of gelu
  kSilu,
  kMish,
  kSigmoid,
  kHardSigmoid,
  kTanh,
  kSoftplus,
  kSoftsign,
  kExponential,
  kStep,  // 1 above 0, else 0; its derivative is defined as 0
  kSoftmax
};

// Whether the derivative needs the pre-activations: these functions are not monotonic, or have a slope for
// each unit, so the output does not determine it.
constexpr bool NeedsInput(Activation f) {
  return f == Activation::kPrelu || f == Activation::kGelu || f == Activation::kGeluTanh ||
         f == Activation::kSilu || f == Activation::kMish;
}

}  // namespace mlp

#endif  // PERCEPTRA_MATH_ACTIVATION_H_
