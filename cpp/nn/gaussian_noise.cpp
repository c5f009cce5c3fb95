#include <algorithm>

#include "math/kernels.h"
#include "math/random.h"
#include "nn/layers.h"

namespace mlp {
namespace {

class GaussianNoise final : public Layer {
 public:
  GaussianNoise(double deviation, std::size_t inputs, std::uint32_t number)
      : deviation_(static_cast<Real>(deviation)), inputs_(inputs), number_(number) {}

  std::size_t inputs() const override { return inputs_; }
  std::size_t outputs() const override { return inputs_; }
  bool training_only() const override { return true; }

  void Forward(Real* y, const Real* x, std::size_t rows, Output, const Pass& pass) const override {
    ActiveKernels().add_noise(y, x, rows, inputs_,
                              NoiseStream{pass.seed, number_, pass.epoch, pass.first_row}, deviation_);
  }

  void Backward(Real* dx, Real* dy, const Real*, const Real*, std::size_t rows, Output,
                const Pass&) const override {
    if (dx != nullptr) std::copy_n(dy, rows * inputs_, dx);
  }

 private:
  Real deviation_;
  std::size_t inputs_;
  std::uint32_t number_;
};

}  // namespace

std::unique_ptr<Layer> MakeGaussianNoise(const GaussianNoiseSpec& spec, std::size_t inputs,
                                         std::uint32_t number) {
  return std::make_unique<GaussianNoise>(spec.deviation, inputs, number);
}

}  // namespace mlp
