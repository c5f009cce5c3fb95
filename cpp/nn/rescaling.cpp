#include "math/kernels.h"
#include "nn/layers.h"

namespace mlp {
namespace {

class Rescaling final : public Layer {
 public:
  Rescaling(const RescalingSpec& spec, std::size_t inputs)
      : scale_(static_cast<Real>(spec.scale)), offset_(static_cast<Real>(spec.offset)), inputs_(inputs) {}

  std::size_t inputs() const override { return inputs_; }
  std::size_t outputs() const override { return inputs_; }

  void Forward(Real* y, const Real* x, std::size_t rows, Output, const Pass&) const override {
    ActiveKernels().rescale(y, x, rows * inputs_, scale_, offset_);
  }

  void Backward(Real* dx, Real* dy, const Real*, const Real*, std::size_t rows, Output,
                const Pass&) const override {
    if (dx != nullptr) ActiveKernels().rescale(dx, dy, rows * inputs_, scale_, 0);
  }

 private:
  Real scale_, offset_;
  std::size_t inputs_;
};

}  // namespace

std::unique_ptr<Layer> MakeRescaling(const RescalingSpec& spec, std::size_t inputs) {
  return std::make_unique<Rescaling>(spec, inputs);
}

}  // namespace mlp
