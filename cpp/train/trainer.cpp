#include "train/trainer.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "math/random.h"
#include "train/check.h"

namespace mlp {
namespace {

// Gradients are made and used in panels of this many numbers: with the weights and two moments beside it, a
// panel fits in L2.
constexpr std::size_t kPanel = 32768;

double Milliseconds(std::chrono::steady_clock::duration d) {
  return std::chrono::duration<double, std::milli>(d).count();
}

}  // namespace

Trainer::Trainer(const Network& network, Loss loss, Metrics metrics, std::unique_ptr<Optimizer> optimizer)
    : network_(network),
      loss_(loss),
      metrics_(std::move(metrics)),
      optimizer_(std::move(optimizer)),
      slots_(optimizer_->slots(), Vector(network.weight_count(), Real(0))),
      kept_(network.weight_count()) {}

std::size_t Trainer::Begin(const std::shared_ptr<const Dataset>& data, const EpochOptions& options) {
  CheckInputs(network_, *data);
  CheckTargets(loss_, *data);
  data_ = data;
  const std::size_t rows = data->rows();
  order_.resize(rows);
  if (options.shuffle) {
    Random random(network_.spec().seed, RandomPurpose::kShuffle, options.epoch);
    Permute(order_, random);
  } else {
    std::iota(order_.begin(), order_.end(), 0u);
  }
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
    slabs_ = CutSlabs(network_, static_cast<std::size_t>(threads));
    partials_ = std::vector<Partial>(static_cast<std::size_t>(threads));
  }
  for (Partial& partial : partials_) {
    partial.metrics.resize(metrics_.count());
    partial.scratch.resize(std::max({kPanel, network_.widest(), batch * network_.outputs()}));
  }
  return (rows + batch - 1) / batch;
}

void Trainer::Run(Team& team, Weights& weights, TrainSlice& slice) {
  if (team.rank() == 0) go_on_ = StartSlice(weights, slice);
  team.Meet();
  if (keep_) Keep(team);
  Batch batch{position_, 0};
  while (go_on_) {
    batch.rows = std::min(batch_size_, order_.size() - batch.first);
    if (team.rank() == 0)
      optimizer_->Prepare(slice.rates.size() == 1 ? slice.rates[0] : slice.rates[slice.steps_taken]);
    Rows(team, batch);
    team.Meet();
    if (!AllPartialsFinite()) {
      if (team.rank() == 0) slice.finite = false;
      break;
    }
    Slabs(team, batch);
    if (team.rank() == 0) CountStep(slice, batch);
    team.Meet();
    batch.first += batch.rows;
    if (team.rank() == 0) weights.AfterStep();
  }
  const bool suspect = batch.first == order_.size() || !AllPartialsFinite();
  team.Meet();
  if (suspect) {
    const bool intact = WeightsFinite(team);
    if (team.rank() == 0) {
      if (!intact) slice.finite = false;
      if (!slice.finite) Repair(!intact);
    }
  }
  if (team.rank() == 0) {
    position_ = batch.first;
    weights.EndSlice();
  }
}

bool Trainer::StartSlice(Weights& weights, const TrainSlice& slice) {
  live_ = &weights.BeginSlice();
  reading_ = slice.data.get();
  start_ = std::chrono::steady_clock::now();
  next_look_ = 1;
  keep_ = rows_since_kept_ >= kRowsBetweenCopies;
  for (Partial& partial : partials_) partial.finite = true;
  return slice.steps > 0 && position_ < order_.size() && !slice.stop->load(std::memory_order_relaxed);
}

// Phase 1: this thread's rows, from the data set to the gradient of every layer's pre-activations.
void Trainer::Rows(const Team& team, const Batch& batch) {
  const auto share =
      Share(batch.rows, static_cast<std::size_t>(team.rank()), static_cast<std::size_t>(team.size()));
  const std::size_t first = share.first, rows = share.second - first;
  Partial& partial = partials_[static_cast<std::size_t>(team.rank())];
  partial.loss = 0;
  std::fill(partial.metrics.begin(), partial.metrics.end(), 0.0);
  if (rows == 0) return;

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
  partial.loss = loss_.Evaluate(dy, input, targets, rows, Real(1) / static_cast<Real>(batch.rows));
  if (metrics_.count() > 0) metrics_.Add(partial.metrics.data(), input, targets, rows, partial.scratch);

  for (std::size_t l = layers.size(); l-- > 0;) {
    Real* const dx = l > 0 ? row(at.dy[l - 1], layers[l]->inputs()) : nullptr;
    const auto output = l + 1 == layers.size() ? loss_.reads() : Layer::Output::kActivated;
    layers[l]->Backward(dx, dy, row(at.y[l], layers[l]->outputs()), weights, rows, output);
    if (l > 0) dy = dx;
  }
  // An infinite gradient anywhere reaches the first layer, as infinity or as NaN.
  partial.finite = std::isfinite(static_cast<Real>(partial.loss)) &&
                   ActiveKernels().all_finite(dy, rows * layers[0]->outputs());
}

