#include "math/blas.h"
#include "math/kernels.h"
#include "nn/layers.h"

namespace mlp {
namespace {

class Dense final : public Layer {
 public:
  Dense(const DenseSpec& spec, std::size_t inputs, std::size_t offset) : spec_(spec), inputs_(inputs) {
    tensors_.push_back({"kernel", inputs, spec.units, offset, spec.kernel_rules, spec.kernel_initializer,
                        /*statistic=*/false, /*table=*/true});
    if (spec.use_bias) {
      tensors_.push_back(
          {"bias", 1, spec.units, offset + inputs * spec.units, spec.bias_rules, spec.bias_initializer});
    }
  }

  std::size_t inputs() const override { return inputs_; }
  std::size_t outputs() const override { return spec_.units; }

  void Forward(Real* y, const Real* x, std::size_t rows, Output output, const Pass& pass) const override {
    ForwardProduct(y, x, pass.weights + tensors_[0].offset, rows, inputs_, spec_.units);
    const Real* bias = spec_.use_bias ? pass.weights + tensors_[1].offset : nullptr;
    const Activation f = output == Output::kLogits ? Activation::kLinear : spec_.activation.kind;
    ActiveKernels().bias_activation(y, bias, rows, spec_.units, f, spec_.activation.alpha);
  }

  void Backward(Real* dx, Real* dy, const Real*, const Real* y, std::size_t rows, Output output,
                const Pass& pass) const override {
    if (output == Output::kActivated) {
      ActiveKernels().activation_gradient(dy, y, nullptr, rows, spec_.units, spec_.activation.kind,
                                          spec_.activation.alpha);
    }
    if (dx != nullptr) {
      InputGradientProduct(dx, dy, pass.weights + tensors_[0].offset, rows, inputs_, spec_.units);
    }
  }

  void Gradient(Real* grad, const BatchView& batch, std::size_t tensor, std::size_t first, std::size_t rows,
                Real alpha, Real beta) const override {
    if (tensor == 0) {
      WeightGradientProduct(grad, batch.x + first, batch.dy, batch.rows, rows, spec_.units, inputs_, alpha,
                            beta);
    } else {
      ActiveKernels().column_sums(grad, batch.dy, batch.rows, spec_.units, alpha, beta);
    }
  }

 private:
  DenseSpec spec_;
  std::size_t inputs_;
};

}  // namespace

std::unique_ptr<Layer> MakeDense(const DenseSpec& spec, std::size_t inputs, std::size_t offset) {
  return std::make_unique<Dense>(spec, inputs, offset);
}

}  // namespace mlp
