#ifndef PERCEPTRA_TRAIN_STEP_H_
#define PERCEPTRA_TRAIN_STEP_H_

#include <cstddef>
#include <string>
#include <vector>

#include "math/compute_pool.h"
#include "math/rank0.h"
#include "train/input_phase.h"
#include "train/row_phase.h"
#include "train/slab_phase.h"
#include "train/step_state.h"
#include "train/verbose.h"
#include "train/weight_updates.h"

namespace mlp {

// One training step, in two phases. A driver calls the first phase, checks its result, calls the second, and
// decides what the next step is. All members of a team call the same functions. Nothing is allocated after
// Prepare.
class Step {
 public:
  Step(const Network& network, const Training& training, const Epoch& epoch, WeightUpdates& updates)
      : state_(network, training, epoch), inputs_(state_), rows_(state_, inputs_), slabs_(state_, updates) {}
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;

  // Between two epochs.
  void Prepare(const Dataset& data, const ShareCut& cut, bool needs_whole_gradient,
               std::size_t tensor_count) {
    state_.Prepare(data, cut, needs_whole_gradient, tensor_count);
  }
  void BeginSlice(Vector& weights, std::size_t team_size) MLP_REQUIRES(kRank0) {
    state_.BeginSlice(weights, team_size);
  }
  // Packs all weights for products by tiles, where they were changed since the last step. Ends with a
  // meeting.
  void PackWeights(Team& team);

  // The first phase: losses, metrics and the gradient of every layer's pre-activations. Ends with a meeting.
  // False: the step was stopped midway.
  bool RunRows(Team& team, const Batch& batch, const StopFlag& stop);
  // Whether the loss and all gradients of the first phase are finite; in a group on this rank.
  bool finite() const;
  // In a group after the second phase with the last batch of an update: whether the gradients of all ranks
  // are finite (else nothing was updated), and whether a rank wants to stop.
  bool group_finite() const { return state_.group_sums.finite(); }
  bool group_stops() const { return state_.group_sums.stops(); }
  void SetWantsStop(bool wants_stop) MLP_REQUIRES(kRank0) { state_.group_sums.SetWantsStop(wants_stop); }

  // The second phase, with an optimizer (Update) or L-BFGS (AddGradient): see SlabPhase.
  void Update(Team& team, const Batch& batch, const StopFlag& stop) { slabs_.Update(team, batch, stop); }
  void AddGradient(Team& team, const Batch& batch, const StopFlag& stop) {
    slabs_.AddGradient(team, batch, stop);
  }

  Vector& weights() { return *state_.weights; }
  // Of all weights, if a whole gradient is needed.
  const Vector& gradient() const { return state_.gradient; }
  // Adds the norm of each tensor's gradient, by TensorUpdate::id, after the last batch of an update.
  void AddGradientNorms(std::vector<double>& norms) const;
  const ShareCut& cut() const { return state_.cut; }
  // Losses, metrics and penalties of each share.
  const std::vector<ShareState>& shares() const { return state_.shares; }
  // The penalties of the epoch's steps so far, each times the rows of its update. REQUIRES, as of the next
  // function: no thread is in the second phase.
  double Penalties() const;
  // At the end of an epoch within a slice.
  void ForgetPenalties() MLP_REQUIRES(kRank0);

  // Writes how a batch of this size is computed, on this number or range of threads (PERCEPTRA_VERBOSE).
  void Log(VerboseLog& log, std::size_t batch_rows, const std::string& threads);

  std::size_t lowest_trained() const { return state_.lowest_trained; }
  std::size_t numbers() const { return state_.numbers(); }

 private:
  void LogProducts(VerboseLog& log, std::size_t layer, std::size_t batch_rows);

  StepState state_;
  InputPhase inputs_;
  RowPhase rows_;
  SlabPhase slabs_;
};

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_STEP_H_
