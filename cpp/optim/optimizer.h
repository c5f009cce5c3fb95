#ifndef PERCEPTRA_OPTIM_OPTIMIZER_H_
#define PERCEPTRA_OPTIM_OPTIMIZER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "math/kernels.h"
#include "math/real.h"

namespace mlp {

// An update rule over flat spans; it knows nothing of layers. The vectors it keeps per weight (velocity,
// moments) are passed in: the caller owns them.
class Optimizer {
 public:
  static constexpr std::size_t kMostSlots = 2;
  // One pointer a slot, each to as many numbers as the span of weights beside it.
  using Slots = std::array<Real*, kMostSlots>;

  // Where the gradient's product is to be added up: grad = alpha * product + beta * grad.
  struct Target {
    Real* grad;
    Real alpha, beta;
    bool in_place;  // the weights themselves: Update has nothing left to do
  };

  virtual ~Optimizer() = default;

  virtual std::size_t slots() const = 0;
  // Fixes what the next step needs to know; called before its Targets and Updates, on one thread.
  virtual void Prepare(double rate) = 0;
  virtual Target TargetFor(Real* w, const Slots& slots, Real* scratch) const = 0;
  virtual void Update(Real* w, const Slots& slots, const Real* grad, std::size_t n) const = 0;

  // Counts a step that was taken.
  void Advance() { ++steps_; }
  void SetSteps(std::uint64_t steps) { steps_ = steps; }
  std::uint64_t steps() const { return steps_; }

 private:
  std::uint64_t steps_ = 0;
};

// v = momentum v + g; w -= rate v, or w -= rate (g + momentum v) with Nesterov's look-ahead (Sutskever et al.
// 2013, in the form of PyTorch). Without momentum no vector but the weights is touched.
std::unique_ptr<Optimizer> MakeSgd(double momentum, bool nesterov);

// Kingma and Ba 2015.
std::unique_ptr<Optimizer> MakeAdam(double beta1, double beta2, double epsilon);

}  // namespace mlp

#endif  // PERCEPTRA_OPTIM_OPTIMIZER_H_
