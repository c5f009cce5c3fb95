#include <cmath>

#include "optim/optimizer.h"

namespace mlp {
namespace {

// beta^steps, by the same multiplications that counting up takes, so that a resumed run keeps every bit.
double Power(double beta, std::uint64_t steps) {
  double power = 1;
  for (std::uint64_t i = 0; i < steps && power > 1e-30; ++i) power *= beta;
  return power;
}

class Adam final : public Optimizer {
 public:
  Adam(double beta1, double beta2, double epsilon) : beta1_(beta1), beta2_(beta2) {
    step_.beta1 = static_cast<Real>(beta1);
    step_.beta2 = static_cast<Real>(beta2);
    step_.rest1 = static_cast<Real>(1 - beta1);
    step_.rest2 = static_cast<Real>(1 - beta2);
    step_.epsilon = static_cast<Real>(epsilon);
  }

  std::size_t slots() const override { return 2; }

  void Prepare(double rate) override {
    step_.rate = static_cast<Real>(rate / (1 - power1_ * beta1_));
    step_.root_correction = static_cast<Real>(1 / std::sqrt(1 - power2_ * beta2_));
  }

  Target TargetFor(Real*, const Slots&, Real* scratch) const override { return {scratch, 1, 0, false}; }

  void Update(Real* w, const Slots& slots, const Real* grad, std::size_t n) const override {
    ActiveKernels().adam(w, slots[0], slots[1], grad, n, step_);
  }

  void Advance() override {
    Optimizer::Advance();
    if (power1_ > 1e-30) power1_ *= beta1_;
    if (power2_ > 1e-30) power2_ *= beta2_;
  }

  void SetSteps(std::uint64_t steps) override {
    Optimizer::SetSteps(steps);
    power1_ = Power(beta1_, steps);
    power2_ = Power(beta2_, steps);
  }

 private:
  double beta1_, beta2_;
  double power1_ = 1, power2_ = 1;
  AdamStep step_{};
};

}  // namespace

std::unique_ptr<Optimizer> MakeAdam(double beta1, double beta2, double epsilon) {
  return std::make_unique<Adam>(beta1, beta2, epsilon);
}

}  // namespace mlp
