// The two phases of a step: rows, and slabs of weights.
#include <algorithm>
#include <cmath>
#include <span>

#include "train/trainer.h"

namespace mlp {
namespace {

// Where nothing is kept beside the weights, only the wish to stop cuts a product: after so many
// multiply-adds, some 20 ms.
constexpr std::size_t kProduct = std::size_t{1} << 31;

}  // namespace

// Phase 1: this thread's rows, from the data set to the gradient of every layer's pre-activations.
void Trainer::Rows(const Team& team, const Batch& batch, const std::atomic<bool>& stop) {
  Partial& partial = partials_[static_cast<std::size_t>(team.rank())];
  partial.loss = 0;
  partial.finite = true;
  partial.stopped = false;
  std::fill(partial.metrics.begin(), partial.metrics.end(), 0.0);
  const auto [first, end] =
      Share(batch.rows, static_cast<std::size_t>(team.rank()), static_cast<std::size_t>(team.size()));
  for (std::size_t row = first; row < end && !partial.stopped; row += kRowBlock) {
    RowBlock(partial, batch, row, std::min(kRowBlock, end - row));
    partial.stopped = stop.load(std::memory_order_relaxed);
  }
}

void Trainer::RowBlock(Partial& partial, const Batch& batch, std::size_t first, std::size_t rows) {
  const std::span<const std::uint32_t> order(order_.data() + batch.first + first, rows);
  Workspace& at = *workspace_;
  const auto& layers = network_.layers();
  const Real* weights = live_->data();
  const auto row = [first](Vector& v, std::size_t columns) { return v.data() + first * columns; };

  Real* const x = row(at.x, network_.inputs());
  reading_->Gather(x, order);
  const Real* input = x;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    Real* const y = row(at.y[l], layers[l]->outputs());
    layers[l]->Forward(y, input, weights, rows,
                       l + 1 == layers.size() ? loss_.reads() : Layer::Output::kActivated);
    input = y;
  }

  Targets targets;
  if (loss_.reads_classes()) {
    reading_->GatherClasses(classes_.data() + first, order);
    targets.classes = classes_.data() + first;
  } else {
    reading_->GatherValues(row(values_, network_.outputs()), order);
    targets.values = row(values_, network_.outputs());
  }
  Real* dy = row(at.dy.back(), network_.outputs());
  const double loss = loss_.Evaluate(dy, input, targets, rows, Real(1) / static_cast<Real>(batch.rows));
  if (metrics_.count() > 0) metrics_.Add(partial.metrics.data(), input, targets, rows, partial.scratch);

  for (std::size_t l = layers.size(); l-- > 0;) {
    Real* const dx = l > 0 ? row(at.dy[l - 1], layers[l]->inputs()) : nullptr;
    const auto output = l + 1 == layers.size() ? loss_.reads() : Layer::Output::kActivated;
    layers[l]->Backward(dx, dy, row(at.y[l], layers[l]->outputs()), weights, rows, output);
    if (l > 0) dy = dx;
  }
  // An infinite gradient anywhere reaches the first layer, as infinity or as NaN.
  partial.loss += loss;
  partial.finite = partial.finite && std::isfinite(static_cast<Real>(loss)) &&
                   ActiveKernels().all_finite(dy, rows * layers[0]->outputs());
}

// Phase 2: this thread's weights. Who asks to stop wants none of them any more: it may be in the middle.
void Trainer::Slabs(const Team& team, const Batch& batch, const std::atomic<bool>& stop) {
  const auto rank = static_cast<std::size_t>(team.rank());
  for (const Slab& slab : slabs_[rank]) UpdateSlab(slab, batch.rows, partials_[rank].scratch, stop);
}

void Trainer::UpdateSlab(const Slab& slab, std::size_t batch, Vector& scratch,
                         const std::atomic<bool>& stop) {
  const Layer& layer = *network_.layers()[slab.layer];
  const Tensor& tensor = layer.tensors()[slab.tensor];
  const Real* x = slab.layer == 0 ? workspace_->x.data() : workspace_->y[slab.layer - 1].data();
  const Real* dy = workspace_->dy[slab.layer].data();
  std::size_t panel = PanelRows(tensor);
  for (std::size_t row = slab.first, end = slab.first + slab.rows;
       row < end && !stop.load(std::memory_order_relaxed); row += panel) {
    const std::size_t at = tensor.offset + row * tensor.columns;
    Optimizer::Slots slots{};
    for (std::size_t s = 0; s < slots_.size(); ++s) slots[s] = slots_[s].data() + at;
    Real* const w = live_->data() + at;
    const Optimizer::Target target = optimizer_->TargetFor(w, slots, scratch.data());
    if (target.in_place) panel = std::max<std::size_t>(1, kProduct / (batch * tensor.columns));
    const std::size_t rows = std::min(panel, end - row);
    layer.Gradient(target.grad, x, dy, batch, slab.tensor, row, rows, target.alpha, target.beta);
    optimizer_->Update(w, slots, target.grad, rows * tensor.columns);
  }
}

}  // namespace mlp
