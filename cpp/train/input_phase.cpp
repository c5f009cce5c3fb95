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

// Calls f(rows, first share) for runs of rows of the batch that are packed side by side: the rows of the last
// share of a run alone may end within a tile. In float32 all rows are one run.
template <typename F>
void InputPhase::EachRun(const Batch& batch, F f) const {
  const std::size_t shares = state_.packed_weights ? state_.cut.rows : 1;
  Range rows{0, 0};
  std::size_t first_share = 0;
  for (std::size_t share = 0; share < shares; ++share) {
    rows.count += shares == 1 ? batch.rows : state_.RowsOf(share, batch).count;
    if (share + 1 < shares && rows.count % kTileDepth == 0) continue;
    if (rows.count > 0) f(rows, first_share);
    rows = {rows.first + rows.count, 0};
    first_share = share + 1;
  }
}

InputPhase::InputPhase(StepState& state) : state_(state) {
  for (const auto& layer : state.network.layers()) layers_.push_back(layer->input_split());
}

void InputPhase::Forward(Team& team, const Batch& batch) const {
  for (std::size_t l = 0; l < state_.cut.layers_by_inputs; ++l) {
    const std::size_t outputs = state_.network.layers()[l]->outputs();
    team.Share(state_.cut.inputs, [&](std::size_t share) {
      const Range inputs =
          ShareOfInputs(*state_.network.layers()[l], share, state_.cut.inputs, state_.input_step());
      const Range all_rows{0, batch.rows};
      if (l == 0) {
        state_.epoch.data().Gather(state_.workspace->x.data(), state_.epoch.Order(batch, all_rows),
                                   inputs.first, inputs.count);
      } else {
        Finish(l - 1, batch, all_rows, inputs);
      }
      // Two vectors take turns: while the sums of one layer are added up, those of the next are written.
      Real* const sums = state_.input_sums[l % 2].data() + share * batch.rows * outputs;
      EachRun(batch, [&](Range rows, std::size_t first_share) {
        layers_[l]->ForwardInputs(sums + rows.first * outputs, state_.InputOf(l, rows.first), inputs,
                                  rows.count, state_.weights->data(),
                                  state_.PacksOf(l, first_share, state_.ThreadOf(team), batch, rows.first));
      });
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
      const Range inputs =
          ShareOfInputs(*state_.network.layers()[l], share, state_.cut.slabs, state_.input_step());
      Real* const dx = state_.workspace->dy[l - 1].data();
      const std::size_t outputs = state_.network.layers()[l]->outputs();
      ThreadState& thread = state_.ThreadOf(team);
      EachRun(batch, [&](Range rows, std::size_t first_share) {
        Real* const dx_rows = dx + rows.first * width;
        layers_[l]->BackwardInputs(dx_rows, state_.workspace->dy[l].data() + rows.first * outputs, inputs,
                                   rows.count, state_.weights->data(),
                                   state_.PacksOf(l, first_share, thread, batch, rows.first));
        layers_[l - 1]->ActivationGradient(dx_rows, state_.InputOf(l, rows.first), inputs, rows.count,
                                           state_.PacksOf(l - 1, first_share, thread, batch, rows.first));
      });
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
