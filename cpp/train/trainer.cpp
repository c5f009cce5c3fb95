#include "train/trainer.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "math/random.h"
#include "train/check.h"

namespace mlp {
namespace {

double Milliseconds(std::chrono::steady_clock::duration d) {
  return std::chrono::duration<double, std::milli>(d).count();
}

}  // namespace

Trainer::Trainer(const Network& network, const Vector& weights, Loss loss, Metrics metrics,
                 std::unique_ptr<Optimizer> optimizer)
    : network_(network),
      loss_(loss),
      metrics_(std::move(metrics)),
      optimizer_(std::move(optimizer)),
      slots_(optimizer_->slots(), Vector(network.weight_count(), Real(0))),
      kept_(weights) {}

std::size_t Trainer::Begin(const std::shared_ptr<const Dataset>& data, const EpochOptions& options) {
  CheckInputs(network_, *data);
  CheckTargets(loss_, *data);
  data_.reset();  // until all is ready: memory may run out below, and then there is no epoch
  const std::size_t rows = data->rows();
  order_.resize(rows);
  options_ = options;
  order_is_due_ = true;
  position_ = 0;

  const std::size_t batch = std::min(options.batch_size, rows);
  if (!workspace_ || batch_size_ != batch) workspace_ = std::make_unique<Workspace>(network_, batch);
  batch_size_ = batch;
  values_.resize(loss_.reads_classes() ? 0 : batch * network_.outputs());
  classes_.resize(loss_.reads_classes() ? batch : 0);

  const auto weights = static_cast<double>(network_.weight_count());
  const int threads = options.threads > 0 ? options.threads
                                          : ChooseThreads(3 * static_cast<double>(batch) * weights, weights,
                                                          batch, ComputePool::Cores());
  if (threads != this->threads()) {
    slabs_.clear();
    partials_ = std::vector<Partial>(static_cast<std::size_t>(threads));
    slabs_ = CutSlabs(network_, static_cast<std::size_t>(threads));
  }
  for (Partial& partial : partials_) {
    partial.metrics.resize(metrics_.count());
    partial.scratch.resize(ScratchNumbers());
  }
  data_ = data;
  return (rows + batch - 1) / batch;
}

// The largest panel of gradients, or the outputs of a block of rows.
std::size_t Trainer::ScratchNumbers() const {
  std::size_t numbers = std::min(batch_size_, kRowBlock) * network_.outputs();
  for (const auto& layer : network_.layers()) {
    for (const Tensor& tensor : layer->tensors()) {
      numbers = std::max(numbers, std::min(tensor.rows, PanelRows(tensor)) * tensor.columns);
    }
  }
  return numbers;
}

// Named by the seed and the epoch alone.
void Trainer::Order() {
  if (options_.shuffle) {
    Random random(network_.spec().seed, RandomPurpose::kShuffle, options_.epoch);
    Permute(order_, random);
  } else {
    std::iota(order_.begin(), order_.end(), 0u);
  }
  order_is_due_ = false;
}

void Trainer::Run(Team& team, Weights& weights, TrainSlice& slice) {
  if (team.rank() == 0) TryToStart(weights, slice);
  team.Meet();
  if (failure_) {
    if (team.rank() == 0) std::rethrow_exception(failure_);
    return;
  }
  // Weights that are spoilt already show at the latest here, where activations may hide them from the loss.
  const bool intact = !keep_ || Keep(team);
  if (!intact && team.rank() == 0) slice.finite = false;
  const std::size_t begin = position_;
  Batch batch{begin, 0};
  while (intact && go_on_) {
    batch.rows = std::min(batch_size_, order_.size() - batch.first);
    if (team.rank() == 0) {
      optimizer_->Prepare(slice.rates.size() == 1 ? slice.rates[0] : slice.rates[slice.steps_taken]);
    }
    Rows(team, batch, *slice.stop);
    team.Meet();
    if (AnyStopped()) break;
    if (!AllPartialsFinite()) {
      if (team.rank() == 0) slice.finite = false;
      break;
    }
    Slabs(team, batch, *slice.stop);
    if (team.rank() == 0) go_on_ = CountStep(slice, batch);
    team.Meet();
    batch.first += batch.rows;
    if (team.rank() == 0) weights.AfterStep();
  }
  const bool due = batch.first == order_.size() || batch.first - begin >= kRowsWorthALook;
  if (!intact || due || !AllPartialsFinite()) {
    team.Meet();
    const bool sound = SoundState(team);
    if (team.rank() == 0) {
      if (!sound) slice.finite = false;
      if (!slice.finite) Repair(slice);
    }
  }
  if (team.rank() == 0) {
    if (batch.first != begin) position_ = batch.first;  // others may still read where they began
    weights.EndSlice();
  }
}

// An exception must not keep rank 0 from the meeting where the others wait.
void Trainer::TryToStart(Weights& weights, const TrainSlice& slice) {
  failure_ = nullptr;
  try {
    go_on_ = StartSlice(weights, slice);
  } catch (...) {
    failure_ = std::current_exception();
  }
}

bool Trainer::StartSlice(Weights& weights, const TrainSlice& slice) {
  live_ = &weights.BeginSlice();
  reading_ = slice.data.get();
  if (order_is_due_) Order();
  start_ = std::chrono::steady_clock::now();
  next_look_ = 1;
  keep_ = rows_since_kept_ >= kRowsBetweenCopies;
  for (Partial& partial : partials_) partial.finite = true;
  return slice.steps > 0 && position_ < order_.size() && !slice.stop->load(std::memory_order_relaxed);
}

bool Trainer::AnyStopped() const {
  return std::any_of(partials_.begin(), partials_.end(),
                     [](const Partial& partial) { return partial.stopped; });
}

bool Trainer::AllPartialsFinite() const {
  return std::all_of(partials_.begin(), partials_.end(),
                     [](const Partial& partial) { return partial.finite; });
}

// On rank 0, before the meeting that ends a step: whether there is another.
bool Trainer::CountStep(TrainSlice& slice, const Batch& batch) {
  if (slice.stop->load(std::memory_order_relaxed)) return false;
  for (const Partial& partial : partials_) {
    slice.sums.loss += partial.loss;
    for (std::size_t k = 0; k < metrics_.count(); ++k) slice.sums.metrics[k] += partial.metrics[k];
  }
  slice.sums.rows += batch.rows;
  ++slice.steps_taken;
  rows_since_kept_ += batch.rows;
  ++steps_since_kept_;
  optimizer_->Advance();
  return slice.steps_taken < slice.steps && batch.first + batch.rows < order_.size() && ClockAllows(slice);
}

// Reading the clock costs a tiny net a good part of a step: it is read about once in 50 microseconds.
bool Trainer::ClockAllows(const TrainSlice& slice) {
  if (slice.steps_taken < next_look_) return true;
  const double elapsed = Milliseconds(std::chrono::steady_clock::now() - start_);
  const double per_step = elapsed / static_cast<double>(slice.steps_taken);
  next_look_ =
      slice.steps_taken + static_cast<std::size_t>(std::clamp(0.05 / (per_step + 1e-6), 1.0, 1000.0));
  return elapsed < slice.budget_ms;
}

// Whether all weights, velocities and moments are finite.
bool Trainer::SoundState(Team& team) {
  const auto rank = static_cast<std::size_t>(team.rank());
  const auto share = Share(live_->size(), rank, static_cast<std::size_t>(team.size()));
  const auto finite = [&share](const Vector& v) {
    return ActiveKernels().all_finite(v.data() + share.first, share.second - share.first);
  };
  partials_[rank].finite = finite(*live_) && std::all_of(slots_.begin(), slots_.end(), finite);
  team.Meet();
  const bool sound = AllPartialsFinite();
  team.Meet();
  return sound;
}

// Copies the weights, if they are worth it.
bool Trainer::Keep(Team& team) {
  if (!SoundState(team)) return false;
  const auto share =
      Share(live_->size(), static_cast<std::size_t>(team.rank()), static_cast<std::size_t>(team.size()));
  std::copy(live_->data() + share.first, live_->data() + share.second, kept_.data() + share.first);
  if (team.rank() == 0) rows_since_kept_ = steps_since_kept_ = 0;
  return true;
}

// After a blow-up, on rank 0 alone: weights from the last copy if they are spoilt, velocities and moments
// from nothing if they are.
void Trainer::Repair(TrainSlice& slice) {
  const auto finite = [](const Vector& v) { return ActiveKernels().all_finite(v.data(), v.size()); };
  if (!finite(*live_)) {
    std::copy(kept_.begin(), kept_.end(), live_->begin());
    slice.steps_back = steps_since_kept_;
  } else if (std::all_of(slots_.begin(), slots_.end(), finite)) {
    return;
  }
  for (Vector& slot : slots_) std::fill(slot.begin(), slot.end(), Real(0));
  optimizer_->SetSteps(0);
}

std::size_t Trainer::bytes() const {
  const auto numbers = [](const auto& vectors) {
    return std::accumulate(vectors.begin(), vectors.end(), std::size_t{0},
                           [](std::size_t sum, const Vector& v) { return sum + v.size(); });
  };
  std::size_t count = numbers(slots_) + kept_.size() + values_.size();
  if (workspace_) count += workspace_->x.size() + numbers(workspace_->y) + numbers(workspace_->dy);
  return count * sizeof(Real) + order_.size() * sizeof(std::uint32_t);
}

}  // namespace mlp
