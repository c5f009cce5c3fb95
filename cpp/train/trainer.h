#ifndef PERCEPTRA_TRAIN_TRAINER_H_
#define PERCEPTRA_TRAIN_TRAINER_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "math/compute_pool.h"
#include "math/rank0.h"
#include "nn/network.h"
#include "train/dataset.h"
#include "train/driver.h"
#include "train/epoch.h"
#include "train/slice.h"
#include "train/slice_clock.h"
#include "train/step.h"
#include "train/thread_tuner.h"
#include "train/training.h"
#include "train/verbose.h"
#include "train/weight_updates.h"
#include "train/weights.h"

namespace mlp {

// Trains a network, epoch by epoch, in slices. The trainer decides how a step is shared out over threads, its
// Driver (an optimizer's or L-BFGS's) decides what the next step is, its Step computes it in two phases.
// Nothing is allocated between Begin and the end of an epoch, except copies of the weights for readers.
class Trainer {
 public:
  // REQUIRES: finite `weights`. Large vectors are allocated by the first slice.
  Trainer(const Network& network, Weights& weights, Training training);

  // Prepares an epoch; returns its number of steps. Throws Error when the data do not fit the network or the
  // loss.
  std::size_t Begin(const std::shared_ptr<const Dataset>& data, const EpochOptions& options);
  // The data of the epoch, for its slices to hold; null if they were freed.
  std::shared_ptr<const Dataset> data() const { return data_.lock(); }
  // Of the next slice; 0 before the first epoch.
  int threads() const { return step_.shares().empty() ? 0 : tuner_.threads(); }

  // On every member of a team of `threads()`. If there is no memory to start the slice, all members throw and
  // nothing has changed.
  void Run(Team& team, Weights& weights, TrainSlice& slice);

  // At the start and at the end of a run of epochs. BeginRun starts L-BFGS anew; EndRun writes L-BFGS's best
  // point or the average of the weights, if one is kept, to the weights.
  // With a group, which must live until EndRun or the next BeginRun, updates sum over its ranks.
  void BeginRun(std::shared_ptr<AllReduce> group = nullptr);
  void EndRun(Weights& weights);
  // The average of the weights, which EndRun would write; null if no average is kept.
  std::shared_ptr<const Vector> Averaged(const Vector& weights) const { return updates_.Averaged(weights); }
  // The weights were changed from outside.
  void WeightsChanged() { driver_->WeightsChanged(); }

  const Loss& loss() const { return training_.loss; }
  const Metrics& metrics() const { return training_.metrics; }
  // Vectors that are saved with the weights: the optimizer's, then the average, if there is one.
  std::vector<Vector>& slots() {
    updates_.MakeSlots();
    return updates_.slots();
  }
  // The same for a caller that writes all numbers: they are any numbers if there were none.
  std::vector<Vector>& slots_to_overwrite() {
    updates_.AllocateSlots();
    return updates_.slots();
  }
  std::size_t slot_count() const { return updates_.slot_count(); }
  void CopySlot(std::size_t slot, std::size_t begin, std::size_t count, Real* out) const {
    updates_.CopySlot(slot, begin, count, out);
  }
  std::uint64_t steps() const { return updates_.steps(); }
  void SetSteps(std::uint64_t steps) { updates_.SetSteps(steps); }
  std::size_t bytes() const;

  // For lines about each shape of a step; null: no lines.
  void SetLog(VerboseLog* log) { log_ = log; }

 private:
  class Presence;

  ShareCut CutShares(bool needs_whole_gradient);
  bool StartSlice(const Team& team, Weights& weights, TrainSlice& slice) MLP_REQUIRES(kRank0);
  void LogSteps(std::size_t rows);
  void LogThreads();

  const Network& network_;
  Training training_;
  WeightUpdates updates_;
  std::shared_ptr<AllReduce> group_;  // null: none
  Epoch epoch_;
  Step step_;
  std::unique_ptr<Driver> driver_;
  std::weak_ptr<const Dataset> data_;  // a trainer at rest keeps no data alive
  ThreadTuner tuner_;
  VerboseLog* log_ = nullptr;

  // The version of the weights that are packed for products by tiles; 0: none.
  std::uint64_t packed_version_ = 0;

  // Of the slice.
  SetByRank0<bool> has_step_;
  SetByRank0<bool> must_pack_;
  std::atomic<int> present_{0};  // threads in Run
  SliceClock clock_;
};

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_TRAINER_H_
