#include "math/kernels.h"
#include "nn/layers.h"

namespace mlp {
namespace {

// y = (x - mean) / sqrt(variance + epsilon) * gamma + beta, over each row. Forward saves a row's
// mean, the mean's rounding error and 1 / sqrt(variance + epsilon).
class LayerNormalization final : public Layer {
 public:
  LayerNormalization(const LayerNormalizationSpec& spec, std::size_t inputs, std::size_t offset)
      : epsilon_(static_cast<Real>(spec.epsilon)), inputs_(inputs) {
    if (spec.scale) {
      gamma_ = static_cast<int>(tensors_.size());
      tensors_.push_back({"gamma", 1, inputs, offset, spec.gamma_rules, spec.gamma_initializer});
      offset += inputs;
    }
    if (spec.center) {
      beta_ = static_cast<int>(tensors_.size());
      tensors_.push_back({"beta", 1, inputs, offset, spec.beta_rules, spec.beta_initializer});
    }
  }

  std::size_t inputs() const override { return inputs_; }
  std::size_t outputs() const override { return inputs_; }
  std::size_t saved_per_row() const override { return 3; }

  void Forward(Real* y, const Real* x, std::size_t rows, Output, const Pass& pass) const override {
    ActiveKernels().layer_norm(y, pass.saved, x, NumbersOf(pass.weights, gamma_),
                               NumbersOf(pass.weights, beta_), rows, inputs_, epsilon_);
  }

  void Backward(Real* dx, Real* dy, const Real* x, const Real*, std::size_t rows, Output,
                const Pass& pass) const override {
    if (dx == nullptr) return;
    ActiveKernels().layer_norm_gradient(dx, dy, x, pass.saved, NumbersOf(pass.weights, gamma_), rows,
                                        inputs_);
  }

  void Gradient(Real* grad, const BatchView& batch, std::size_t tensor, std::size_t, std::size_t, Real alpha,
                Real beta) const override {
    const Kernels& kernels = ActiveKernels();
    if (static_cast<int>(tensor) == beta_) {
      kernels.column_sums(grad, batch.dy, batch.rows, inputs_, inputs_, alpha, beta);
    } else {
      kernels.layer_norm_gamma_gradient(grad, batch.dy, batch.x, batch.saved, batch.rows, inputs_, alpha,
                                        beta);
    }
  }

 private:
  const Real* NumbersOf(const Real* weights, int tensor) const {
    return tensor < 0 ? nullptr : weights + tensors_[static_cast<std::size_t>(tensor)].offset;
  }

  Real epsilon_;
  std::size_t inputs_;
  int gamma_ = -1, beta_ = -1;  // numbers of tensors; -1: none
};

}  // namespace

std::unique_ptr<Layer> MakeLayerNormalization(const LayerNormalizationSpec& spec, std::size_t inputs,
                                              std::size_t offset) {
  return std::make_unique<LayerNormalization>(spec, inputs, offset);
}

}  // namespace mlp
