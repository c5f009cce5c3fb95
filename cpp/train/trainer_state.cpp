// Weights to fall back to when an update overflows: looked at, kept, put back.
#include <algorithm>

#include "math/kernels.h"
#include "train/trainer.h"

namespace mlp {

// Whether all weights, velocities and moments are finite.
bool Trainer::SoundState(Team& team) {
  EachShare(team, [this](std::size_t mine) {
    const auto share = Share(live_->size(), mine, shares());
    const auto finite = [&share](const Vector& v) {
      return ActiveKernels().all_finite(v.data() + share.first, share.second - share.first);
    };
    partials_[mine].finite = finite(*live_) && std::all_of(slots_.begin(), slots_.end(), finite);
  });
  team.Meet();
  const bool sound = AllPartialsFinite();
  team.Meet();
  return sound;
}

// Copies the weights, if they are worth it.
bool Trainer::Keep(Team& team) {
  if (!SoundState(team)) return false;
  const auto share =
      Share(live_->size(), static_cast<std::size_t>(team.rank()), static_cast<std::size_t>(team.size()));
  std::copy(live_->data() + share.first, live_->data() + share.second, kept_.data() + share.first);
  if (team.rank() == 0) rows_since_kept_ = steps_since_kept_ = 0;
  return true;
}

void Trainer::ResetSlots() {
  for (std::size_t s = 0; s < slots_.size(); ++s) {
    // An average starts with the first update: see Apply.
    const Real start = s < training_.optimizer->slots() ? training_.optimizer->slot_start(s) : Real(0);
    std::fill(slots_[s].begin(), slots_[s].end(), start);
  }
}

// After a blow-up, on rank 0 alone: weights from the last copy if they are spoilt, velocities and moments
// from nothing if they are.
void Trainer::Repair(TrainSlice& slice) {
  if (lbfgs_) return;  // it keeps its best point
  const auto finite = [](const Vector& v) { return ActiveKernels().all_finite(v.data(), v.size()); };
  if (!finite(*live_)) {
    std::copy(kept_.begin(), kept_.end(), live_->begin());
    slice.steps_back = steps_since_kept_;
  } else if (std::all_of(slots_.begin(), slots_.end(), finite)) {
    return;
  }
  training_.optimizer->SetSteps(0);
  ResetSlots();
}

}  // namespace mlp
