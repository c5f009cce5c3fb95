#ifndef PERCEPTRA_TRAIN_SLAB_PHASE_H_
#define PERCEPTRA_TRAIN_SLAB_PHASE_H_

#include <cstddef>
#include <vector>

#include "math/compute_pool.h"
#include "math/rank0.h"
#include "train/slice.h"
#include "train/step_state.h"
#include "train/weight_updates.h"

namespace mlp {

// The second phase of a step: a share of the weights gets its gradient over the whole batch and is updated,
// panel by panel while that gradient is in cache. Where all gradients must be known before any weight changes
// (StepState::needs_whole_gradient), the phase is cut in two by a meeting. A stop may come in the middle of
// an update: whoever stops a job does not need the weights.
class SlabPhase {
 public:
  SlabPhase(StepState& state, WeightUpdates& updates);

  // Updates the weights; with the last batch of an update, where a whole gradient is needed. On every member
  // of a team; the caller meets after it.
  void Update(Team& team, const Batch& batch, const StopFlag& stop);
  // Adds the batch to the whole gradient, and with the last batch of an update the penalties to it, and sums
  // its squares. REQUIRES: needs_whole_gradient. Ends with a meeting if the batch is the last of an update.
  void AddGradient(Team& team, const Batch& batch, const StopFlag& stop);

  // Whether the gradient of a tensor is added straight to the weights or the velocity, in no panels.
  bool IsInPlace(std::size_t layer, std::size_t tensor);

  // Sums of squares of each tensor's gradient, by TensorUpdate::id, after the last batch of an update.
  const std::vector<double>& squares() const { return squares_; }

 private:
  // Some rows of a slab.
  struct Panel {
    std::size_t row, rows;
    std::size_t at, numbers;  // in the flat vector
  };

  const Tensor& TensorOf(const Slab& slab) const;
  BatchView ViewOf(std::size_t layer, const Batch& batch, const ShareState& share) const;
  static Panel PanelAt(const Slab& slab, const Tensor& tensor, std::size_t row, std::size_t most_rows);
  void UpdateMoving(const Slab& slab, const Batch& batch, const ShareState& share);
  void MakeGradient(Real* grad, const Slab& slab, const Panel& panel, const Batch& batch,
                    const ShareState& share, Real alpha, Real beta) const;
  void UpdateSlab(const Slab& slab, const Batch& batch, ShareState& share, const StopFlag& stop);
  void UpdatePlainSlab(const Slab& slab, const Batch& batch, ShareState& share, const StopFlag& stop);
  void AddGradientOfSlab(const Slab& slab, const Batch& batch, ShareState& share, const StopFlag& stop);
  void ApplyGradient(const Slab& slab, const StopFlag& stop);
  void AddPenalty(Real* grad, const Panel& panel, const Tensor& tensor, const Batch& batch,
                  ShareState& share) const;
  void LimitNormsOf(std::size_t share);
  void SumSquares() MLP_REQUIRES(kRank0);

  StepState& state_;
  WeightUpdates& updates_;
  const bool has_norm_constraints_;
  std::vector<double> squares_;
};

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_SLAB_PHASE_H_
