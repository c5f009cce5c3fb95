#ifndef PERCEPTRA_TRAIN_DRIVER_H_
#define PERCEPTRA_TRAIN_DRIVER_H_

#include <cstddef>

#include "math/compute_pool.h"
#include "math/rank0.h"
#include "train/slice.h"
#include "train/slice_clock.h"
#include "train/weights.h"

namespace mlp {

// Runs the steps of an epoch: which batch is next, what comes of a step, when the slice and the epoch end. A
// slice may end after any step; k slices give the same bits as one.
class Driver {
 public:
  virtual ~Driver() = default;

  // Epoch::kAllBatches where all rows make one update.
  virtual std::size_t batches_per_update() const = 0;
  // Whether the gradients of all weights must be known before any weight changes.
  virtual bool needs_whole_gradient() const = 0;

  // Between two epochs; what the slices need is allocated here.
  virtual void BeginEpoch() {}
  // On rank 0, before the others begin; may throw.
  virtual void BeginSlice(Vector& weights) MLP_REQUIRES(kRank0) = 0;
  // On every member of a team: runs steps, the first one only if `has_step`, and fills the slice. Returns the
  // rows that the steps went through.
  virtual std::size_t Run(Team& team, Weights& weights, TrainSlice& slice, SliceClock& clock,
                          bool has_step) = 0;

  // A run of epochs begins, and ends: the weights become what the run has found.
  virtual void BeginRun() {}
  virtual void EndRun(Weights& weights) = 0;
  // The weights were changed from outside.
  virtual void WeightsChanged() = 0;

  virtual std::size_t bytes() const = 0;
};

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_DRIVER_H_
