#ifndef PERCEPTRA_TRAIN_ROW_PHASE_H_
#define PERCEPTRA_TRAIN_ROW_PHASE_H_

#include <cstddef>
#include <vector>

#include "math/compute_pool.h"
#include "train/input_phase.h"
#include "train/slice.h"
#include "train/step_state.h"

namespace mlp {

// The first phase of a step: the rows of a share go from the data set to the loss and back to the gradient of
// every layer's pre-activations.
//
// Layers with batch statistics cut the chain of layers into segments. All segments but the last are done for
// all rows, with a meeting after each; the last goes forward and back block by block, while its rows are in
// cache. A thread does all of its shares up to a meeting.
class RowPhase {
 public:
  RowPhase(StepState& state, const InputPhase& low_layers) : state_(state), low_layers_(low_layers) {}

  // On every member of a team. Meets once per layer with batch statistics and direction; the caller meets
  // afterwards.
  void Run(Team& team, const Batch& batch, const StopFlag& stop);

 private:
  // A share's part in one step.
  struct Work {
    const Batch& batch;
    const StopFlag& stop;
    std::size_t share;
    ShareState& state;
    Range rows;  // of the batch
  };

  template <typename F>
  void EachShare(const Team& team, const Batch& batch, const StopFlag& stop, F f);
  void Clear(const Work& work);
  // Returns the first layer of the last segment.
  std::size_t ForwardToLastStatistics(Team& team, const Batch& batch, const StopFlag& stop);
  void ForwardAndBack(Team& team, const Batch& batch, const StopFlag& stop, std::size_t last_segment);
  void CheckFinite(const Work& work);

  template <typename F>
  static void EachBlock(const Work& work, F f);
  void Gather(const Work& work, Range rows);
  void Forward(std::size_t begin, std::size_t end, const Work& work, Range rows);
  void FinishForward(const Work& work, std::size_t last_segment, Range rows);
  void TakeLoss(const Work& work, Range rows);
  void Backward(std::size_t top, std::size_t bottom, const Work& work, Range rows);
  void AddGradients(const Work& work, Range rows);
  void SumShares(std::size_t layer, std::vector<double> LayerSums::*sums, ShareState& state) const;
  Pass PassFor(std::size_t layer, const Work& work, Range rows) const;
  // The lowest layer whose gradient this phase makes.
  std::size_t lowest() const {
    return state_.cut.layers_by_inputs > 0 ? state_.cut.layers_by_inputs - 1 : state_.lowest_trained;
  }

  StepState& state_;
  const InputPhase& low_layers_;
};

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_ROW_PHASE_H_
