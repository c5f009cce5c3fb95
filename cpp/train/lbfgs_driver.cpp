#include "train/lbfgs_driver.h"

#include <algorithm>
#include <cmath>

namespace mlp {

LbfgsDriver::LbfgsDriver(const Network& network, const Training& training, Epoch& epoch, Step& step)
    : network_(network),
      training_(training),
      epoch_(epoch),
      step_(step),
      lbfgs_(network.weight_count(), training.lbfgs) {}

void LbfgsDriver::BeginEpoch() {
  pass_ = {};
  pass_.metrics.resize(training_.metrics.count());
}

void LbfgsDriver::BeginSlice(Vector& weights) {
  if (!is_running_) {
    lbfgs_.Start({weights.data(), weights.size()});
    is_running_ = true;
  }
  // The weights hold the best point after an iteration; the next evaluation is at point().
  Place(lbfgs_.point(), weights);
}

std::size_t LbfgsDriver::Run(Team& team, Weights& weights, TrainSlice& slice, SliceClock& clock,
                             bool has_step) {
  bool finite_before = true;
  if (weights_are_new_) {
    finite_before = check_.AllFinite(team, step_.weights(), {});
    if (team.rank() == 0) {
      weights_are_new_ = !finite_before;
      if (!finite_before) slice.finite = false;
    }
  }
  std::size_t first = epoch_.position(), rows_done = 0;
  for (bool more = has_step && finite_before; more; more = has_next_batch_.get()) {
    const Batch batch = epoch_.BatchAt(first);
    if (team.rank() == 0) {
      const AsRank0 role(team);
      step_.SetWantsStop(slice.wants_stop);
    }
    if (!step_.RunRows(team, batch, *slice.stop)) break;
    // A loss that is not finite needs no check here: the line search then tries a shorter step.
    step_.AddGradient(team, batch, *slice.stop);
    if (team.rank() == 0) {
      const AsRank0 role(team);
      CountBatch(slice, batch, clock);
    }
    team.Meet();
    first = next_row_.get();
    rows_done += batch.rows;
    if (team.rank() == 0) weights.AfterStep();
  }
  if (team.rank() == 0 && rows_done > 0) {  // else others may still read the position
    const AsRank0 role(team);
    epoch_.SetPosition(first);
  }
  return rows_done;
}

// Before the meeting that ends a block.
void LbfgsDriver::CountBatch(TrainSlice& slice, const Batch& batch, SliceClock& clock) {
  next_row_.Set(batch.end);
  has_next_batch_.Set(false);
  if (slice.stop->load(std::memory_order_relaxed)) return;
  // All ranks of a group have the whole penalty, each in its own order: the first one's counts.
  const bool adds_penalty = epoch_.group() == nullptr || epoch_.group()->rank() == 0;
  for (const ShareState& share : step_.shares()) {
    pass_.loss += share.loss * batch.scale + (adds_penalty ? share.penalty : 0);
    for (std::size_t k = 0; k < share.metrics.size(); ++k) pass_.metrics[k] += share.metrics[k];
  }
  ++slice.steps_taken;
  const bool epoch_ends = batch.ends_update && EndPass(slice);
  slice.stopped = epoch_.group() != nullptr && batch.ends_update && step_.group_stops();
  has_next_batch_.Set(!epoch_ends && !slice.stopped && clock.Allows(slice.steps_taken));
}

// At the end of a pass, which has evaluated one point: moves the weights to the next point. Returns whether
// an iteration, and with it the epoch, has ended.
bool LbfgsDriver::EndPass(TrainSlice& slice) {
  const bool is_first = lbfgs_.iterations() == 0;
  const Vector& gradient = step_.gradient();
  if (epoch_.group() != nullptr) epoch_.group()->SumNumbers(&pass_.loss, 1);
  const double loss = pass_.loss;
  const Lbfgs::Status status = lbfgs_.Tell(loss, {gradient.data(), network_.weight_count()});
  pass_.loss = 0;
  next_row_.Set(0);
  if (status == Lbfgs::Status::kEvaluate) {
    std::fill(pass_.metrics.begin(), pass_.metrics.end(), 0.0);
    Place(lbfgs_.point(), step_.weights());
    return false;
  }
  Place(lbfgs_.best(), step_.weights());
  slice.finite = !is_first || status != Lbfgs::Status::kFailed || std::isfinite(loss);
  slice.converged = Lbfgs::Done(status);
  is_running_ = !slice.converged;
  EndIteration(slice);
  return true;
}

void LbfgsDriver::EndIteration(TrainSlice& slice) {
  const std::size_t rows = epoch_.rows();
  slice.epoch_done = true;
  slice.updates = 1;
  slice.sums.rows = rows;
  slice.sums.loss = lbfgs_.loss() * static_cast<double>(rows);
  slice.sums.metrics.swap(pass_.metrics);
  if (epoch_.options().gradient_norms) step_.AddGradientNorms(slice.sums.gradient_norms);
}

// Copies a point into the weights, without moving statistics, which L-BFGS does not optimize.
void LbfgsDriver::Place(std::span<const Real> point, Vector& weights) const {
  for (std::size_t l = 0; l < network_.layers().size(); ++l) {
    const auto& tensors = network_.layers()[l]->tensors();
    for (std::size_t t = 0; t < tensors.size(); ++t) {
      const std::size_t at = tensors[t].offset;
      if (network_.trains(l, t)) std::copy_n(point.data() + at, tensors[t].size(), weights.data() + at);
    }
  }
}

void LbfgsDriver::EndRun(Weights& weights) {
  if (is_running_) Place(lbfgs_.best(), weights.Change());
  is_running_ = false;
}

void LbfgsDriver::WeightsChanged() {
  weights_are_new_ = true;
  is_running_ = false;
}

}  // namespace mlp
