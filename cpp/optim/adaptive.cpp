// Rules that divide each gradient by the root of its own squares.
#include "math/kernels.h"
#include "optim/spec.h"

namespace mlp {
namespace {

class Adagrad final : public Optimizer {
 public:
  explicit Adagrad(const OptimizerSpec& spec)
      : start_(static_cast<Real>(spec.initial_accumulator)), epsilon_(static_cast<Real>(spec.epsilon)) {}

  std::size_t slots() const override { return 1; }
  Real slot_start(std::size_t) const override { return start_; }
  void Prepare(double rate) override { rate_ = static_cast<Real>(rate); }
  Target TargetFor(Real*, const Slots&, Real* scratch, UpdateFactors) const override {
    return {scratch, 1, 0, false};
  }

  void Update(Real* w, const Slots& slots, const Real* grad, std::size_t n,
              UpdateFactors factors) const override {
    ActiveKernels().adagrad(w, slots[0], grad, n, rate_ * factors.rate, epsilon_);
  }

 private:
  Real start_, epsilon_, rate_ = 0;
};

class Rmsprop : public Optimizer {
 public:
  explicit Rmsprop(const OptimizerSpec& spec) : centered_(spec.centered), moves_(spec.momentum > 0) {
    step_.momentum = static_cast<Real>(spec.momentum);
    (spec.epsilon_in_root ? step_.root_epsilon : step_.epsilon) = static_cast<Real>(spec.epsilon);
    step_.rho = static_cast<Real>(spec.rho);
    step_.rest = static_cast<Real>(1 - spec.rho);
  }

  std::size_t slots() const override { return 1 + (centered_ ? 1 : 0) + (moves_ ? 1 : 0); }
  void Prepare(double rate) override { step_.rate = static_cast<Real>(rate); }
  Target TargetFor(Real*, const Slots&, Real* scratch, UpdateFactors) const override {
    return {scratch, 1, 0, false};
  }

  void Update(Real* w, const Slots& slots, const Real* grad, std::size_t n,
              UpdateFactors factors) const override {
    Real* const mean = centered_ ? slots[1] : nullptr;
    Real* const velocity = moves_ ? slots[centered_ ? 2 : 1] : nullptr;
    ActiveKernels().rmsprop(w, slots[0], mean, velocity, grad, n, Scaled(factors));
  }

 protected:
  RmspropStep Scaled(UpdateFactors factors) const {
    RmspropStep step = step_;
    step.rate *= factors.rate;
    return step;
  }

 private:
  bool centered_, moves_;
  RmspropStep step_{};
};

class Adadelta final : public Rmsprop {
 public:
  using Rmsprop::Rmsprop;

  std::size_t slots() const override { return 2; }

  void Update(Real* w, const Slots& slots, const Real* grad, std::size_t n,
              UpdateFactors factors) const override {
    ActiveKernels().adadelta(w, slots[0], slots[1], grad, n, Scaled(factors));
  }
};

}  // namespace

std::unique_ptr<Optimizer> MakeAdagrad(const OptimizerSpec& spec) { return std::make_unique<Adagrad>(spec); }

std::unique_ptr<Optimizer> MakeRmsprop(const OptimizerSpec& spec) { return std::make_unique<Rmsprop>(spec); }

std::unique_ptr<Optimizer> MakeAdadelta(const OptimizerSpec& spec) {
  return std::make_unique<Adadelta>(spec);
}

}  // namespace mlp
