#include "math/kernels.h"
#include "optim/spec.h"

namespace mlp {
namespace {

class Sgd final : public Optimizer {
 public:
  std::size_t slots() const override { return 0; }
  void Prepare(double rate) override { rate_ = static_cast<Real>(rate); }
  Target TargetFor(Real* w, const Slots&, Real*, UpdateFactors factors) const override {
    return {w, -rate_ * factors.rate, 1, true};
  }
  void Update(Real* w, const Slots&, const Real* grad, std::size_t n, UpdateFactors factors) const override {
    if (grad != w) ActiveKernels().sgd(w, grad, n, rate_ * factors.rate);
  }

 private:
  Real rate_ = 0;
};

class Momentum final : public Optimizer {
 public:
  Momentum(double momentum, bool nesterov) : momentum_(static_cast<Real>(momentum)), nesterov_(nesterov) {}

  std::size_t slots() const override { return 1; }
  void Prepare(double rate) override { rate_ = static_cast<Real>(rate); }

  // Nesterov's form needs the gradient alone; the classic form accumulates it in the velocity.
  Target TargetFor(Real*, const Slots& slots, Real* scratch, UpdateFactors) const override {
    return nesterov_ ? Target{scratch, 1, 0, false} : Target{slots[0], 1, momentum_, false};
  }

  void Update(Real* w, const Slots& slots, const Real* grad, std::size_t n,
              UpdateFactors factors) const override {
    const Kernels& kernels = ActiveKernels();
    if (nesterov_) {
      kernels.nesterov(w, slots[0], grad, n, rate_ * factors.rate, momentum_);
      return;
    }
    if (grad != slots[0]) kernels.accumulate(slots[0], grad, n, momentum_);
    kernels.sgd(w, slots[0], n, rate_ * factors.rate);
  }

 private:
  Real momentum_, rate_ = 0;
  bool nesterov_;
};

}  // namespace

std::unique_ptr<Optimizer> MakeSgd(double momentum, bool nesterov) {
  if (momentum == 0) return std::make_unique<Sgd>();
  return std::make_unique<Momentum>(momentum, nesterov);
}

}  // namespace mlp
