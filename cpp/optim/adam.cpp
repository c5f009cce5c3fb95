#include <cmath>

#include "optim/optimizer.h"

namespace mlp {
namespace {

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
    const auto t = static_cast<double>(steps() + 1);
    step_.rate = static_cast<Real>(rate / (1 - std::pow(beta1_, t)));
    step_.root_correction = static_cast<Real>(1 / std::sqrt(1 - std::pow(beta2_, t)));
  }

  Target TargetFor(Real*, const Slots&, Real* scratch) const override { return {scratch, 1, 0, false}; }

  void Update(Real* w, const Slots& slots, const Real* grad, std::size_t n) const override {
    ActiveKernels().adam(w, slots[0], slots[1], grad, n, step_);
  }

 private:
  double beta1_, beta2_;
  AdamStep step_{};
};

}  // namespace

std::unique_ptr<Optimizer> MakeAdam(double beta1, double beta2, double epsilon) {
  return std::make_unique<Adam>(beta1, beta2, epsilon);
}

}  // namespace mlp
