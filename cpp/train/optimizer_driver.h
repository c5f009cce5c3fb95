#ifndef PERCEPTRA_TRAIN_OPTIMIZER_DRIVER_H_
#define PERCEPTRA_TRAIN_OPTIMIZER_DRIVER_H_

#include <cstddef>

#include "train/driver.h"
#include "train/epoch.h"
#include "train/fallback.h"
#include "train/step.h"
#include "train/weight_updates.h"

namespace mlp {

// Drives the steps of an optimizer: each batch, or every few of them, makes one update. A slice may go on
// through several epochs.
class OptimizerDriver final : public Driver {
 public:
  OptimizerDriver(const Network& network, Weights& weights, const Training& training, Epoch& epoch,
                  Step& step, WeightUpdates& updates);

  std::size_t batches_per_update() const override { return updates_.rules().accumulation_steps; }
  bool needs_whole_gradient() const override;
  void BeginEpoch() override;
  void PrepareSlice(Weights& weights) override MLP_REQUIRES(kRank0) { fallback_.Prepare(weights); }
  void BeginSlice(Vector&) override MLP_REQUIRES(kRank0) { fallback_.OwnCopy(); }
  std::size_t Run(Team& team, Weights& weights, TrainSlice& slice, SliceClock& clock, bool has_step) override;
  void EndRun(Weights& weights) override;
  void WeightsChanged() override { fallback_.Invalidate(); }
  std::size_t bytes() const override { return fallback_.numbers() * sizeof(Real); }

 private:
  // Checking all weights costs about a hundredth of the steps over this many rows.
  static constexpr std::size_t kRowsBetweenChecks = 1024;

  void CountStep(TrainSlice& slice, const Batch& batch, SliceClock& clock) MLP_REQUIRES(kRank0);
  bool EndsEpochWithin(const TrainSlice& slice, const Batch& batch) const;
  bool GoOnToNextEpoch(TrainSlice& slice) MLP_REQUIRES(kRank0);

  const Training& training_;
  Epoch& epoch_;
  Step& step_;
  WeightUpdates& updates_;
  const bool has_regularizers_;
  Fallback fallback_;
  Sums sums_;  // of the epoch so far, without penalties
  SetByRank0<bool> has_next_step_;
  SetByRank0<std::size_t> next_row_;  // the first of the next step
};

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_OPTIMIZER_DRIVER_H_
