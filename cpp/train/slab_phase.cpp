#include "train/slab_phase.h"

#include <algorithm>

#include "math/kernels.h"
#include "train/tensor_rules.h"

namespace mlp {
namespace {

// A product that goes straight into the weights needs no panels. It is cut after so many multiply-adds (about
// 20 ms) only so that it can be stopped.
constexpr std::size_t kLongestProduct = std::size_t{1} << 31;

// Piece k of Team::Share as a share of slabs. In order, the second thread of two would begin in the middle of
// the layers; in turns all threads begin with the lowest.
std::size_t InTurns(std::size_t k, std::size_t count, std::size_t threads) {
  if (count % threads != 0) return k;
  const std::size_t each = count / threads;
  return k % each * threads + k / each;
}

bool Stopped(const StopFlag& stop) { return stop.load(std::memory_order_relaxed); }

}  // namespace

SlabPhase::SlabPhase(StepState& state, WeightUpdates& updates)
    : state_(state), updates_(updates), has_norm_constraints_(HasNormConstraints(state.network)) {}

void SlabPhase::Update(Team& team, const Batch& batch, const StopFlag& stop) {
  if (state_.needs_whole_gradient) {
    // What clips or is logged needs the squares of all slabs.
    const bool updates_at_once = state_.group() != nullptr && !updates_.rules().clips_norms() &&
                                 !state_.epoch.options().gradient_norms;
    AddGradientOfAll(team, batch, updates_at_once, stop);
    if (!batch.ends_update) return;
    if (state_.group() != nullptr && !state_.group_sums.finite()) return;
    if (!updates_at_once) Apply(team, stop);
  } else {
    team.Share(state_.cut.slabs, [&](std::size_t share) {
      const SlabWork work = WorkOf(team, share, batch, stop);
      for (const Slab& slab : state_.slabs[share]) {
        if (TensorOf(slab).statistic) {
          UpdateMoving(slab, work);
        } else if (updates_.tensor(slab.layer, slab.tensor).plain) {
          UpdatePlainSlab(slab, work);
        } else {
          UpdateSlab(slab, work);
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
  AddGradientOfAll(team, batch, false, stop);
}

// On some threads, a share on one of them; on the same one each time.
template <typename F>
void SlabPhase::EachShareOfGradient(Team& team, F f) {
  const std::size_t count = state_.cut.slabs;
  team.Share(count, [&](std::size_t k) {
    f(state_.group() == nullptr ? k : InTurns(k, count, static_cast<std::size_t>(team.size())));
  });
}

void SlabPhase::AddGradientOfAll(Team& team, const Batch& batch, bool update, const StopFlag& stop) {
  const bool is_alone = state_.group() == nullptr;
  EachShareOfGradient(team, [&](std::size_t share) {
    const SlabWork work = WorkOf(team, share, batch, stop);
    for (const Slab& slab : state_.slabs[share]) {
      if (!TensorOf(slab).statistic) {
        AddGradientOfSlab(slab, work, is_alone && batch.ends_update);
        if (!is_alone && batch.ends_update) {
          state_.buckets.Complete(*state_.group(), state_.gradient.data(), slab);
        }
      } else if (is_alone) {
        UpdateMoving(slab, work);
      }
    }
  });
  if (!is_alone) SumOverRanks(team, batch, update, stop);
  if (batch.ends_update && !update) team.Meet();
}

// A rank that is lost makes this throw, before anything has changed.
void SlabPhase::SumOverRanks(Team& team, const Batch& batch, bool update, const StopFlag& stop) {
  team.Meet();
  team.Prepare([&] {
    const AsRank0 role(team);
    const bool finite = std::all_of(state_.shares.begin(), state_.shares.end(),
                                    [](const ShareState& share) { return share.finite; });
    state_.group_sums.AddBatch(batch.begins_update, finite);
    if (!batch.ends_update) return;
    state_.group_sums.FinishGradient(*state_.group(), state_.gradient, state_.buckets.buckets().back());
    state_.buckets.Restart();
  });
  if (batch.ends_update && !state_.group_sums.finite()) return;
  EachShareOfGradient(team, [&](std::size_t share) {
    const SlabWork work = WorkOf(team, share, batch, stop);
    for (const Slab& slab : state_.slabs[share]) {
      if (TensorOf(slab).statistic) {
        UpdateMoving(slab, work);
      } else if (batch.ends_update) {
        FinishSum(slab, work, update);
      }
    }
  });
}

void SlabPhase::FinishSum(const Slab& slab, const SlabWork& work, bool update) {
  const Tensor& tensor = TensorOf(slab);
  for (std::size_t row = slab.first, end = slab.first + slab.rows; row < end && !work.stopped();) {
    const Panel panel = PanelAt(slab, tensor, row, PanelRowsOf(slab));
    FinishPanel(slab, panel, work);
    if (update) ApplyPanel(slab, panel, 1);
    row += panel.rows;
  }
}

void SlabPhase::Apply(Team& team, const StopFlag& stop) {
  const bool agrees = state_.group() != nullptr && updates_.rules().clips_norms();
  if (agrees) {
    team.Prepare([&] {
      const AsRank0 role(team);
      SumSquares(state_.group_squares);
      state_.group_sums.AgreeOnSquares(*state_.group(), state_.group_squares);
    });
  }
  std::vector<double>& squares = agrees ? state_.group_squares : state_.ThreadOf(team).squares;
  if (!agrees) SumSquares(squares);
  EachShareOfGradient(team, [&](std::size_t share) {
    for (const Slab& slab : state_.slabs[share]) {
      if (!TensorOf(slab).statistic) ApplyGradient(slab, squares, stop);
    }
  });
}

bool SlabPhase::IsInPlace(std::size_t layer, std::size_t tensor) {
  const auto& update = updates_.tensor(layer, tensor);
  return !state_.needs_whole_gradient && update.plain &&
         updates_.TargetFor(nullptr, {}, nullptr, update).in_place;
}

const Tensor& SlabPhase::TensorOf(const Slab& slab) const {
  return state_.network.layers()[slab.layer]->tensors()[slab.tensor];
}

BatchView SlabPhase::ViewOf(std::size_t layer, const SlabWork& work) const {
  return {state_.InputOf(layer, 0),
          state_.workspace->dy[layer].data(),
          state_.workspace->saved[layer].data(),
          work.thread.statistics[layer].data(),
          work.batch.rows,
          work.batch.place,
          state_.PackedBatchOf(layer, work.batch)};
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

void SlabPhase::UpdateMoving(const Slab& slab, const SlabWork& work) {
  const Layer& layer = *state_.network.layers()[slab.layer];
  layer.batch_statistics()->UpdateMoving(state_.weights->data() + TensorOf(slab).offset,
                                         ViewOf(slab.layer, work), slab.tensor);
}

// grad = alpha * (gradient of a panel over the batch) + beta * grad
void SlabPhase::MakeGradient(Real* grad, const Slab& slab, const Panel& panel, const SlabWork& work,
                             Real alpha, Real beta) const {
  const Layer& layer = *state_.network.layers()[slab.layer];
  // From sums over the rows of all ranks: one rank's gradient is that of all.
  const bool is_anothers =
      state_.group() != nullptr && state_.group()->rank() > 0 && layer.batch_statistics() != nullptr;
  if (is_anothers || work.batch.rows == 0) {
    if (beta == 0) std::fill_n(grad, panel.numbers, Real(0));
  } else if (state_.cut.gradients_by_rows) {
    ActiveKernels().column_sums(grad, state_.share_gradients.data() + panel.at, state_.cut.rows,
                                panel.numbers, state_.gradient_stride(), alpha, beta);
  } else {
    layer.Gradient(grad, ViewOf(slab.layer, work), slab.tensor, panel.row, panel.rows, alpha, beta);
  }
}

// For tensors with nothing but the optimizer's rule: the product may go straight into the weights or
// velocity.
void SlabPhase::UpdatePlainSlab(const Slab& slab, const SlabWork& work) {
  const std::size_t rows = work.batch.rows;
  const Tensor& tensor = TensorOf(slab);
  const auto& update = updates_.tensor(slab.layer, slab.tensor);
  std::size_t most_rows = PanelRowsOf(slab);
  for (std::size_t row = slab.first, end = slab.first + slab.rows; row < end && !work.stopped();) {
    const std::size_t at = tensor.offset + row * tensor.columns;
    Real* const w = state_.weights->data() + at;
    const Optimizer::Slots slots = updates_.SlotsAt(at);
    const Optimizer::Target target = updates_.TargetFor(w, slots, work.thread.scratch.data(), update);
    if (target.in_place && !IsPacked(slab) && (end - row > most_rows || rows > kRowBlock)) {
      most_rows = std::max<std::size_t>(1, kLongestProduct / (rows * tensor.columns));
    }
    const Panel panel = PanelAt(slab, tensor, row, most_rows);
    MakeGradient(target.grad, slab, panel, work, target.alpha, target.beta);
    updates_.UpdatePlain(w, slots, target.grad, panel.numbers, update);
    Pack(slab, panel);
    row += panel.rows;
  }
}

void SlabPhase::UpdateSlab(const Slab& slab, const SlabWork& work) {
  const Tensor& tensor = TensorOf(slab);
  Real* const grad = work.thread.scratch.data();
  for (std::size_t row = slab.first, end = slab.first + slab.rows; row < end && !work.stopped();) {
    const Panel panel = PanelAt(slab, tensor, row, PanelRowsOf(slab));
    MakeGradient(grad, slab, panel, work, 1, 0);
    AddPenalty(grad, panel, tensor, work);
    updates_.Update(state_.weights->data() + panel.at, panel.at, grad, panel.numbers,
                    updates_.tensor(slab.layer, slab.tensor), tensor);
    Pack(slab, panel);
    row += panel.rows;
  }
}

void SlabPhase::AddPenalty(Real* grad, const Panel& panel, const Tensor& tensor, const SlabWork& work) const {
  const double factor = state_.training.mean == Mean::kWeights ? work.batch.scale : 1;
  const double penalty = AddPenaltyGradient(grad, state_.weights->data() + panel.at, panel.numbers,
                                            tensor.rules.regularizer, factor);
  work.share.penalty += penalty;
  work.share.penalties += penalty * static_cast<double>(work.batch.update_rows);  // a rank's own
}

void SlabPhase::AddGradientOfSlab(const Slab& slab, const SlabWork& work, bool finishes) {
  const Tensor& tensor = TensorOf(slab);
  for (std::size_t row = slab.first, end = slab.first + slab.rows; row < end && !work.stopped();) {
    const Panel panel = PanelAt(slab, tensor, row, PanelRowsOf(slab));
    Real* const grad = state_.gradient.data() + panel.at;
    MakeGradient(grad, slab, panel, work, 1, work.batch.begins_update ? Real(0) : Real(1));
    row += panel.rows;
    if (finishes) FinishPanel(slab, panel, work);
  }
}

void SlabPhase::FinishPanel(const Slab& slab, const Panel& panel, const SlabWork& work) {
  Real* const grad = state_.gradient.data() + panel.at;
  AddPenalty(grad, panel, TensorOf(slab), work);
  if (!updates_.rules().clips_norms() && !state_.epoch.options().gradient_norms) return;
  work.share.squares[updates_.tensor(slab.layer, slab.tensor).id] +=
      ActiveKernels().sum_of_squares(grad, panel.numbers);
}

// In the same order on every thread, so that all get the same bits.
void SlabPhase::SumSquares(std::vector<double>& sums) const {
  std::fill(sums.begin(), sums.end(), 0.0);
  for (const ShareState& share : state_.shares) {
    for (std::size_t t = 0; t < sums.size(); ++t) sums[t] += share.squares[t];
  }
}

void SlabPhase::ApplyGradient(const Slab& slab, const std::vector<double>& squares, const StopFlag& stop) {
  const Tensor& tensor = TensorOf(slab);
  const Real factor = updates_.ClipFactor(updates_.tensor(slab.layer, slab.tensor), squares);
  for (std::size_t row = slab.first, end = slab.first + slab.rows; row < end && !Stopped(stop);) {
    const Panel panel = PanelAt(slab, tensor, row, PanelRowsOf(slab));
    ApplyPanel(slab, panel, factor);
    row += panel.rows;
  }
}

void SlabPhase::ApplyPanel(const Slab& slab, const Panel& panel, Real factor) {
  Real* const grad = state_.gradient.data() + panel.at;
  if (factor != 1) ActiveKernels().scale(grad, panel.numbers, factor);
  updates_.Update(state_.weights->data() + panel.at, panel.at, grad, panel.numbers,
                  updates_.tensor(slab.layer, slab.tensor), TensorOf(slab));
  Pack(slab, panel);
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