bool Trainer::AllPartialsFinite() const {
  return std::all_of(partials_.begin(), partials_.end(),
                     [](const Partial& partial) { return partial.finite; });
}

// Phase 2: this thread's weights.
void Trainer::Slabs(const Team& team, const Batch& batch) {
  const auto rank = static_cast<std::size_t>(team.rank());
  for (const Slab& slab : slabs_[rank]) UpdateSlab(slab, batch.rows, partials_[rank].scratch);
}

void Trainer::UpdateSlab(const Slab& slab, std::size_t batch, Vector& scratch) {
  const Layer& layer = *network_.layers()[slab.layer];
  const Tensor& tensor = layer.tensors()[slab.tensor];
  const Real* x = slab.layer == 0 ? workspace_->x.data() : workspace_->y[slab.layer - 1].data();
  const Real* dy = workspace_->dy[slab.layer].data();
  std::size_t panel = std::max<std::size_t>(1, kPanel / tensor.columns);
  for (std::size_t row = slab.first, end = slab.first + slab.rows; row < end; row += panel) {
    const std::size_t at = tensor.offset + row * tensor.columns;
    Optimizer::Slots slots{};
    for (std::size_t s = 0; s < slots_.size(); ++s) slots[s] = slots_[s].data() + at;
    Real* const w = live_->data() + at;
    const Optimizer::Target target = optimizer_->TargetFor(w, slots, scratch.data());
    if (target.in_place) panel = end - row;  // nothing is read twice: one product will do
    const std::size_t rows = std::min(panel, end - row);
    layer.Gradient(target.grad, x, dy, batch, slab.tensor, row, rows, target.alpha, target.beta);
    optimizer_->Update(w, slots, target.grad, rows * tensor.columns);
  }
}

// On rank 0, before the meeting that ends a step.
void Trainer::CountStep(TrainSlice& slice, const Batch& batch) {
  for (const Partial& partial : partials_) {
    slice.sums.loss += partial.loss;
    for (std::size_t k = 0; k < metrics_.count(); ++k) slice.sums.metrics[k] += partial.metrics[k];
  }
  slice.sums.rows += batch.rows;
  ++slice.steps_taken;
  rows_since_kept_ += batch.rows;
  optimizer_->Advance();
  go_on_ = slice.steps_taken < slice.steps && batch.first + batch.rows < order_.size() &&
           !slice.stop->load(std::memory_order_relaxed) && ClockAllows(slice);
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

bool Trainer::WeightsFinite(Team& team) {
  const auto rank = static_cast<std::size_t>(team.rank());
  const auto [first, end] = Share(live_->size(), rank, static_cast<std::size_t>(team.size()));
  partials_[rank].finite = ActiveKernels().all_finite(live_->data() + first, end - first);
  team.Meet();
  const bool finite = AllPartialsFinite();
  team.Meet();
  return finite;
}

void Trainer::Keep(Team& team) {
  if (!WeightsFinite(team)) return;  // the first step will say so
  const auto [first, end] =
      Share(live_->size(), static_cast<std::size_t>(team.rank()), static_cast<std::size_t>(team.size()));
  std::copy(live_->begin() + static_cast<std::ptrdiff_t>(first),
            live_->begin() + static_cast<std::ptrdiff_t>(end),
            kept_.begin() + static_cast<std::ptrdiff_t>(first));
  if (team.rank() == 0) rows_since_kept_ = 0;
}

// After a blow-up, on rank 0 alone: weights from the last copy if they are spoilt, velocities and moments
// from nothing if they are.
void Trainer::Repair(bool weights) {
  if (weights) std::copy(kept_.begin(), kept_.end(), live_->begin());
  const auto finite = [](const Vector& slot) { return ActiveKernels().all_finite(slot.data(), slot.size()); };
  if (!weights && std::all_of(slots_.begin(), slots_.end(), finite)) return;
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
