// Adam and its variants: rules that step by the mean of gradients.
#include <cmath>

#include "math/kernels.h"
#include "optim/spec.h"

namespace mlp {
namespace {

class AdamBase : public Optimizer {
 public:
  explicit AdamBase(const OptimizerSpec& spec) : spec_(spec) {
    step_.beta1 = static_cast<Real>(spec.beta1);
    step_.beta2 = static_cast<Real>(spec.beta2);
    step_.rest1 = static_cast<Real>(1 - spec.beta1);
    step_.rest2 = static_cast<Real>(1 - spec.beta2);
    step_.epsilon = static_cast<Real>(spec.epsilon);
  }

  std::size_t slots() const override { return 2; }

  void Prepare(double rate) override {
    const auto t = static_cast<double>(steps() + 1);
    step_.rate = static_cast<Real>(rate / (1 - std::pow(spec_.beta1, t)));
    step_.root_correction = static_cast<Real>(1 / std::sqrt(1 - std::pow(spec_.beta2, t)));
  }

  Target TargetFor(Real*, const Slots&, Real* scratch, UpdateFactors) const override {
    return {scratch, 1, 0, false};
  }

 protected:
  AdamStep Scaled(UpdateFactors factors) const {
    AdamStep step = step_;
    step.rate *= factors.rate;
    step.gradient_rate *= factors.rate;
    step.decay *= factors.rate * factors.decay;
    return step;
  }

  OptimizerSpec spec_;
  AdamStep step_{};
};

class Adam final : public AdamBase {
 public:
  using AdamBase::AdamBase;

  std::size_t slots() const override { return spec_.amsgrad ? 3 : 2; }

  void Prepare(double rate) override {
    AdamBase::Prepare(rate);
    step_.decay = static_cast<Real>(rate * spec_.weight_decay * decay_factor());
    if (spec_.raw_epsilon) step_.epsilon = static_cast<Real>(spec_.epsilon) * step_.root_correction;
  }

  void Update(Real* w, const Slots& slots, const Real* grad, std::size_t n,
              UpdateFactors factors) const override {
    if (spec_.amsgrad) {
      ActiveKernels().amsgrad(w, slots[0], slots[1], slots[2], grad, n, Scaled(factors));
    } else {
      ActiveKernels().adam(w, slots[0], slots[1], grad, n, Scaled(factors));
    }
  }
};

class Adamax final : public AdamBase {
 public:
  using AdamBase::AdamBase;

  void Update(Real* w, const Slots& slots, const Real* grad, std::size_t n,
              UpdateFactors factors) const override {
    ActiveKernels().adamax(w, slots[0], slots[1], grad, n, Scaled(factors));
  }
};

class Nadam final : public AdamBase {
 public:
  using AdamBase::AdamBase;

  void Prepare(double rate) override {
    AdamBase::Prepare(rate);
    const double t = static_cast<double>(steps() + 1);
    const double momentum = Momentum(t), next_momentum = Momentum(t + 1);
    const double product = ProductOfMomenta();
    step_.gradient_rate = static_cast<Real>(rate * (1 - momentum) / (1 - product * momentum));
    step_.rate = static_cast<Real>(rate * next_momentum / (1 - product * momentum * next_momentum));
  }

  void Update(Real* w, const Slots& slots, const Real* grad, std::size_t n,
              UpdateFactors factors) const override {
    ActiveKernels().nadam(w, slots[0], slots[1], grad, n, Scaled(factors));
  }

 private:
  // Dozat 2016: beta1 (1 - 0.5 0.96^(momentum_decay t)).
  double Momentum(double t) const {
    return spec_.beta1 * (1 - 0.5 * std::pow(0.96, t * spec_.momentum_decay));
  }

  // Of all steps so far. Model files do not hold it: it is computed again from the number of steps. Either
  // the momentum is beta1 to the last bit after kWarm / momentum_decay steps, or the product is negligible
  // beside 1 before: at most some ten thousand steps are multiplied one by one.
  double ProductOfMomenta() {
    constexpr double kWarm = 1000;
    if (steps() < counted_) {
      counted_ = 0;
      product_ = 1;
    }
    for (; counted_ < steps() && product_ > 1e-30; ++counted_) {
      const auto t = static_cast<double>(counted_ + 1);
      if (t * spec_.momentum_decay > kWarm) break;
      product_ *= Momentum(t);
    }
    return product_ * std::pow(spec_.beta1, static_cast<double>(steps() - counted_));
  }

  double product_ = 1;
  std::uint64_t counted_ = 0;
};

class Lion final : public AdamBase {
 public:
  using AdamBase::AdamBase;

  std::size_t slots() const override { return 1; }
  void Prepare(double rate) override { step_.rate = static_cast<Real>(rate); }

  void Update(Real* w, const Slots& slots, const Real* grad, std::size_t n,
              UpdateFactors factors) const override {
    ActiveKernels().lion(w, slots[0], grad, n, Scaled(factors));
  }
};

}  // namespace

std::unique_ptr<Optimizer> MakeAdam(const OptimizerSpec& spec) { return std::make_unique<Adam>(spec); }

std::unique_ptr<Optimizer> MakeAdamax(const OptimizerSpec& spec) { return std::make_unique<Adamax>(spec); }

std::unique_ptr<Optimizer> MakeNadam(const OptimizerSpec& spec) { return std::make_unique<Nadam>(spec); }

std::unique_ptr<Optimizer> MakeLion(const OptimizerSpec& spec) { return std::make_unique<Lion>(spec); }

}  // namespace mlp
