#include "train/optimizer_driver.h"

#include <algorithm>

#include "train/tensor_rules.h"

namespace mlp {

OptimizerDriver::OptimizerDriver(const Network& network, const Vector& weights, const Training& training,
                                 Epoch& epoch, Step& step, WeightUpdates& updates)
    : training_(training),
      epoch_(epoch),
      step_(step),
      updates_(updates),
      has_regularizers_(HasRegularizers(network)),
      fallback_(weights, updates) {}

bool OptimizerDriver::needs_whole_gradient() const {
  const UpdateRules& rules = updates_.rules();
  return rules.clip_norm > 0 || rules.global_clip_norm > 0 || rules.accumulation_steps > 1;
}

std::size_t OptimizerDriver::Run(Team& team, Weights& weights, TrainSlice& slice, SliceClock& clock,
                                 bool has_step) {
  // Weights that are not finite show here at the latest: activations may hide them from the loss.
  const bool intact = !fallback_.due() || fallback_.Copy(team, step_.weights());
  if (!intact && team.rank() == 0) slice.finite = false;
  std::size_t first = epoch_.position(), rows_done = 0;
  for (bool more = has_step && intact; more; more = has_next_step_.get()) {
    const Batch batch = epoch_.BatchAt(first);
    if (team.rank() == 0) {
      const AsRank0 role(team);
      updates_.Prepare(slice.rates.size() == 1 ? slice.rates[0] : slice.rates[slice.updates]);
    }
    if (!step_.RunRows(team, batch, *slice.stop)) break;
    if (!step_.finite()) {
      if (team.rank() == 0) slice.finite = false;
      break;
    }
    step_.Update(team, batch, *slice.stop);
    // An epoch's sums have all its penalties: every thread must have added its own.
    if (has_regularizers_ && EndsEpochWithin(slice, batch)) team.Meet();
    if (team.rank() == 0) {
      const AsRank0 role(team);
      CountStep(slice, batch, clock);
    }
    team.Meet();
    first = next_row_.get();
    rows_done += batch.rows;
    if (team.rank() == 0) weights.AfterStep();
  }
  const bool due = first == epoch_.rows() || rows_done >= kRowsWorthALook;
  bool sound = true;
  if (!intact || due || !step_.finite()) {
    team.Meet();
    sound = fallback_.AllFinite(team, step_.weights());
  }
  if (team.rank() == 0) {
    const AsRank0 role(team);
    if (!sound) slice.finite = false;
    if (!slice.finite) slice.steps_back = fallback_.Repair(step_.weights());
    slice.sums.penalty = step_.TakePenalties();
    slice.sums.loss += slice.sums.penalty;
    if (rows_done > 0) epoch_.SetPosition(first);  // else others may still read it
  }
  return rows_done;
}

// Before the meeting that ends a step.
void OptimizerDriver::CountStep(TrainSlice& slice, const Batch& batch, SliceClock& clock) {
  next_row_.Set(batch.end());
  has_next_step_.Set(false);
  if (slice.stop->load(std::memory_order_relaxed)) return;
  const auto rows = static_cast<double>(batch.update_rows);
  // Each update's mean loss counts once per row. Penalties are added at the end of the slice or the epoch:
  // other threads may still add to them.
  for (const ShareState& share : step_.shares()) {
    slice.sums.loss += share.loss * batch.scale * rows;
    for (std::size_t k = 0; k < share.metrics.size(); ++k) slice.sums.metrics[k] += share.metrics[k];
  }
  slice.sums.rows += batch.rows;
  ++slice.steps_taken;
  fallback_.CountStep(batch.rows);
  if (batch.closes) {
    updates_.Advance();
    ++slice.updates;
    if (epoch_.options().gradient_norms) step_.AddGradientNorms(slice.sums.gradient_norms);
  }
  slice.epoch_done =
      batch.end() == epoch_.rows() && !(EndsEpochWithin(slice, batch) && GoOnToNextEpoch(slice));
  has_next_step_.Set(slice.steps_taken < slice.steps && !slice.epoch_done && clock.Allows(slice.steps_taken));
}

// Whether the step is an epoch's last in a slice that may go on to the next epoch: all threads come to the
// same answer. Norms of gradients are reported for one epoch alone.
bool OptimizerDriver::EndsEpochWithin(const TrainSlice& slice, const Batch& batch) const {
  return slice.epochs > 1 && !epoch_.options().gradient_norms && batch.end() == epoch_.rows();
}

// Begins the next epoch, if the slice has one left.
bool OptimizerDriver::GoOnToNextEpoch(TrainSlice& slice) {
  const std::size_t metrics = training_.metrics.count();
  const bool may =
      slice.finished.size() < (slice.epochs - 1) * (2 + metrics) && slice.steps_taken < slice.steps;
  if (!may) return false;
  // Without regularizers there was no meeting: other threads may be in the middle of the step.
  const double penalty = has_regularizers_ ? step_.TakePenalties() : 0;
  Sums& sums = slice.sums;
  slice.finished.push_back(sums.loss + penalty);
  slice.finished.push_back(penalty);
  slice.finished.insert(slice.finished.end(), sums.metrics.begin(), sums.metrics.end());
  sums.loss = 0;
  sums.rows = 0;
  std::fill(sums.metrics.begin(), sums.metrics.end(), 0.0);
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
