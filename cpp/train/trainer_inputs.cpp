// The lowest layers of a step, shared out by inputs: a thread computes the part that its inputs have in every
// row's sums, all meet, and the parts are added up. It reads the rows of the kernel that it will update, and
// no others: no weight goes from one core's cache to another's, nor do the batch's inputs. What goes there
// instead are sums, which are fewer where a layer has more inputs than the batch has rows.
#include <algorithm>
#include <span>

#include "math/kernels.h"
#include "train/trainer.h"

namespace mlp {
namespace {

// Some columns of `rows` rows: the parts of all shares, added up in their order.
void AddParts(Real* y, const Vector& parts, std::size_t shares, std::size_t first_row, std::size_t rows,
              std::size_t batch_rows, std::size_t width, Block columns) {
  const bool whole = columns.count == width;  // rows, which lie side by side
  const std::size_t runs = whole ? 1 : rows, count = whole ? rows * width : columns.count;
  for (std::size_t run = 0; run < runs; ++run) {
    const std::size_t at = (first_row + run) * width + columns.first;
    ActiveKernels().column_sums(y + at, parts.data() + at, shares, count, batch_rows * width, 1, 0);
  }
}

}  // namespace

Block Trainer::InputsOf(std::size_t layer, std::size_t mine) const {
  return ShareOfInputs(*network_.layers()[layer], mine, shares());
}

// Leaves the parts of the highest of these layers for FinishRows.
void Trainer::ForwardByInputs(Team& team, const Batch& batch) {
  for (std::size_t l = 0; l < by_inputs_; ++l) {
    const Layer& layer = *network_.layers()[l];
    EachShare(team, [&](std::size_t mine) {
      const Block inputs = InputsOf(l, mine);
      if (l == 0) {
        reading_->Gather(workspace_->x.data(), {order_.data() + batch.first, batch.rows}, inputs.first,
                         inputs.count);
      } else {
        Finish(l - 1, batch, 0, batch.rows, inputs);
      }
      layer.ForwardPart(sums_[l % 2].data() + mine * batch.rows * layer.outputs(), InputOf(l, 0), inputs,
                        batch.rows, live_->data());
    });
    team.Meet();
  }
}

void Trainer::Finish(std::size_t l, const Batch& batch, std::size_t first, std::size_t rows, Block outputs) {
  const Layer& layer = *network_.layers()[l];
  Real* const y = workspace_->y[l].data();
  AddParts(y, sums_[l % 2], shares(), first, rows, batch.rows, layer.outputs(), outputs);
  const auto output = l + 1 == network_.layers().size() ? loss().reads() : Layer::Output::kActivated;
  layer.Finish(y + first * layer.outputs(), outputs, rows, output, live_->data());
}

void Trainer::FinishRows(const Batch& batch, std::size_t first, std::size_t rows) {
  const std::size_t l = by_inputs_ - 1;
  Finish(l, batch, first, rows, {0, network_.layers()[l]->outputs()});
}

// From the gradient of the pre-activations of the highest of these layers, which Rows left, to the lowest's.
void Trainer::BackwardByInputs(Team& team, const Batch& batch) {
  for (std::size_t l = by_inputs_ - 1; l > 0; --l) {
    const Layer &layer = *network_.layers()[l], &below = *network_.layers()[l - 1];
    EachShare(team, [&](std::size_t mine) {
      const Block inputs = InputsOf(l, mine);
      Real* const dx = workspace_->dy[l - 1].data();
      layer.BackwardPart(dx, workspace_->dy[l].data(), inputs, batch.rows, live_->data());
      below.UndoActivation(dx, workspace_->y[l - 1].data(), inputs, batch.rows);
      bool finite = true;
      for (std::size_t r = 0; r < batch.rows; ++r) {
        finite = ActiveKernels().all_finite(dx + r * below.outputs() + inputs.first, inputs.count) && finite;
      }
      partials_[mine].finite = partials_[mine].finite && finite;
    });
    team.Meet();
  }
}

}  // namespace mlp
