#include "train/slab_phase.h"

#include <algorithm>

#include "math/kernels.h"
#include "train/tensor_rules.h"

namespace mlp {
namespace {

// A product that goes straight into the weights needs no panels. It is cut after so many multiply-adds (about
// 20 ms) only so that it can be stopped.
constexpr std::size_t kLongestProduct = std::size_t{1} << 31;

bool Stopped(const StopFlag& stop) { return stop.load(std::memory_order_relaxed); }

}  // namespace

SlabPhase::SlabPhase(StepState& state, WeightUpdates& updates)
    : state_(state), updates_(updates), has_norm_constraints_(HasNormConstraints(state.network)) {}

void SlabPhase::Update(Team& team, const Batch& batch, const StopFlag& stop) {
  if (state_.needs_whole_gradient) {
    AddGradient(team, batch, stop);
    if (!batch.ends_update) return;
    team.Share(state_.cut.slabs, [&](std::size_t share) {
      SumSquares(state_.shares[share].all_squares);
      for (const Slab& slab : state_.slabs[share]) {
        if (!TensorOf(slab).statistic) ApplyGradient(slab, state_.shares[share], stop);
      }
    });
  } else {
    team.Share(state_.cut.slabs, [&](std::size_t share) {
      ShareState& state = state_.shares[share];
      for (const Slab& slab : state_.slabs[share]) {
        if (TensorOf(slab).statistic) {
          UpdateMoving(slab, batch);
        } else if (updates_.tensor(slab.layer, slab.tensor).plain) {
          UpdatePlainSlab(slab, batch, state, stop);
        } else {
          UpdateSlab(slab, batch, state, stop);
        }
      }
    });
  }
  if (!has_norm_constraints_) return;
  team.Meet();
  team.Share(state_.cut.slabs, [&](std::size_t share) { LimitNormsOf(share); });
  if (!state_.packed_weights) return;
  team.Meet();  // a share limits columns, but packs rows
  team.Share(state_.cut.slabs, [&](std::size_t share) { PackLimitedSlabs(share); });
}

void SlabPhase::AddGradient(Team& team, const Batch& batch, const StopFlag& stop) {
  team.Share(state_.cut.slabs, [&](std::size_t share) {
    ShareState& state = state_.shares[share];
    for (const Slab& slab : state_.slabs[share]) {
      if (TensorOf(slab).statistic) {
        UpdateMoving(slab, batch);
      } else {
        AddGradientOfSlab(slab, batch, state, stop);
      }
    }
  });
  if (batch.ends_update) team.Meet();
}

bool SlabPhase::IsInPlace(std::size_t layer, std::size_t tensor) {
  const auto& update = updates_.tensor(layer, tensor);
  return !state_.needs_whole_gradient && update.plain &&
         updates_.TargetFor(nullptr, {}, nullptr, update).in_place;
}

const Tensor& SlabPhase::TensorOf(const Slab& slab) const {
  return state_.network.layers()[slab.layer]->tensors()[slab.tensor];
}

BatchView SlabPhase::ViewOf(std::size_t layer, const Batch& batch) const {
  return {state_.InputOf(layer, 0),
          state_.workspace->dy[layer].data(),
          state_.workspace->saved[layer].data(),
          state_.shares[0].layer_sums[layer].statistics.data(),  // all shares of rows have the same
          batch.rows,
          batch.first,
          state_.PackedBatchOf(layer, batch)};
}

// Whether the slab's rows are those of a kernel that is packed.
bool SlabPhase::IsPacked(const Slab& slab) const {
  return state_.packed_weights && slab.tensor == 0 && state_.packed_weights->holds(slab.layer);
}

std::size_t SlabPhase::PanelRowsOf(const Slab& slab) const {
  return IsPacked(slab) ? PackedPanelRows(TensorOf(slab)) : PanelRows(TensorOf(slab));
}

// Packs new weights while they are in cache, unless a norm is still to be limited.
void SlabPhase::Pack(const Slab& slab, const Panel& panel) {
  if (!IsPacked(slab) || HasNormConstraint(TensorOf(slab))) return;
  state_.packed_weights->Pack(state_.weights->data(), slab.layer, {panel.row, panel.rows});
}

void SlabPhase::PackLimitedSlabs(std::size_t share) {
  for (const Slab& slab : state_.slabs[share]) {
    if (!IsPacked(slab) || !HasNormConstraint(TensorOf(slab))) continue;
    state_.packed_weights->Pack(state_.weights->data(), slab.layer, {slab.first, slab.rows});
  }
}

SlabPhase::Panel SlabPhase::PanelAt(const Slab& slab, const Tensor& tensor, std::size_t row,
                                    std::size_t most_rows) {
  const std::size_t rows = std::min(most_rows, slab.first + slab.rows - row);
  return {row, rows, tensor.offset + row * tensor.columns, rows * tensor.columns};
}

void SlabPhase::UpdateMoving(const Slab& slab, const Batch& batch) {
  const Layer& layer = *state_.network.layers()[slab.layer];
  layer.batch_statistics()->UpdateMoving(state_.weights->data() + TensorOf(slab).offset,
                                         ViewOf(slab.layer, batch), slab.tensor);
}

// grad = alpha * (gradient of a panel over the batch) + beta * grad
void SlabPhase::MakeGradient(Real* grad, const Slab& slab, const Panel& panel, const Batch& batch, Real alpha,
                             Real beta) const {
  if (state_.cut.gradients_by_rows) {
    ActiveKernels().column_sums(grad, state_.share_gradients.data() + panel.at, state_.cut.rows,
                                panel.numbers, state_.gradient_stride(), alpha, beta);
  } else {
    state_.network.layers()[slab.layer]->Gradient(grad, ViewOf(slab.layer, batch), slab.tensor, panel.row,
                                                  panel.rows, alpha, beta);
  }
}

// For tensors with nothing but the optimizer's rule: the product may go straight into the weights or
// velocity.
void SlabPhase::UpdatePlainSlab(const Slab& slab, const Batch& batch, ShareState& share,
                                const StopFlag& stop) {
  const Tensor& tensor = TensorOf(slab);
  const auto& update = updates_.tensor(slab.layer, slab.tensor);
  std::size_t most_rows = PanelRowsOf(slab);
  for (std::size_t row = slab.first, end = slab.first + slab.rows; row < end && !Stopped(stop);) {
    const std::size_t at = tensor.offset + row * tensor.columns;
    Real* const w = state_.weights->data() + at;
    const Optimizer::Slots slots = updates_.SlotsAt(at);
    const Optimizer::Target target = updates_.TargetFor(w, slots, share.scratch.data(), update);
    if (target.in_place && !IsPacked(slab) && (end - row > most_rows || batch.rows > kRowBlock)) {
      most_rows = std::max<std::size_t>(1, kLongestProduct / (batch.rows * tensor.columns));
    }
    const Panel panel = PanelAt(slab, tensor, row, most_rows);
    MakeGradient(target.grad, slab, panel, batch, target.alpha, target.beta);
    updates_.UpdatePlain(w, slots, target.grad, panel.numbers, update);
    Pack(slab, panel);
    row += panel.rows;
  }
}

void SlabPhase::UpdateSlab(const Slab& slab, const Batch& batch, ShareState& share, const StopFlag& stop) {
  const Tensor& tensor = TensorOf(slab);
  Real* const grad = share.scratch.data();
  for (std::size_t row = slab.first, end = slab.first + slab.rows; row < end && !Stopped(stop);) {
    const Panel panel = PanelAt(slab, tensor, row, PanelRowsOf(slab));
    MakeGradient(grad, slab, panel, batch, 1, 0);
    AddPenalty(grad, panel, tensor, batch, share);
    updates_.Update(state_.weights->data() + panel.at, panel.at, grad, panel.numbers,
                    updates_.tensor(slab.layer, slab.tensor), tensor);
    Pack(slab, panel);
    row += panel.rows;
  }
}

void SlabPhase::AddPenalty(Real* grad, const Panel& panel, const Tensor& tensor, const Batch& batch,
                           ShareState& share) const {
  const double factor = state_.training.mean == Mean::kWeights ? batch.scale : 1;
  const double penalty = AddPenaltyGradient(grad, state_.weights->data() + panel.at, panel.numbers,
                                            tensor.rules.regularizer, factor);
  share.penalty += penalty;
  share.penalties += penalty * static_cast<double>(batch.update_rows);
}

void SlabPhase::AddGradientOfSlab(const Slab& slab, const Batch& batch, ShareState& share,
                                  const StopFlag& stop) {
  const Tensor& tensor = TensorOf(slab);
  for (std::size_t row = slab.first, end = slab.first + slab.rows; row < end && !Stopped(stop);) {
    const Panel panel = PanelAt(slab, tensor, row, PanelRowsOf(slab));
    Real* const grad = state_.gradient.data() + panel.at;
    MakeGradient(grad, slab, panel, batch, 1, batch.begins_update ? Real(0) : Real(1));
    row += panel.rows;
    if (!batch.ends_update) continue;
    AddPenalty(grad, panel, tensor, batch, share);
    share.squares[updates_.tensor(slab.layer, slab.tensor).id] +=
        ActiveKernels().sum_of_squares(grad, panel.numbers);
  }
}

// In the same order for every share, so that all get the same bits.
void SlabPhase::SumSquares(std::vector<double>& sums) const {
  std::fill(sums.begin(), sums.end(), 0.0);
  for (const ShareState& share : state_.shares) {
    for (std::size_t t = 0; t < sums.size(); ++t) sums[t] += share.squares[t];
  }
}

void SlabPhase::ApplyGradient(const Slab& slab, const ShareState& share, const StopFlag& stop) {
  const Tensor& tensor = TensorOf(slab);
  const auto& update = updates_.tensor(slab.layer, slab.tensor);
  const Real factor = updates_.ClipFactor(update, share.all_squares);
  for (std::size_t row = slab.first, end = slab.first + slab.rows; row < end && !Stopped(stop);) {
    const Panel panel = PanelAt(slab, tensor, row, PanelRowsOf(slab));
    Real* const grad = state_.gradient.data() + panel.at;
    if (factor != 1) ActiveKernels().scale(grad, panel.numbers, factor);
    updates_.Update(state_.weights->data() + panel.at, panel.at, grad, panel.numbers, update, tensor);
    Pack(slab, panel);
    row += panel.rows;
  }
}

void SlabPhase::LimitNormsOf(std::size_t share) {
  const Network& network = state_.network;
  for (std::size_t l = 0; l < network.layers().size(); ++l) {
    const auto& tensors = network.layers()[l]->tensors();
    for (std::size_t t = 0; t < tensors.size(); ++t) {
      if (!HasNormConstraint(tensors[t]) || !network.trains(l, t)) continue;
      LimitNorms(tensors[t], state_.weights->data() + tensors[t].offset, share, state_.cut.slabs);
    }
  }
}

}  // namespace mlp
