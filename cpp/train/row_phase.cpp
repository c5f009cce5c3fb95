#include "train/row_phase.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "math/kernels.h"

namespace mlp {

void RowPhase::Run(Team& team, const Batch& batch, const StopFlag& stop) {
  const Position position = ForwardToLastStatistics(team, batch, stop);
  ForwardAndBack(team, batch, stop, position);
}

// On some threads, a share on one of them. What a share does between two meetings is one call: in the next,
// another thread may compute it.
template <typename F>
void RowPhase::EachShare(Team& team, const Batch& batch, const StopFlag& stop, F f) {
  team.Share(state_.cut.rows, [&](std::size_t share) {
    f(ShareWork{batch, stop, share, state_.shares[share], state_.ThreadOf(team),
                state_.RowsOf(share, batch)});
  });
}

// Also clears the results of shares that other phases have beside these.
void RowPhase::Clear(const ShareWork& work) {
  for (std::size_t k = work.share; k < state_.shares.size(); k += state_.cut.rows) {
    ShareState& state = state_.shares[k];
    state.loss = state.penalty = 0;
    state.finite = true;
    state.stopped = false;
    std::fill(state.metrics.begin(), state.metrics.end(), 0.0);
    std::fill(state.squares.begin(), state.squares.end(), 0.0);
  }
  if (state_.cut.gradients_by_rows && work.rows.count == 0) {  // without rows AddGradients writes nothing
    const std::size_t stride = state_.gradient_stride();
    std::fill_n(state_.share_gradients.data() + work.share * stride, stride, Real(0));
  }
}

// After a segment: all shares have their sums. In a group they are added up over all ranks. Each thread
// computes the statistics for itself, as another meeting would take longer.
void RowPhase::MeetAt(Team& team, const Batch& batch, const Position& position) {
  team.Meet();
  ThreadState& thread = state_.ThreadOf(team);
  const double* sums = thread.sums.data();
  if (state_.group() == nullptr) {
    SumShares(position.layer, position.sums(), thread.sums);
  } else {
    team.Prepare([&] {
      state_.batch_sums.resize(position.statistics->sum_count());
      SumShares(position.layer, position.sums(), state_.batch_sums);
      state_.group()->SumNumbers(state_.batch_sums.data(), state_.batch_sums.size());
    });
    sums = state_.batch_sums.data();
  }
  Real* const statistics = thread.statistics[position.layer].data();
  if (position.forward) {
    position.statistics->FinishForward(statistics, sums, batch.all_rows);
  } else {
    position.statistics->FinishBackward(statistics, sums);
  }
}

RowPhase::Position RowPhase::ForwardToLastStatistics(Team& team, const Batch& batch, const StopFlag& stop) {
  Position position{state_.cut.layers_by_inputs, nullptr, true};
  for (const auto& [l, statistics] : state_.statistics_layers) {
    EachShare(team, batch, stop, [&, l = l, statistics = statistics](const ShareWork& work) {
      if (position.statistics == nullptr) Clear(work);
      std::vector<double>& sums = work.state.layer_sums[l].forward;
      std::fill(sums.begin(), sums.end(), 0.0);
      EachBlock(work, [&](Range rows) {
        if (position.statistics == nullptr) Enter(work, rows);
        Forward(position.layer, l, work, rows);
        statistics->AddForward(sums.data(), state_.InputOf(l, rows.first), rows.count);
      });
    });
    position = {l, statistics, true};
    MeetAt(team, batch, position);
  }
  return position;
}

// Backward through the segments, the highest first; that one goes forward before, block by block.
void RowPhase::ForwardAndBack(Team& team, const Batch& batch, const StopFlag& stop, Position position) {
  const std::size_t last_segment = position.layer;
  std::size_t top = state_.network.layers().size();
  const auto through = [&](const ShareWork& work, Range rows, std::size_t bottom) {
    if (position.forward) FinishForward(work, last_segment, rows);
    Backward(top, bottom, work, rows);
  };
  const auto& segments = state_.statistics_layers;
  for (auto segment = segments.rbegin(); segment != segments.rend(); ++segment) {
    const std::size_t l = segment->layer;
    const BatchStatistics& statistics = *segment->statistics;
    if (l < state_.lowest_trained) break;
    EachShare(team, batch, stop, [&](const ShareWork& work) {
      std::vector<double>& sums = work.state.layer_sums[l].backward;
      std::fill(sums.begin(), sums.end(), 0.0);
      EachBlock(work, [&](Range rows) {
        through(work, rows, l + 1);
        const std::size_t at = rows.first * state_.network.layers()[l]->outputs();
        statistics.AddBackward(sums.data(), state_.workspace->dy[l].data() + at,
                               state_.InputOf(l, rows.first), rows.count, work.thread.statistics[l].data());
      });
    });
    position = {l, &statistics, false};
    MeetAt(team, batch, position);
    top = l + 1;
  }
  EachShare(team, batch, stop, [&](const ShareWork& work) {
    if (position.statistics == nullptr) Clear(work);
    if (position.forward || position.layer > state_.lowest_trained) {
      EachBlock(work, [&](Range rows) {
        through(work, rows, lowest());
        if (state_.cut.gradients_by_rows) AddGradients(work, rows);
      });
    }
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
void RowPhase::EachBlock(const ShareWork& work, F f) const {
  const std::size_t end = work.rows.first + work.rows.count, block = state_.row_block();
  for (std::size_t row = work.rows.first; row < end && !work.state.stopped; row += block) {
    f(Range{row, std::min(block, end - row)});
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
  pass.first_row = work.batch.place + rows.first;
  pass.batch_rows = work.batch.all_rows;
  pass.dropout_factor = work.batch.dropout_factor;
  pass.saved =
      state_.workspace->saved[layer].data() + rows.first * state_.network.layers()[layer]->saved_per_row();
  pass.statistics = work.thread.statistics[layer].data();
  pass.packs = state_.PacksOf(layer, work.share, work.thread, work.batch, rows.first);
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
    metrics.Add(work.state.metrics.data(), y, targets, rows.count, work.thread.scratch);
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
void RowPhase::SumShares(std::size_t layer, std::vector<double> LayerSums::*sums,
                         std::vector<double>& total) const {
  std::fill(total.begin(), total.end(), 0.0);
  for (std::size_t s = 0; s < state_.cut.rows; ++s) {  // states beyond may be left from another cut
    const std::vector<double>& addends = state_.shares[s].layer_sums[layer].*sums;
    for (std::size_t k = 0; k < addends.size(); ++k) total[k] += addends[k];
  }
}

}  // namespace mlp
