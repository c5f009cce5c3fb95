#ifndef PERCEPTRA_TRAIN_WEIGHT_UPDATES_H_
#define PERCEPTRA_TRAIN_WEIGHT_UPDATES_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "math/aligned.h"
#include "math/rank0.h"
#include "nn/network.h"
#include "optim/optimizer.h"
#include "optim/spec.h"
#include "train/training.h"

namespace mlp {

// How gradients change weights: the optimizer's rule, the rules beside it (UpdateRules), and the vectors that
// both keep per weight. With L-BFGS there are no such vectors, and nothing is updated here.
class WeightUpdates {
 public:
  // What one tensor needs for an update.
  struct TensorUpdate {
    std::size_t id;  // counts the tensors of all layers
    UpdateFactors factors;
    bool plain;  // only the optimizer's rule applies
  };

  WeightUpdates(const Network& network, const Training& training);

  const UpdateRules& rules() const { return rules_; }
  const TensorUpdate& tensor(std::size_t layer, std::size_t tensor) const { return tensors_[layer][tensor]; }
  std::size_t tensor_count() const { return tensor_count_; }

  // The optimizer's vectors, then the average of the weights, if there is one. Allocated by MakeSlots.
  std::vector<Vector>& slots() { return slots_; }
  const std::vector<Vector>& slots() const { return slots_; }
  void MakeSlots();
  // MakeSlots for a caller that writes all numbers: they are any numbers.
  void AllocateSlots();
  void ResetSlots();
  std::size_t slot_count() const { return slot_count_; }
  // Numbers [begin, begin + count) of a slot; before MakeSlots, those that it begins with.
  void CopySlot(std::size_t slot, std::size_t begin, std::size_t count, Real* out) const;
  std::size_t weight_count() const { return network_.weight_count(); }
  // Of all vectors, allocated or not.
  std::size_t numbers() const { return slot_count_ * weight_count(); }
  std::uint64_t steps() const { return optimizer_ ? optimizer_->steps() : 0; }
  void SetSteps(std::uint64_t steps) {
    if (optimizer_) optimizer_->SetSteps(steps);
  }

  // Before the updates of a step, and after them.
  void Prepare(double rate, double decay_factor) MLP_REQUIRES(kRank0);
  void Advance() MLP_REQUIRES(kRank0) { optimizer_->Advance(); }

  // The optimizer's vectors from this place in the flat vector on.
  Optimizer::Slots SlotsAt(std::size_t at) {
    Optimizer::Slots slots{};
    for (std::size_t s = 0; s < optimizer_slots_; ++s) slots[s] = slots_[s].data() + at;
    return slots;
  }

  // For plain tensors. `slots` begin at the same place as the weights `w`.
  Optimizer::Target TargetFor(Real* w, const Optimizer::Slots& slots, Real* scratch,
                              const TensorUpdate& update) const {
    return optimizer_->TargetFor(w, slots, scratch, update.factors);
  }
  void UpdatePlain(Real* w, const Optimizer::Slots& slots, const Real* grad, std::size_t n,
                   const TensorUpdate& update) const {
    optimizer_->Update(w, slots, grad, n, update.factors);
  }

  // For any tensor: clips the gradient by value, decays, updates and averages the weights, and applies the
  // non-negative constraint. Constraints on norms need whole columns: SlabPhase applies them afterwards.
  void Update(Real* w, std::size_t at, Real* grad, std::size_t n, const TensorUpdate& update,
              const Tensor& tensor);

  // The factor that scales a tensor's gradient down to the norm that the rules allow. `squares` are the sums
  // of squares of all tensors' gradients.
  Real ClipFactor(const TensorUpdate& update, const std::vector<double>& squares) const;

  // The weights with the trained ones replaced by their average; null if there is no average (yet).
  std::shared_ptr<const Vector> Averaged(const Vector& weights) const;

 private:
  Real slot_start(std::size_t slot) const;
  const Network& network_;
  Optimizer* const optimizer_;
  const UpdateRules& rules_;
  std::vector<std::vector<TensorUpdate>> tensors_;  // per layer
  std::size_t tensor_count_ = 0;
  std::vector<Vector> slots_;
  std::size_t slot_count_ = 0;
  std::size_t optimizer_slots_ = 0;  // the first of them
  double decay_ = 0;                 // the rate times the rules' weight decay
  Real average_momentum_ = 0;
};

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_WEIGHT_UPDATES_H_
