#ifndef PERCEPTRA_TRAIN_DRIVER_H_
#define PERCEPTRA_TRAIN_DRIVER_H_

#include <cstddef>

#include "math/compute_pool.h"
#include "math/rank0.h"
#include "train/slice.h"
#include "train/slice_clock.h"
#include "train/weights.h"

namespace mlp {

// Runs the steps of an epoch: chooses the next batch, uses the step's result, and ends the slice and the
// epoch. A slice may end after any step; k slices give the same bits as one.
class Driver {
 public:
  virtual ~Driver() = default;

  // Epoch::kAllBatches: all rows make one update.
  virtual std::size_t batches_per_update() const = 0;
  // Whether the gradients of all weights must be known before any weight changes.
  virtual bool needs_whole_gradient() const = 0;

  // Between two epochs. Allocates what the slices need.
  virtual void BeginEpoch() {}
  // On rank 0, before the slice changes the weights; may throw.
  virtual void PrepareSlice(Weights&) MLP_REQUIRES(kRank0) {}
  // On rank 0, before the others begin; may throw.
  virtual void BeginSlice(Vector& weights) MLP_REQUIRES(kRank0) = 0;
  // On every member of a team: runs steps (none if `has_step` is false) and fills in the slice. Returns the
  // number of rows of these steps.
  virtual std::size_t Run(Team& team, Weights& weights, TrainSlice& slice, SliceClock& clock,
                          bool has_step) = 0;

  // At the start and at the end of a run of epochs. EndRun writes the run's result to the weights.
  virtual void BeginRun() {}
  virtual void EndRun(Weights& weights) = 0;
  // The weights were changed from outside.
  virtual void WeightsChanged() = 0;

  virtual std::size_t bytes() const = 0;
};

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_DRIVER_H_
