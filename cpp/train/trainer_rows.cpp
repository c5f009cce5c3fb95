// The first phase of a step: rows, from the data set to the gradient of every layer's pre-activations.
#include <algorithm>
#include <cmath>
#include <span>

#include "train/trainer.h"

namespace mlp {

// Layers that look at all rows cut the chain into runs. All runs but the last are done for every row, with a
// meeting after each; the last goes forward and backward in one go, while its rows are in cache.
void Trainer::Rows(Team& team, const Batch& batch, const Stop& stop) {
  const std::size_t layers = network_.layers().size();
  const std::size_t lowest = by_inputs_ > 0 ? by_inputs_ - 1 : floor_;  // whose gradient is made here
  EachShare(team, [&](std::size_t mine) { BeginRows(mine, batch); });

  std::size_t begin = by_inputs_;  // of the run
  bool gathered = false;
  for (const std::size_t meeting : meetings_) {
    const Layer& layer = *network_.layers()[meeting];
    EachShare(team, [&](std::size_t mine) {
      Partial& partial = partials_[mine];
      Meeting& here = partial.meetings[meeting];
      std::fill(here.forward.begin(), here.forward.end(), 0.0);
      EachBlock(mine, batch, stop, [&](std::size_t first, std::size_t rows) {
        if (!gathered) Gather(batch, first, rows);
        Forward(begin, meeting, batch, first, rows, partial);
        layer.AddForward(here.forward.data(), InputOf(meeting, first), rows);
      });
    });
    team.Meet();
    EachShare(team, [&](std::size_t mine) {
      Partial& partial = partials_[mine];
      AddUp(meeting, &Meeting::forward, partial);
      layer.AgreeForward(partial.meetings[meeting].shared.data(), partial.total.data(), batch.rows);
    });
    begin = meeting;
    gathered = true;
  }

  std::size_t top = layers;
  bool forward = true;
  for (std::size_t run = meetings_.size();; --run) {
    const bool meets = run > 0;
    const std::size_t bottom = meets ? meetings_[run - 1] : 0;
    const Layer& layer = *network_.layers()[bottom];
    EachShare(team, [&](std::size_t mine) {
      Partial& partial = partials_[mine];
      Meeting& here = partial.meetings[bottom];
      std::fill(here.backward.begin(), here.backward.end(), 0.0);
      EachBlock(mine, batch, stop, [&](std::size_t first, std::size_t rows) {
        if (forward) {
          if (by_inputs_ > 0) {
            FinishRows(batch, first, rows);
          } else if (!gathered) {
            Gather(batch, first, rows);
          }
          Forward(begin, layers, batch, first, rows, partial);
          TakeLoss(batch, first, rows, partial);
        }
        Backward(top, std::max(lowest, meets ? bottom + 1 : 0), batch, first, rows, partial);
        if (by_rows_) GradientsOfRows(mine, batch, first, rows, partial);
        if (meets && bottom >= floor_) {
          layer.AddBackward(here.backward.data(), workspace_->dy[bottom].data() + first * layer.outputs(),
                            InputOf(bottom, first), rows, here.shared.data());
        }
      });
    });
    if (!meets || bottom < floor_) break;
    team.Meet();
    EachShare(team, [&](std::size_t mine) {
      Partial& partial = partials_[mine];
      AddUp(bottom, &Meeting::backward, partial);
      layer.AgreeBackward(partial.meetings[bottom].shared.data(), partial.total.data());
    });
    if (bottom == floor_) break;
    top = bottom + 1;
    forward = false;
  }

  // An infinite gradient anywhere reaches the lowest layer, as infinity or as NaN.
  const std::size_t width = network_.layers()[lowest]->outputs();
  EachShare(team, [&](std::size_t mine) {
    Partial& partial = partials_[mine];
    const auto [first, end] = Share(batch.rows, mine, shares());
    partial.finite =
        std::isfinite(static_cast<Real>(partial.loss)) &&
        ActiveKernels().all_finite(workspace_->dy[lowest].data() + first * width, (end - first) * width);
  });
}

void Trainer::BeginRows(std::size_t mine, const Batch& batch) {
  Partial& partial = partials_[mine];
  partial.loss = partial.penalty = 0;
  partial.finite = true;
  partial.stopped = false;
  std::fill(partial.metrics.begin(), partial.metrics.end(), 0.0);
  std::fill(partial.squares.begin(), partial.squares.end(), 0.0);
  const auto [first, end] = Share(batch.rows, mine, shares());
  if (by_rows_ && first == end)
    std::fill_n(shares_gradients_.data() + mine * gradient_stride(), gradient_stride(), Real(0));
}

// A share's rows, block by block, until it is asked to stop.
template <typename F>
void Trainer::EachBlock(std::size_t mine, const Batch& batch, const Stop& stop, F work) {
  const auto [first, end] = Share(batch.rows, mine, shares());
  Partial& partial = partials_[mine];
  for (std::size_t row = first; row < end && !partial.stopped; row += kRowBlock) {
    work(row, std::min(kRowBlock, end - row));
    partial.stopped = stop.load(std::memory_order_relaxed);
  }
}

void Trainer::Gather(const Batch& batch, std::size_t first, std::size_t rows) {
  const std::span<const std::uint32_t> order(order_.data() + batch.first + first, rows);
  reading_->Gather(workspace_->x.data() + first * network_.inputs(), order, 0, network_.inputs());
}

const Real* Trainer::InputOf(std::size_t layer, std::size_t first) const {
  const Vector& x = layer == 0 ? workspace_->x : workspace_->y[layer - 1];
  return x.data() + first * network_.layers()[layer]->inputs();
}

Pass Trainer::PassFor(std::size_t layer, const Batch& batch, std::size_t first, Partial& partial) {
  Pass pass;
  pass.weights = live_->data();
  pass.training = true;
  pass.seed = network_.spec().seed;
  pass.epoch = options_.epoch;
  pass.first_row = batch.first + first;
  pass.batch_rows = batch.rows;
  pass.saved = workspace_->saved[layer].data() + first * network_.layers()[layer]->saved_per_row();
  pass.shared = partial.meetings[layer].shared.data();
  return pass;
}

void Trainer::Forward(std::size_t begin, std::size_t end, const Batch& batch, std::size_t first,
                      std::size_t rows, Partial& partial) {
  const auto& layers = network_.layers();
  for (std::size_t l = begin; l < end; ++l) {
    const auto output = l + 1 == layers.size() ? loss().reads() : Layer::Output::kActivated;
    layers[l]->Forward(workspace_->y[l].data() + first * layers[l]->outputs(), InputOf(l, first), rows,
                       output, PassFor(l, batch, first, partial));
  }
}

void Trainer::TakeLoss(const Batch& batch, std::size_t first, std::size_t rows, Partial& partial) {
  const std::span<const std::uint32_t> order(order_.data() + batch.first + first, rows);
  Targets targets;
  if (loss().reads_classes()) {
    reading_->GatherClasses(classes_.data() + first, order);
    targets.classes = classes_.data() + first;
  } else {
    Real* const values = values_.data() + first * training_.loss.target_columns();
    reading_->GatherValues(values, order);
    targets.values = values;
  }
  if (reading_->has_weights()) {
    reading_->GatherWeights(row_weights_.data() + first, order);
    targets.weights = row_weights_.data() + first;
  }
  const std::size_t at = first * network_.outputs();
  const Real* const y = workspace_->y.back().data() + at;
  const double factor = training_.loss_factor;
  partial.loss += factor * loss().Evaluate(workspace_->dy.back().data() + at, y, targets, rows,
                                           static_cast<Real>(factor * batch.scale));
  if (metrics().count() > 0) metrics().Add(partial.metrics.data(), y, targets, rows, partial.scratch);
}

// Layers [bottom, top), from the highest down.
void Trainer::Backward(std::size_t top, std::size_t bottom, const Batch& batch, std::size_t first,
                       std::size_t rows, Partial& partial) {
  const auto& layers = network_.layers();
  for (std::size_t l = top; l-- > bottom;) {
    Real* const dx =
        l > floor_ && l >= by_inputs_ ? workspace_->dy[l - 1].data() + first * layers[l]->inputs() : nullptr;
    const auto output = l + 1 == layers.size() ? loss().reads() : Layer::Output::kActivated;
    const std::size_t at = first * layers[l]->outputs();
    layers[l]->Backward(dx, workspace_->dy[l].data() + at, InputOf(l, first), workspace_->y[l].data() + at,
                        rows, output, PassFor(l, batch, first, partial));
  }
}

// Adds up the gradients of a share's rows, block by block, while those are in cache.
void Trainer::GradientsOfRows(std::size_t mine, const Batch& batch, std::size_t first, std::size_t rows,
                              Partial& partial) {
  const Real beta = first == Share(batch.rows, mine, shares()).first ? Real(0) : Real(1);
  Real* const gradients = shares_gradients_.data() + mine * gradient_stride();
  for (std::size_t l = floor_; l < network_.layers().size(); ++l) {
    const Layer& layer = *network_.layers()[l];
    const Pass pass = PassFor(l, batch, first, partial);
    const BatchView view{InputOf(l, first), workspace_->dy[l].data() + first * layer.outputs(), pass.saved,
                         pass.shared, rows};
    for (std::size_t t = 0; t < layer.tensors().size(); ++t) {
      const Tensor& tensor = layer.tensors()[t];
      if (network_.trains(l, t)) layer.Gradient(gradients + tensor.offset, view, t, 0, tensor.rows, 1, beta);
    }
  }
}

// What all threads added up for a layer, in their order: each gets the same bits.
void Trainer::AddUp(std::size_t meeting, std::vector<double> Meeting::*sums, Partial& partial) {
  std::fill(partial.total.begin(), partial.total.end(), 0.0);
  for (const Partial& each : partials_) {
    const std::vector<double>& theirs = each.meetings[meeting].*sums;
    for (std::size_t k = 0; k < theirs.size(); ++k) partial.total[k] += theirs[k];
  }
}

bool Trainer::AnyStopped() const {
  return std::any_of(partials_.begin(), partials_.end(),
                     [](const Partial& partial) { return partial.stopped; });
}

bool Trainer::AllPartialsFinite() const {
  return std::all_of(partials_.begin(), partials_.end(),
                     [](const Partial& partial) { return partial.finite; });
}

}  // namespace mlp
