#ifndef PERCEPTRA_TRAIN_ROW_PHASE_H_
#define PERCEPTRA_TRAIN_ROW_PHASE_H_

#include <cstddef>
#include <vector>

#include "math/compute_pool.h"
#include "train/input_phase.h"
#include "train/slice.h"
#include "train/step_state.h"

namespace mlp {

// The first phase of a step: a share's rows go forward from the data set to the loss, and back to the
// gradient of every layer's pre-activations.
//
// Layers with batch statistics cut the chain of layers into segments, with a meeting after each segment. The
// last segment goes forward and back block by block, while its rows are in cache.
class RowPhase {
 public:
  RowPhase(StepState& state, const InputPhase& low_layers) : state_(state), low_layers_(low_layers) {}

  // On every member of a team. Meets once per layer with batch statistics and direction; the caller meets
  // afterwards.
  void Run(Team& team, const Batch& batch, const StopFlag& stop);

 private:
  // What a share works on in one step.
  struct ShareWork {
    const Batch& batch;
    const StopFlag& stop;
    std::size_t share;
    ShareState& state;
    ThreadState& thread;
    Range rows;  // of the batch
  };

  // Where the shares are: before this layer forward, or at it on the way back.
  struct Position {
    std::size_t layer;
    const BatchStatistics* statistics;  // of the layer, whose sums are complete; null at the start
    bool forward;

    std::vector<double> LayerSums::*sums() const {
      return forward ? &LayerSums::forward : &LayerSums::backward;
    }
  };

  template <typename F>
  void EachShare(Team& team, const Batch& batch, const StopFlag& stop, F f);
  void Clear(const ShareWork& work);
  // Returns the start of the last segment.
  Position ForwardToLastStatistics(Team& team, const Batch& batch, const StopFlag& stop);
  void ForwardAndBack(Team& team, const Batch& batch, const StopFlag& stop, Position position);
  void CheckFinite(const ShareWork& work);

  template <typename F>
  void EachBlock(const ShareWork& work, F f) const;
  // The inputs of the first layer, or the outputs of the highest that is shared out by inputs.
  void Enter(const ShareWork& work, Range rows);
  void Forward(std::size_t begin, std::size_t end, const ShareWork& work, Range rows);
  void FinishForward(const ShareWork& work, std::size_t last_segment, Range rows);
  void TakeLoss(const ShareWork& work, Range rows);
  void Backward(std::size_t top, std::size_t bottom, const ShareWork& work, Range rows);
  void AddGradients(const ShareWork& work, Range rows);
  void SumShares(std::size_t layer, std::vector<double> LayerSums::*sums, std::vector<double>& total) const;
  void MeetAt(Team& team, const Batch& batch, const Position& position);
  Pass PassFor(std::size_t layer, const ShareWork& work, Range rows) const;
  // The lowest layer whose gradient this phase makes.
  std::size_t lowest() const {
    return state_.cut.layers_by_inputs > 0 ? state_.cut.layers_by_inputs - 1 : state_.lowest_trained;
  }

  StepState& state_;
  const InputPhase& low_layers_;
};

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_ROW_PHASE_H_
