#ifndef PERCEPTRA_OPTIM_OPTIMIZER_H_
#define PERCEPTRA_OPTIM_OPTIMIZER_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "math/real.h"

namespace mlp {

// Of a tensor: factors of the learning rate, and of the weight decay beside it.
struct UpdateFactors {
  UpdateFactors(Real rate_factor, Real decay_factor = 1)  // NOLINT: a rate alone is one, too
      : rate(rate_factor), decay(decay_factor) {}
  Real rate, decay;
};

// An update rule over flat spans, which knows no layers. Its vectors per weight (velocity, moments), the
// slots, belong to the caller and are passed in.
class Optimizer {
 public:
  static constexpr std::size_t kMostSlots = 3;
  // One pointer per slot, to as many numbers as the span of weights has.
  using Slots = std::array<Real*, kMostSlots>;

  // Where the gradient is accumulated: grad = alpha * product + beta * grad.
  struct Target {
    Real* grad;
    Real alpha, beta;
    bool in_place;  // grad is the weights themselves, and Update does nothing
  };

  virtual ~Optimizer() = default;

  virtual std::size_t slots() const = 0;
  // The initial value of a slot's numbers.
  virtual Real slot_start([[maybe_unused]] std::size_t slot) const { return 0; }
  // Multiplies the rule's own weight decay, from the next Prepare on.
  void SetDecayFactor(double factor) { decay_factor_ = factor; }
  // Sets the parameters of the next step; called on one thread before TargetFor and Update.
  virtual void Prepare(double rate) = 0;
  // The factors multiply the rate and the decay that were prepared.
  virtual Target TargetFor(Real* w, const Slots& slots, Real* scratch, UpdateFactors factors) const = 0;
  // `grad` is the target of TargetFor, or a gradient somewhere else.
  virtual void Update(Real* w, const Slots& slots, const Real* grad, std::size_t n,
                      UpdateFactors factors) const = 0;

  // Counts a step that was taken.
  void Advance() { ++steps_; }
  void SetSteps(std::uint64_t steps) { steps_ = steps; }
  std::uint64_t steps() const { return steps_; }

 protected:
  double decay_factor() const { return decay_factor_; }

 private:
  double decay_factor_ = 1;
  std::uint64_t steps_ = 0;
};

}  // namespace mlp

#endif  // PERCEPTRA_OPTIM_OPTIMIZER_H_
