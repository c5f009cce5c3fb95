#ifndef PERCEPTRA_TRAIN_LBFGS_DRIVER_H_
#define PERCEPTRA_TRAIN_LBFGS_DRIVER_H_

#include <cstddef>
#include <span>

#include "optim/lbfgs.h"
#include "train/driver.h"
#include "train/epoch.h"
#include "train/fallback.h"
#include "train/step.h"

namespace mlp {

// Drives L-BFGS. All rows make one batch, in blocks of the batch size whose gradients add up: a pass over
// them evaluates one point. An epoch is one iteration; a slice may end after any block, also within a line
// search.
class LbfgsDriver final : public Driver {
 public:
  LbfgsDriver(const Network& network, const Training& training, Epoch& epoch, Step& step);

  std::size_t batches_per_update() const override { return Epoch::kAllBatches; }
  bool needs_whole_gradient() const override { return true; }
  void BeginEpoch() override;
  void BeginSlice(Vector& weights) override MLP_REQUIRES(kRank0);
  std::size_t Run(Team& team, Weights& weights, TrainSlice& slice, SliceClock& clock, bool has_step) override;
  void BeginRun() override { is_running_ = false; }
  // Writes the best point of the run to the weights.
  void EndRun(Weights& weights) override;
  void WeightsChanged() override;
  std::size_t bytes() const override { return lbfgs_.bytes(); }

 private:
  void CountBatch(TrainSlice& slice, const Batch& batch, SliceClock& clock) MLP_REQUIRES(kRank0);
  bool EndPass(TrainSlice& slice) MLP_REQUIRES(kRank0);
  void EndIteration(TrainSlice& slice) MLP_REQUIRES(kRank0);
  void Place(std::span<const Real> point, Vector& weights) const;

  const Network& network_;
  const Training& training_;
  Epoch& epoch_;
  Step& step_;
  Lbfgs lbfgs_;
  bool is_running_ = false;      // lbfgs_ holds the state of the present run
  bool weights_are_new_ = true;  // not yet checked to be finite
  FiniteCheck check_;
  Sums pass_;  // of the blocks of this pass so far
  SetByRank0<bool> has_next_batch_;
  SetByRank0<std::size_t> next_row_;
};

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_LBFGS_DRIVER_H_
