#include "train/row_phase.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "math/kernels.h"

namespace mlp {

void RowPhase::Run(Team& team, const Batch& batch, const StopFlag& stop) {
  EachShare(team, batch, stop, [this](const ShareWork& work) { Clear(work); });
  const std::size_t last_segment = ForwardToLastStatistics(team, batch, stop);
  ForwardAndBack(team, batch, stop, last_segment);
}

// A thread's shares, one after the other.
template <typename F>
void RowPhase::EachShare(const Team& team, const Batch& batch, const StopFlag& stop, F f) {
  state_.EachShare(team, [&](std::size_t share) {
    f(ShareWork{batch, stop, share, state_.shares[share], state_.RowsOf(share, batch)});
  });
}

void RowPhase::Clear(const ShareWork& work) {
  ShareState& state = work.state;
  state.loss = state.penalty = 0;
  state.finite = true;
  state.stopped = false;
  std::fill(state.metrics.begin(), state.metrics.end(), 0.0);
  std::fill(state.squares.begin(), state.squares.end(), 0.0);
  if (state_.cut.gradients_by_rows && work.rows.count == 0) {  // without rows AddGradients writes nothing
    const std::size_t stride = state_.gradient_stride();
    std::fill_n(state_.share_gradients.data() + work.share * stride, stride, Real(0));
  }
}

std::size_t RowPhase::ForwardToLastStatistics(Team& team, const Batch& batch, const StopFlag& stop) {
  std::size_t begin = state_.cut.layers_by_inputs;  // of the segment
  bool entered = false;
  for (const auto& [l, statistics] : state_.statistics_layers) {
    EachShare(team, batch, stop, [&, l = l, statistics = statistics](const ShareWork& work) {
      std::vector<double>& sums = work.state.layer_sums[l].forward;
      std::fill(sums.begin(), sums.end(), 0.0);
      EachBlock(work, [&](Range rows) {
        if (!entered) Enter(work, rows);
        Forward(begin, l, work, rows);
        statistics->AddForward(sums.data(), state_.InputOf(l, rows.first), rows.count);
      });
    });
    team.Meet();
    EachShare(team, batch, stop, [&, l = l, statistics = statistics](const ShareWork& work) {
      SumShares(l, &LayerSums::forward, work.state);
      statistics->FinishForward(work.state.layer_sums[l].statistics.data(), work.state.total.data(),
                                batch.rows);
    });
    begin = l;
    entered = true;
  }
  return begin;
}

// Backward through the segments, the highest first; that one goes forward before, block by block.
void RowPhase::ForwardAndBack(Team& team, const Batch& batch, const StopFlag& stop,
                              std::size_t last_segment) {
  std::size_t top = state_.network.layers().size();
  bool forward = true;
  const auto through = [&](const ShareWork& work, Range rows, std::size_t bottom) {
    if (forward) FinishForward(work, last_segment, rows);
    Backward(top, bottom, work, rows);
  };
  const auto& segments = state_.statistics_layers;
  for (auto segment = segments.rbegin(); segment != segments.rend(); ++segment) {
    const std::size_t l = segment->layer;
    const BatchStatistics& statistics = *segment->statistics;
    if (l < state_.lowest_trained) break;
    EachShare(team, batch, stop, [&](const ShareWork& work) {
      LayerSums& sums = work.state.layer_sums[l];
      std::fill(sums.backward.begin(), sums.backward.end(), 0.0);
      EachBlock(work, [&](Range rows) {
        through(work, rows, l + 1);
        const std::size_t at = rows.first * state_.network.layers()[l]->outputs();
        statistics.AddBackward(sums.backward.data(), state_.workspace->dy[l].data() + at,
                               state_.InputOf(l, rows.first), rows.count, sums.statistics.data());
      });
    });
    team.Meet();
    EachShare(team, batch, stop, [&](const ShareWork& work) {
      SumShares(l, &LayerSums::backward, work.state);
      statistics.FinishBackward(work.state.layer_sums[l].statistics.data(), work.state.total.data());
      if (l == state_.lowest_trained) CheckFinite(work);
    });
    if (l == state_.lowest_trained) return;
    top = l + 1;
    forward = false;
  }
  EachShare(team, batch, stop, [&](const ShareWork& work) {
    EachBlock(work, [&](Range rows) {
      through(work, rows, lowest());
      if (state_.cut.gradients_by_rows) AddGradients(work, rows);
    });
    CheckFinite(work);
  });
}

// It is enough to check the lowest layer: an infinite gradient above reaches it as infinity or as NaN.
void RowPhase::CheckFinite(const ShareWork& work) {
  const std::size_t width = state_.network.layers()[lowest()]->outputs();
  work.state.finite =
      std::isfinite(static_cast<Real>(work.state.loss)) &&
      ActiveKernels().all_finite(state_.workspace->dy[lowest()].data() + work.rows.first * width,
                                 work.rows.count * width);
}

// Blocks of the share's rows, until the step is stopped.
template <typename F>
void RowPhase::EachBlock(const ShareWork& work, F f) {
  const std::size_t end = work.rows.first + work.rows.count;
  for (std::size_t row = work.rows.first; row < end && !work.state.stopped; row += kRowBlock) {
    f(Range{row, std::min(kRowBlock, end - row)});
    work.state.stopped = work.stop.load(std::memory_order_relaxed);
  }
}

void RowPhase::Enter(const ShareWork& work, Range rows) {
  if (state_.cut.layers_by_inputs > 0) {
    low_layers_.FinishRows(work.batch, rows);
    return;
  }
  const std::size_t inputs = state_.network.inputs();
  state_.epoch.data().Gather(state_.workspace->x.data() + rows.first * inputs,
                             state_.epoch.Order(work.batch, rows), 0, inputs);
}

Pass RowPhase::PassFor(std::size_t layer, const ShareWork& work, Range rows) const {
  Pass pass;
  pass.weights = state_.weights->data();
  pass.training = true;
  pass.seed = state_.network.spec().seed;
  pass.epoch = state_.epoch.options().epoch;
  pass.first_row = work.batch.first + rows.first;
  pass.batch_rows = work.batch.rows;
  pass.dropout_factor = work.batch.dropout_factor;
  pass.saved =
      state_.workspace->saved[layer].data() + rows.first * state_.network.layers()[layer]->saved_per_row();
  pass.statistics = work.state.layer_sums[layer].statistics.data();
  pass.packs = state_.PacksOf(layer, work.share, work.batch, rows.first);
  return pass;
}

// Layers [begin, end).
void RowPhase::Forward(std::size_t begin, std::size_t end, const ShareWork& work, Range rows) {
  const auto& layers = state_.network.layers();
  for (std::size_t l = begin; l < end; ++l) {
    layers[l]->Forward(state_.workspace->y[l].data() + rows.first * layers[l]->outputs(),
                       state_.InputOf(l, rows.first), rows.count, state_.OutputOf(l), PassFor(l, work, rows));
  }
}

// The last segment, up to the loss.
void RowPhase::FinishForward(const ShareWork& work, std::size_t last_segment, Range rows) {
  if (state_.statistics_layers.empty()) Enter(work, rows);
  Forward(last_segment, state_.network.layers().size(), work, rows);
  TakeLoss(work, rows);
}

void RowPhase::TakeLoss(const ShareWork& work, Range rows) {
  const Loss& loss = state_.training.loss;
  const Dataset& data = state_.epoch.data();
  const std::span<const std::uint32_t> order = state_.epoch.Order(work.batch, rows);
  Targets targets;
  if (loss.reads_classes()) {
    data.GatherClasses(state_.target_classes.data() + rows.first, order);
    targets.classes = state_.target_classes.data() + rows.first;
  } else {
    Real* const values = state_.target_values.data() + rows.first * loss.target_columns();
    data.GatherValues(values, order);
    targets.values = values;
  }
  if (data.has_weights()) {
    data.GatherWeights(state_.row_weights.data() + rows.first, order);
    targets.weights = state_.row_weights.data() + rows.first;
  }
  const std::size_t at = rows.first * state_.network.outputs();
  const Real* const y = state_.workspace->y.back().data() + at;
  const double factor = state_.training.loss_factor;
  work.state.loss += factor * loss.Evaluate(state_.workspace->dy.back().data() + at, y, targets, rows.count,
                                            static_cast<Real>(factor * work.batch.scale));
  const Metrics& metrics = state_.training.metrics;
  if (metrics.count() > 0) {
    metrics.Add(work.state.metrics.data(), y, targets, rows.count, work.state.scratch);
  }
}

// Layers [bottom, top), from the highest down.
void RowPhase::Backward(std::size_t top, std::size_t bottom, const ShareWork& work, Range rows) {
  const auto& layers = state_.network.layers();
  const std::size_t first = rows.first;
  for (std::size_t l = top; l-- > bottom;) {
    Real* const dx = l > state_.lowest_trained && l >= state_.cut.layers_by_inputs
                         ? state_.workspace->dy[l - 1].data() + first * layers[l]->inputs()
                         : nullptr;
    const std::size_t at = first * layers[l]->outputs();
    layers[l]->Backward(dx, state_.workspace->dy[l].data() + at, state_.InputOf(l, first),
                        state_.workspace->y[l].data() + at, rows.count, state_.OutputOf(l),
                        PassFor(l, work, rows));
  }
}

// Adds a block's gradients of all weights to those of the share, while the block's rows are in cache.
void RowPhase::AddGradients(const ShareWork& work, Range rows) {
  const Real beta = rows.first == work.rows.first ? Real(0) : Real(1);
  Real* const gradients = state_.share_gradients.data() + work.share * state_.gradient_stride();
  for (std::size_t l = state_.lowest_trained; l < state_.network.layers().size(); ++l) {
    const Layer& layer = *state_.network.layers()[l];
    const Pass pass = PassFor(l, work, rows);
    const BatchView view{state_.InputOf(l, rows.first),
                         state_.workspace->dy[l].data() + rows.first * layer.outputs(),
                         pass.saved,
                         pass.statistics,
                         rows.count,
                         pass.first_row};
    for (std::size_t t = 0; t < layer.tensors().size(); ++t) {
      const Tensor& tensor = layer.tensors()[t];
      if (!state_.network.trains(l, t)) continue;
      layer.Gradient(gradients + tensor.offset, view, t, 0, tensor.rows, 1, beta);
    }
  }
}

// Adds up the sums of all shares for a layer in the same order on every thread, so that all get the same
// bits.
void RowPhase::SumShares(std::size_t layer, std::vector<double> LayerSums::*sums, ShareState& state) const {
  std::fill(state.total.begin(), state.total.end(), 0.0);
  for (const ShareState& share : state_.shares) {
    const std::vector<double>& addends = share.layer_sums[layer].*sums;
    for (std::size_t k = 0; k < addends.size(); ++k) state.total[k] += addends[k];
  }
}

}  // namespace mlp
