#include <algorithm>
#include <cmath>

#include "math/kernels.h"
#include "math/random.h"
#include "nn/layers.h"

namespace mlp {
namespace {

// The nearest rate that a mask can have, below 1: numbers that stay are scaled by what was really dropped.
double RateOfMask(double rate) {
  return std::min(std::round(rate * kMaskSteps), kMaskSteps - 1) / kMaskSteps;
}

// y = x * mask, and for alpha dropout a shift of the kept and a value for the dropped numbers. Forward saves
// the mask for Backward.
class Dropout final : public Layer {
 public:
  // A kept number becomes gain * x + shift, a dropped one `dropped`.
  struct Effect {
    double gain, shift, dropped;
  };

  Dropout(double rate, Effect (*effect_of)(double), std::size_t inputs, std::uint32_t number)
      : rate_(rate), effect_of_(effect_of), inputs_(inputs), number_(number) {}

  std::size_t inputs() const override { return inputs_; }
  std::size_t outputs() const override { return inputs_; }
  bool training_only() const override { return true; }
  std::size_t saved_per_row() const override { return inputs_; }

  void Forward(Real* y, const Real* x, std::size_t rows, Output, const Pass& pass) const override {
    const double rate = RateOfMask(rate_ * pass.dropout_factor);
    const Effect effect = effect_of_(rate);
    const Dropping dropping{rate, static_cast<Real>(effect.gain), static_cast<Real>(effect.shift),
                            static_cast<Real>(effect.dropped)};
    const NoiseStream stream{pass.seed, number_, pass.epoch, pass.first_row};
    ActiveKernels().drop(y, pass.saved, x, rows, inputs_, stream, dropping);
  }

  void Backward(Real* dx, Real* dy, const Real*, const Real*, std::size_t rows, Output,
                const Pass& pass) const override {
    if (dx != nullptr) ActiveKernels().multiply(dx, dy, pass.saved, rows * inputs_);
  }

 private:
  double rate_;
  Effect (*effect_of_)(double rate);
  std::size_t inputs_;
  std::uint32_t number_;
};

// The limit of selu for large negative x: -scale * alpha.
constexpr double kSeluFloor = -1.7580993408473766;

Dropout::Effect EffectOfDropout(double rate) { return {1 / (1 - rate), 0, 0}; }

// Dropped numbers become kSeluFloor; then a x + b restores mean 0 and variance 1.
Dropout::Effect EffectOfAlphaDropout(double rate) {
  const double keep = 1 - rate;
  const double a = 1 / std::sqrt(keep * (1 + rate * kSeluFloor * kSeluFloor));
  const double b = -a * rate * kSeluFloor;
  return {a, b, a * kSeluFloor + b};
}

}  // namespace

std::unique_ptr<Layer> MakeDropout(const DropoutSpec& spec, std::size_t inputs, std::uint32_t number) {
  return std::make_unique<Dropout>(spec.rate, EffectOfDropout, inputs, number);
}

std::unique_ptr<Layer> MakeAlphaDropout(const AlphaDropoutSpec& spec, std::size_t inputs,
                                        std::uint32_t number) {
  return std::make_unique<Dropout>(spec.rate, EffectOfAlphaDropout, inputs, number);
}

}  // namespace mlp
