#ifndef PERCEPTRA_TRAIN_INPUT_PHASE_H_
#define PERCEPTRA_TRAIN_INPUT_PHASE_H_

#include <cstddef>
#include <vector>

#include "math/compute_pool.h"
#include "train/step_state.h"

namespace mlp {

// The lowest layers of a step, where they are shared out by inputs rather than by rows: a thread multiplies
// the columns of x for its inputs, over all rows, by its rows of the kernel; all threads meet; then the
// shares' products are added up. A thread reads only the rows of the kernel that it updates itself, so
// neither weights nor inputs move between the caches of cores. Sums move instead; they are fewer numbers
// where a layer has more inputs than the batch has rows.
class InputPhase {
 public:
  explicit InputPhase(StepState& state);

  // Before the row phase. On every member of a team; meets once per layer. The highest of these layers is
  // completed by FinishRows.
  void Forward(Team& team, const Batch& batch) const;
  // Outputs of the highest of these layers for some rows.
  void FinishRows(const Batch& batch, Range rows) const;
  // After the row phase and a meeting: from the gradient of the pre-activations of the highest of these
  // layers to the lowest's. Meets once per layer but the lowest.
  void Backward(Team& team, const Batch& batch) const;

 private:
  void Finish(std::size_t layer, const Batch& batch, Range rows, Range outputs) const;
  template <typename F>
  void EachRun(const Batch& batch, F f) const;

  StepState& state_;
  std::vector<const InputSplit*> layers_;  // null for layers that are never shared out by inputs
};

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_INPUT_PHASE_H_
