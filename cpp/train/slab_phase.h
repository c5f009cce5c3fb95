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

// The second phase of a step: a share computes the gradient of its slabs over the whole batch and updates
// them, panel by panel while the gradient is in cache. If all gradients are needed before any weight changes
// (StepState::needs_whole_gradient), a meeting cuts the phase in two. In a group all are needed; there the
// gradients of the lower layers are added up over the ranks while those of higher layers are computed. A stop
// may leave an update incomplete: the weights are not used after a stop.
class SlabPhase {
 public:
  SlabPhase(StepState& state, WeightUpdates& updates);

  // Updates the weights; if a whole gradient is needed, only with the last batch of an update, and in a group
  // only if the gradients of all ranks are finite (GroupSums). On every member of a team; the caller meets
  // afterwards.
  void Update(Team& team, const Batch& batch, const StopFlag& stop);
  // Adds the batch to the whole gradient. With the last batch of an update also adds the penalties and each
  // share's squares, and meets afterwards. In a group the gradient is then the sum over ranks. REQUIRES:
  // needs_whole_gradient.
  void AddGradient(Team& team, const Batch& batch, const StopFlag& stop);

  // Whether the product that makes a tensor's gradient writes straight to the weights, without panels.
  bool IsInPlace(std::size_t layer, std::size_t tensor);

 private:
  struct Panel {
    std::size_t row, rows;
    std::size_t at, numbers;  // in the flat vector
  };

  // What a thread works on in one step.
  struct SlabWork {
    const Batch& batch;
    const StopFlag& stop;
    ShareState& share;
    ThreadState& thread;

    bool stopped() const { return stop.load(std::memory_order_relaxed); }
  };

  SlabWork WorkOf(Team& team, std::size_t share, const Batch& batch, const StopFlag& stop) {
    return {batch, stop, state_.shares[share], state_.ThreadOf(team)};
  }
  const Tensor& TensorOf(const Slab& slab) const;
  BatchView ViewOf(std::size_t layer, const SlabWork& work) const;
  bool IsPacked(const Slab& slab) const;
  std::size_t PanelRowsOf(const Slab& slab) const;
  void Pack(const Slab& slab, const Panel& panel);
  void PackLimitedSlabs(std::size_t share);
  static Panel PanelAt(const Slab& slab, const Tensor& tensor, std::size_t row, std::size_t most_rows);
  void UpdateMoving(const Slab& slab, const SlabWork& work);
  void MakeGradient(Real* grad, const Slab& slab, const Panel& panel, const SlabWork& work, Real alpha,
                    Real beta) const;
  void UpdateSlab(const Slab& slab, const SlabWork& work);
  void UpdatePlainSlab(const Slab& slab, const SlabWork& work);
  template <typename F>
  void EachShareOfGradient(Team& team, F f);
  void AddGradientOfAll(Team& team, const Batch& batch, bool update, const StopFlag& stop);
  void AddGradientOfSlab(const Slab& slab, const SlabWork& work, bool finishes);
  // Penalties and squares of a gradient that is complete.
  void FinishPanel(const Slab& slab, const Panel& panel, const SlabWork& work);
  // `update`: each panel updates its weights while it is in cache.
  void SumOverRanks(Team& team, const Batch& batch, bool update, const StopFlag& stop);
  void FinishSum(const Slab& slab, const SlabWork& work, bool update);
  void Apply(Team& team, const StopFlag& stop);
  void ApplyGradient(const Slab& slab, const std::vector<double>& squares, const StopFlag& stop);
  void ApplyPanel(const Slab& slab, const Panel& panel, Real factor);
  void AddPenalty(Real* grad, const Panel& panel, const Tensor& tensor, const SlabWork& work) const;
  void LimitNormsOf(std::size_t share);
  void SumSquares(std::vector<double>& sums) const;

  StepState& state_;
  WeightUpdates& updates_;
  const bool has_norm_constraints_;
};

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_SLAB_PHASE_H_
