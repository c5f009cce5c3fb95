#include "math/kernels.h"
#include "nn/layers.h"

namespace mlp {
namespace {

class ScaleLayer final : public Layer {
 public:
  ScaleLayer(const ScaleSpec& spec, std::size_t inputs, std::size_t offset) : inputs_(inputs) {
    tensors_.push_back({"scale", 1, inputs, offset, spec.rules, spec.initializer});
  }

  std::size_t inputs() const override { return inputs_; }
  std::size_t outputs() const override { return inputs_; }

  void Forward(Real* y, const Real* x, std::size_t rows, Output, const Pass& pass) const override {
    ActiveKernels().scale_columns(y, x, pass.weights + tensors_[0].offset, rows, inputs_);
  }

  void Backward(Real* dx, Real* dy, const Real*, const Real*, std::size_t rows, Output,
                const Pass& pass) const override {
    if (dx == nullptr) return;
    ActiveKernels().scale_columns(dx, dy, pass.weights + tensors_[0].offset, rows, inputs_);
  }

  void Gradient(Real* grad, const BatchView& batch, std::size_t, std::size_t, std::size_t, Real alpha,
                Real beta) const override {
    ActiveKernels().scale_columns_gradient(grad, batch.dy, batch.x, batch.rows, inputs_, alpha, beta);
  }

 private:
  std::size_t inputs_;
};

}  // namespace

std::unique_ptr<Layer> MakeScale(const ScaleSpec& spec, std::size_t inputs, std::size_t offset) {
  return std::make_unique<ScaleLayer>(spec, inputs, offset);
}

}  // namespace mlp
