#include "train/weight_updates.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "math/kernels.h"
#include "train/tensor_rules.h"

namespace mlp {

WeightUpdates::WeightUpdates(const Network& network, const Training& training)
    : network_(network), optimizer_(training.optimizer.get()), rules_(training.rules) {
  const bool all_plain = rules_.clip_value == 0 && rules_.weight_decay == 0 && rules_.ema == 0;
  for (std::size_t l = 0; l < network.layers().size(); ++l) {
    std::vector<TensorUpdate>& updates = tensors_.emplace_back();
    const auto& tensors = network.layers()[l]->tensors();
    for (std::size_t t = 0; t < tensors.size(); ++t) {
      const Tensor& tensor = tensors[t];
      const bool plain = all_plain && !HasRegularizer(tensor) &&
                         tensor.rules.constraint.kind != ConstraintKind::kNonNegative;
      const UpdateFactors factors{static_cast<Real>(network.rate_factor(l, t)),
                                  static_cast<Real>(network.decay_factor(l, t))};
      updates.push_back({tensor_count_++, factors, plain});
    }
  }
  if (optimizer_ == nullptr) return;
  optimizer_slots_ = optimizer_->slots();
  slot_count_ = optimizer_slots_ + (rules_.ema > 0 ? 1 : 0);
}

void WeightUpdates::MakeSlots() {
  if (slots_.size() == slot_count_) return;
  AllocateSlots();
  ResetSlots();
}

void WeightUpdates::AllocateSlots() {
  if (slots_.size() == slot_count_) return;
  std::vector<Vector> slots;
  for (std::size_t s = 0; s < slot_count_; ++s) slots.emplace_back(weight_count());
  slots_ = std::move(slots);
}

void WeightUpdates::ResetSlots() {
  for (std::size_t s = 0; s < slots_.size(); ++s)
    std::fill(slots_[s].begin(), slots_[s].end(), slot_start(s));
}

void WeightUpdates::CopySlot(std::size_t slot, std::size_t begin, std::size_t count, Real* out) const {
  if (slots_.size() == slot_count_) {
    std::copy_n(slots_[slot].data() + begin, count, out);
  } else {
    std::fill_n(out, count, slot_start(slot));
  }
}

// The first update overwrites the average: see Prepare.
Real WeightUpdates::slot_start(std::size_t slot) const {
  return slot < optimizer_slots_ ? optimizer_->slot_start(slot) : Real(0);
}

void WeightUpdates::Prepare(double rate, double decay_factor) {
  decay_ = rate * decay_factor * rules_.weight_decay;
  optimizer_->SetDecayFactor(decay_factor);
  optimizer_->Prepare(rate);
  average_momentum_ = steps() == 0 ? Real(0) : static_cast<Real>(rules_.ema);
}

void WeightUpdates::Update(Real* w, std::size_t at, Real* grad, std::size_t n, const TensorUpdate& update,
                           const Tensor& tensor) {
  const Kernels& kernels = ActiveKernels();
  if (rules_.clip_value > 0) kernels.clip(grad, n, static_cast<Real>(rules_.clip_value));
  if (rules_.weight_decay > 0) {
    // As a difference: 1 - a small number would be rounded.
    kernels.sgd(w, w, n, static_cast<Real>(decay_ * update.factors.rate * update.factors.decay));
  }
  optimizer_->Update(w, SlotsAt(at), grad, n, update.factors);
  if (rules_.ema > 0) kernels.move_average(slots_.back().data() + at, w, n, average_momentum_);
  if (tensor.rules.constraint.kind == ConstraintKind::kNonNegative) kernels.not_below_zero(w, n);
}

Real WeightUpdates::ClipFactor(const TensorUpdate& update, const std::vector<double>& squares) const {
  const double limit = rules_.clip_norm > 0 ? rules_.clip_norm : rules_.global_clip_norm;
  if (limit == 0) return 1;
  double sum = squares[update.id];
  if (rules_.clip_norm == 0) {
    sum = 0;
    for (const double square : squares) sum += square;
  }
  const double norm = std::sqrt(sum);
  return norm > limit ? static_cast<Real>(limit / norm) : Real(1);
}

std::shared_ptr<const Vector> WeightUpdates::Averaged(const Vector& weights) const {
  if (rules_.ema == 0 || steps() == 0) return nullptr;
  auto averaged = std::make_shared<Vector>(weights);
  for (std::size_t l = 0; l < network_.layers().size(); ++l) {
    const auto& tensors = network_.layers()[l]->tensors();
    for (std::size_t t = 0; t < tensors.size(); ++t) {
      const std::size_t at = tensors[t].offset;
      if (!network_.trains(l, t)) continue;
      std::copy_n(slots_.back().data() + at, tensors[t].size(), averaged->data() + at);
      ForceConstraint(tensors[t], averaged->data() + at);
    }
  }
  return averaged;
}

}  // namespace mlp
