#include "train/input_phase.h"

#include "math/kernels.h"

namespace mlp {
namespace {

// Adds up some columns of the sums of all shares, in the shares' order.
void AddShares(Real* y, const Vector& sums, std::size_t shares, Range rows, std::size_t batch_rows,
               std::size_t width, Range columns) {
  const bool whole = columns.count == width;  // rows lie side by side: all are one run of numbers
  const std::size_t runs = whole ? 1 : rows.count, count = whole ? rows.count * width : columns.count;
  for (std::size_t run = 0; run < runs; ++run) {
    const std::size_t at = (rows.first + run) * width + columns.first;
    ActiveKernels().column_sums(y + at, sums.data() + at, shares, count, batch_rows * width, 1, 0);
  }
}

}  // namespace

InputPhase::InputPhase(StepState& state) : state_(state) {
  for (const auto& layer : state.network.layers()) layers_.push_back(layer->input_split());
}

void InputPhase::Forward(Team& team, const Batch& batch) const {
  for (std::size_t l = 0; l < state_.cut.layers_by_inputs; ++l) {
    const std::size_t outputs = state_.network.layers()[l]->outputs();
    team.Share(state_.cut.inputs, [&](std::size_t share) {
      const Range inputs = ShareOfInputs(*state_.network.layers()[l], share, state_.cut.inputs);
      const Range all_rows{0, batch.rows};
      if (l == 0) {
        state_.epoch.data().Gather(state_.workspace->x.data(), state_.epoch.Order(batch, all_rows),
                                   inputs.first, inputs.count);
      } else {
        Finish(l - 1, batch, all_rows, inputs);
      }
      // Two vectors take turns: while the sums of one layer are added up, those of the next are written.
      layers_[l]->ForwardInputs(state_.input_sums[l % 2].data() + share * batch.rows * outputs,
                                state_.InputOf(l, 0), inputs, batch.rows, state_.weights->data());
    });
    team.Meet();
  }
}

void InputPhase::Finish(std::size_t layer, const Batch& batch, Range rows, Range outputs) const {
  const std::size_t width = state_.network.layers()[layer]->outputs();
  Real* const y = state_.workspace->y[layer].data();
  AddShares(y, state_.input_sums[layer % 2], state_.cut.inputs, rows, batch.rows, width, outputs);
  layers_[layer]->ActivateOutputs(y + rows.first * width, outputs, rows.count, state_.OutputOf(layer),
                                  state_.weights->data());
}

void InputPhase::FinishRows(const Batch& batch, Range rows) const {
  const std::size_t highest = state_.cut.layers_by_inputs - 1;
  Finish(highest, batch, rows, {0, state_.network.layers()[highest]->outputs()});
}

void InputPhase::Backward(Team& team, const Batch& batch) const {
  for (std::size_t l = state_.cut.layers_by_inputs; l > 1;) {
    --l;
    const std::size_t width = state_.network.layers()[l]->inputs();
    team.Share(state_.cut.slabs, [&](std::size_t share) {
      const Range inputs = ShareOfInputs(*state_.network.layers()[l], share, state_.cut.slabs);
      Real* const dx = state_.workspace->dy[l - 1].data();
      layers_[l]->BackwardInputs(dx, state_.workspace->dy[l].data(), inputs, batch.rows,
                                 state_.weights->data());
      layers_[l - 1]->ActivationGradient(dx, state_.workspace->y[l - 1].data(), inputs, batch.rows);
      bool finite = true;
      for (std::size_t r = 0; r < batch.rows; ++r) {
        finite = ActiveKernels().all_finite(dx + r * width + inputs.first, inputs.count) && finite;
      }
      state_.shares[share].finite = state_.shares[share].finite && finite;
    });
    team.Meet();
  }
}

}  // namespace mlp
