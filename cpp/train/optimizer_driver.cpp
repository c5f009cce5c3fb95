#include "train/optimizer_driver.h"

#include <algorithm>

#include "train/tensor_rules.h"

namespace mlp {

OptimizerDriver::OptimizerDriver(const Network& network, Weights& weights, const Training& training,
                                 Epoch& epoch, Step& step, WeightUpdates& updates)
    : training_(training),
      epoch_(epoch),
      step_(step),
      updates_(updates),
      has_regularizers_(HasRegularizers(network)),
      fallback_(weights, updates) {}

bool OptimizerDriver::needs_whole_gradient() const {
  const UpdateRules& rules = updates_.rules();
  return rules.clips_norms() || rules.accumulation_steps > 1;
}

void OptimizerDriver::BeginEpoch() {
  sums_ = {};
  sums_.metrics.assign(training_.metrics.count(), 0.0);
  if (epoch_.options().gradient_norms) sums_.gradient_norms.reserve(updates_.tensor_count());
}

std::size_t OptimizerDriver::Run(Team& team, Weights& weights, TrainSlice& slice, SliceClock& clock,
                                 bool has_step) {
  const bool in_group = epoch_.group() != nullptr;
  // The loss may stay finite with infinite weights (tanh saturates), so the weights are checked too. Ranks of
  // a group check and copy them after the same steps, though their slices end after others.
  const bool copies = fallback_.due() && (!in_group || epoch_.position() == 0);
  const bool finite_before = !copies || fallback_.Copy(team, step_.weights());
  if (!finite_before && team.rank() == 0) slice.finite = false;
  std::size_t first = epoch_.position(), rows_done = 0;
  bool is_overflow = false;
  for (bool more = has_step && finite_before; more; more = has_next_step_.get()) {
    // Rank 0 counts updates between the meetings of a step, so that all threads read the same number here.
    const auto now = [&](const std::vector<double>& numbers) {
      return numbers.size() == 1 ? numbers[0] : numbers[slice.updates];
    };
    Batch batch = epoch_.BatchAt(first);
    batch.dropout_factor = now(slice.dropout_factors);
    if (team.rank() == 0) {
      const AsRank0 role(team);
      updates_.Prepare(now(slice.rates), now(slice.decay_factors));
      step_.SetWantsStop(slice.wants_stop);
    }
    if (!step_.RunRows(team, batch, *slice.stop)) break;
    if (!in_group && !step_.finite()) {
      if (team.rank() == 0) slice.finite = false;
      break;
    }
    step_.Update(team, batch, *slice.stop);
    if (in_group && batch.ends_update && !step_.group_finite()) {
      if (team.rank() == 0) slice.finite = false;
      break;
    }
    // The penalties of this epoch are summed next: every thread must have added its own before.
    if (has_regularizers_ && EndsEpochWithin(slice, batch)) team.Meet();
    if (team.rank() == 0) {
      const AsRank0 role(team);
      CountStep(slice, batch, clock);
    }
    team.Meet();
    first = next_row_.get();
    rows_done += batch.rows;
    if (team.rank() == 0) weights.AfterStep();
    if (in_group && fallback_.due() && !fallback_.Copy(team, step_.weights())) {
      is_overflow = true;
      break;
    }
  }
  const bool check_is_due = first == epoch_.end() || (!in_group && rows_done >= kRowsBetweenChecks);
  const bool step_finite = in_group ? step_.group_finite() : step_.finite();
  bool finite_after = !is_overflow;
  if (!finite_before || is_overflow || check_is_due || !step_finite) {
    team.Meet();
    finite_after = fallback_.AllFinite(team, step_.weights());
  }
  if (team.rank() == 0) {
    const AsRank0 role(team);
    if (!finite_after) slice.finite = false;
    if (!slice.finite) slice.steps_back = fallback_.Repair(step_.weights());
    slice.sums = sums_;
    slice.sums.penalty = step_.Penalties();
    slice.sums.loss += slice.sums.penalty;
    if (rows_done > 0) epoch_.SetPosition(first);  // else others may still read it
  }
  return rows_done;
}

// Before the meeting that ends a step.
void OptimizerDriver::CountStep(TrainSlice& slice, const Batch& batch, SliceClock& clock) {
  next_row_.Set(batch.end);
  has_next_step_.Set(false);
  if (slice.stop->load(std::memory_order_relaxed)) return;
  const auto rows = static_cast<double>(batch.all_update_rows);
  // An update's mean loss times its rows. Penalties are added at the end of the slice or the epoch: other
  // threads may still be adding to them.
  for (const ShareState& share : step_.shares()) {
    sums_.loss += share.loss * batch.scale * rows;
    for (std::size_t k = 0; k < share.metrics.size(); ++k) sums_.metrics[k] += share.metrics[k];
  }
  sums_.rows += batch.rows;
  ++slice.steps_taken;
  // Equal on all ranks, about this one's.
  const auto ranks = static_cast<std::size_t>(epoch_.group() == nullptr ? 1 : epoch_.group()->size());
  fallback_.CountStep((batch.all_rows + ranks - 1) / ranks);
  if (batch.ends_update) {
    updates_.Advance();
    ++slice.updates;
    if (epoch_.options().gradient_norms) step_.AddGradientNorms(sums_.gradient_norms);
  }
  slice.epoch_done = batch.end == epoch_.end() && !(EndsEpochWithin(slice, batch) && GoOnToNextEpoch(slice));
  slice.stopped = epoch_.group() != nullptr && batch.ends_update && step_.group_stops();
  has_next_step_.Set(slice.steps_taken < slice.steps && !slice.epoch_done && !slice.stopped &&
                     clock.Allows(slice.steps_taken));
}

// Whether the step is an epoch's last in a slice that may go on to the next epoch. All threads get the same
// answer. Gradient norms are reported for a single epoch, and ranks of a group agree between epochs, so such
// slices do not go on.
bool OptimizerDriver::EndsEpochWithin(const TrainSlice& slice, const Batch& batch) const {
  return slice.epochs > 1 && !epoch_.options().gradient_norms && epoch_.group() == nullptr &&
         batch.end == epoch_.end();
}

// Begins the next epoch, if the slice has one left.
bool OptimizerDriver::GoOnToNextEpoch(TrainSlice& slice) {
  const std::size_t metrics = training_.metrics.count();
  const bool may =
      slice.earlier_epochs.size() < (slice.epochs - 1) * (2 + metrics) && slice.steps_taken < slice.steps;
  if (!may) return false;
  // Without regularizers there was no meeting, so other threads may still be in the step.
  double penalty = 0;
  if (has_regularizers_) {
    penalty = step_.Penalties();
    step_.ForgetPenalties();
  }
  slice.earlier_epochs.push_back(sums_.loss + penalty);
  slice.earlier_epochs.push_back(penalty);
  slice.earlier_epochs.insert(slice.earlier_epochs.end(), sums_.metrics.begin(), sums_.metrics.end());
  sums_.loss = 0;
  sums_.rows = 0;
  std::fill(sums_.metrics.begin(), sums_.metrics.end(), 0.0);
  next_row_.Set(0);
  epoch_.Next();
  return true;
}

void OptimizerDriver::EndRun(Weights& weights) {
  if (const auto averaged = updates_.Averaged(weights.AtRest())) {
    std::copy(averaged->begin(), averaged->end(), weights.Change().begin());
  }
}

}  // namespace mlp
