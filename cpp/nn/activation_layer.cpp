#include <algorithm>

#include "math/kernels.h"
#include "nn/layers.h"

namespace mlp {
namespace {

class ActivationLayer final : public Layer {
 public:
  ActivationLayer(const ActivationSpec& spec, std::size_t inputs) : spec_(spec), inputs_(inputs) {}

  std::size_t inputs() const override { return inputs_; }
  std::size_t outputs() const override { return inputs_; }

  void Forward(Real* y, const Real* x, std::size_t rows, Output output, const Pass&) const override {
    std::copy_n(x, rows * inputs_, y);
    if (output == Output::kLogits) return;
    ActiveKernels().bias_activation(y, nullptr, rows, inputs_, spec_.kind, spec_.alpha);
  }

  void Backward(Real* dx, Real* dy, const Real* x, const Real* y, std::size_t rows, Output output,
                const Pass&) const override {
    if (dx == nullptr) return;
    if (output == Output::kActivated) {
      ActiveKernels().activation_gradient(dy, y, x, rows, inputs_, spec_.kind, spec_.alpha);
    }
    std::copy_n(dy, rows * inputs_, dx);
  }

 private:
  ActivationSpec spec_;
  std::size_t inputs_;
};

// He et al. 2015, eq. 1: a learned slope for each input.
class Prelu final : public Layer {
 public:
  Prelu(const ActivationSpec& spec, std::size_t inputs, std::size_t offset) : inputs_(inputs) {
    InitializerSpec start;
    start.kind = InitializerKind::kConstant;
    start.value = spec.alpha;
    tensors_.push_back({"alpha", 1, inputs, offset, {}, start});
  }

  std::size_t inputs() const override { return inputs_; }
  std::size_t outputs() const override { return inputs_; }

  void Forward(Real* y, const Real* x, std::size_t rows, Output, const Pass& pass) const override {
    ActiveKernels().prelu(y, x, pass.weights + tensors_[0].offset, rows, inputs_);
  }

  void Backward(Real* dx, Real* dy, const Real* x, const Real*, std::size_t rows, Output,
                const Pass& pass) const override {
    if (dx == nullptr) return;
    ActiveKernels().prelu_gradient(dx, dy, x, pass.weights + tensors_[0].offset, rows, inputs_);
  }

  void Gradient(Real* grad, const BatchView& batch, std::size_t, std::size_t, std::size_t, Real alpha,
                Real beta) const override {
    ActiveKernels().prelu_slope_gradient(grad, batch.dy, batch.x, batch.rows, inputs_, alpha, beta);
  }

 private:
  std::size_t inputs_;
};

// Forward saves f(x). The last layer is never fused with a loss.
class ParametricActivation final : public Layer {
 public:
  ParametricActivation(const ActivationSpec& spec, std::size_t inputs, std::size_t offset)
      : spec_(spec), inputs_(inputs) {
    tensors_.push_back({"alpha", 1, inputs, offset, {}, {InitializerKind::kOnes, {}}});
  }

  std::size_t inputs() const override { return inputs_; }
  std::size_t outputs() const override { return inputs_; }
  std::size_t saved_per_row() const override { return inputs_; }

  void Forward(Real* y, const Real* x, std::size_t rows, Output, const Pass& pass) const override {
    Real* const f = pass.saved == nullptr ? y : pass.saved;
    std::copy_n(x, rows * inputs_, f);
    ActiveKernels().bias_activation(f, nullptr, rows, inputs_, spec_.kind, spec_.alpha);
    ActiveKernels().blend(y, x, f, AlphasIn(pass.weights), rows, inputs_);
  }

  void Backward(Real* dx, Real* dy, const Real* x, const Real*, std::size_t rows, Output,
                const Pass& pass) const override {
    if (dx == nullptr) return;
    std::copy_n(dy, rows * inputs_, dx);
    ActiveKernels().activation_gradient(dx, pass.saved, x, rows, inputs_, spec_.kind, spec_.alpha);
    ActiveKernels().blend(dx, dy, dx, AlphasIn(pass.weights), rows, inputs_);
  }

  void Gradient(Real* grad, const BatchView& batch, std::size_t, std::size_t, std::size_t, Real alpha,
                Real beta) const override {
    ActiveKernels().blend_gradient(grad, batch.dy, batch.x, batch.saved, batch.rows, inputs_, alpha, beta);
  }

 private:
  const Real* AlphasIn(const Real* weights) const { return weights + tensors_[0].offset; }

  ActivationSpec spec_;
  std::size_t inputs_;
};

}  // namespace

std::unique_ptr<Layer> MakeParametricActivation(const ActivationSpec& spec, std::size_t inputs,
                                                std::size_t offset) {
  return std::make_unique<ParametricActivation>(spec, inputs, offset);
}

std::unique_ptr<Layer> MakeActivation(const ActivationSpec& spec, std::size_t inputs, std::size_t offset) {
  if (spec.kind == Activation::kPrelu) return std::make_unique<Prelu>(spec, inputs, offset);
  return std::make_unique<ActivationLayer>(spec, inputs);
}

}  // namespace mlp
