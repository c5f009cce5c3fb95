#include "optim/optimizer.h"

namespace mlp {
namespace {

class Sgd final : public Optimizer {
 public:
  std::size_t slots() const override { return 0; }
  void Prepare(double rate) override { rate_ = static_cast<Real>(rate); }
  Target TargetFor(Real* w, const Slots&, Real*) const override { return {w, -rate_, 1, true}; }
  void Update(Real*, const Slots&, const Real*, std::size_t) const override {}

 private:
  Real rate_ = 0;
};

class Momentum final : public Optimizer {
 public:
  Momentum(double momentum, bool nesterov) : momentum_(static_cast<Real>(momentum)), nesterov_(nesterov) {}

  std::size_t slots() const override { return 1; }
  void Prepare(double rate) override { rate_ = static_cast<Real>(rate); }

  // Nesterov's form needs the bare gradient; the classic one adds it up in the velocity at once.
  Target TargetFor(Real*, const Slots& slots, Real* scratch) const override {
    return nesterov_ ? Target{scratch, 1, 0, false} : Target{slots[0], 1, momentum_, false};
  }

  void Update(Real* w, const Slots& slots, const Real* grad, std::size_t n) const override {
    if (nesterov_) {
      ActiveKernels().nesterov(w, slots[0], grad, n, rate_, momentum_);
    } else {
      ActiveKernels().sgd(w, slots[0], n, rate_);
    }
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
