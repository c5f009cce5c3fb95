#include "nn/dense.h"

#include "math/blas.h"
#include "math/kernels.h"
#include "nn/initializers.h"

namespace mlp {

Dense::Dense(const DenseSpec& spec, std::size_t inputs, std::size_t offset) : spec_(spec), inputs_(inputs) {
  tensors_.push_back({"kernel", inputs, spec.units, offset});
  if (spec.use_bias) tensors_.push_back({"bias", 1, spec.units, offset + inputs * spec.units});
}

void Dense::Initialize(Real* weights, std::uint64_t seed, std::uint32_t first_tensor) const {
  for (std::size_t t = 0; t < tensors_.size(); ++t) {
    const InitializerSpec& start = t == 0 ? spec_.kernel_initializer : spec_.bias_initializer;
    mlp::Initialize({weights + tensors_[t].offset, tensors_[t].size()}, start, inputs_, spec_.units, seed,
                    first_tensor + static_cast<std::uint32_t>(t));
  }
}

void Dense::Forward(Real* y, const Real* x, const Real* weights, std::size_t rows, Output output) const {
  ForwardProduct(y, x, weights + tensors_[0].offset, rows, inputs_, spec_.units);
  const Real* bias = spec_.use_bias ? weights + tensors_[1].offset : nullptr;
  const Activation f = output == Output::kLogits ? Activation::kLinear : spec_.activation.kind;
  ActiveKernels().bias_activation(y, bias, rows, spec_.units, f, spec_.activation.negative_slope);
}

void Dense::Backward(Real* dx, Real* dy, const Real* y, const Real* weights, std::size_t rows,
                     Output output) const {
  if (output == Output::kActivated) {
    ActiveKernels().activation_gradient(dy, y, rows, spec_.units, spec_.activation.kind,
                                        spec_.activation.negative_slope);
  }
  if (dx != nullptr) InputGradientProduct(dx, dy, weights + tensors_[0].offset, rows, inputs_, spec_.units);
}

void Dense::Gradient(Real* grad, const Real* x, const Real* dy, std::size_t batch, std::size_t tensor,
                     std::size_t first, std::size_t rows, Real alpha, Real beta) const {
  if (tensor == 0) {
    WeightGradientProduct(grad, x + first, dy, batch, rows, spec_.units, inputs_, alpha, beta);
  } else {
    ActiveKernels().column_sums(grad, dy, batch, spec_.units, alpha, beta);
  }
}

}  // namespace mlp
