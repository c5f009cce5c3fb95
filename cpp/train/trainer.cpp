#include "train/trainer.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "math/error.h"
#include "math/random.h"
#include "train/check.h"

namespace mlp {
namespace {

double Milliseconds(std::chrono::steady_clock::duration d) {
  return std::chrono::duration<double, std::milli>(d).count();
}

}  // namespace

Trainer::Trainer(const Network& network, const Vector& weights, Training training)
    : network_(network),
      training_(std::move(training)),
      meetings_(MeetingLayers(network)),
      floor_(network.first_trained()),
      kept_(weights) {
  const UpdateRules& rules = training_.rules;
  const bool all_plain = rules.clip_value == 0 && rules.weight_decay == 0 && rules.ema == 0;
  for (std::size_t l = 0; l < network.layers().size(); ++l) {
    std::vector<Part>& parts = parts_.emplace_back();
    for (const Tensor& tensor : network.layers()[l]->tensors()) {
      const auto& [regularizer, constraint] = tensor.rules;
      const bool plain = all_plain && regularizer.l1 == 0 && regularizer.l2 == 0 &&
                         constraint.kind != ConstraintKind::kNonNegative;
      has_regularizers_ = has_regularizers_ || regularizer.l1 > 0 || regularizer.l2 > 0;
      parts.push_back({tensors_++, static_cast<Real>(network.spec_of(l).rate_factor), plain});
      has_norm_constraints_ = has_norm_constraints_ || constraint.kind == ConstraintKind::kMaxNorm ||
                              constraint.kind == ConstraintKind::kUnitNorm;
    }
  }
  if (training_.optimizer == nullptr) {
    lbfgs_ = std::make_unique<Lbfgs>(network.weight_count(), training_.lbfgs);
  } else {
    slots_.assign(training_.optimizer->slots() + (rules.ema > 0 ? 1 : 0), Vector(network.weight_count()));
    ResetSlots();
  }
}

std::size_t Trainer::Begin(const std::shared_ptr<const Dataset>& data, const EpochOptions& options) {
  CheckInputs(network_, *data);
  CheckTargets(training_.loss, *data);
  if (floor_ == network_.layers().size()) throw Error("ERR_ARGUMENT", "No layer is trained.");
  data_.reset();  // until all is ready: memory may run out below, and then there is no epoch
  const std::size_t rows = data->rows();
  order_.resize(rows);
  options_ = options;
  order_is_due_ = true;
  position_ = 0;

  const std::size_t batch = std::min(options.batch_size, rows);
  if (!workspace_ || batch_size_ != batch) workspace_ = std::make_unique<Workspace>(network_, batch);
  batch_size_ = batch;
  values_.resize(training_.loss.reads_classes() ? 0 : batch * training_.loss.target_columns());
  classes_.resize(training_.loss.reads_classes() ? batch : 0);
  row_weights_.resize(data->has_weights() ? batch : 0);
  epoch_scale_ = 1 / (data->has_weights() && training_.mean == Mean::kWeights ? data->weight_sum()
                                                                              : static_cast<double>(rows));
  needs_all_gradients_ = lbfgs_ || training_.rules.clip_norm > 0 || training_.rules.global_clip_norm > 0 ||
                         training_.rules.accumulation_steps > 1 || options.gradient_norms;
  if (needs_all_gradients_ && gradient_.empty()) gradient_.assign(network_.weight_count(), Real(0));
  squares_.resize(tensors_);
  pass_ = {};
  pass_.metrics.resize(metrics().count());

  CutShares();
  ResizeSums();
  for (Partial& partial : partials_) {
    partial.metrics.resize(metrics().count());
    partial.scratch.resize(ScratchNumbers());
    partial.squares.resize(tensors_);
    partial.meetings.resize(network_.layers().size());
    for (const std::size_t l : meetings_) {
      const Layer& layer = *network_.layers()[l];
      partial.meetings[l].forward.resize(layer.sums());
      partial.meetings[l].backward.resize(layer.sums());
      partial.meetings[l].shared.resize(layer.shared());
      partial.total.resize(std::max(partial.total.size(), layer.sums()));
    }
  }
  const std::size_t batches = (rows + batch - 1) / batch;
  span_ = batch * (lbfgs_ ? batches : std::min(training_.rules.accumulation_steps, batches));
  data_ = data;
  if (IsVerbose() && log_ != nullptr) SayHow(rows);
  return batches;
}

void Trainer::CutShares() {
  const std::size_t meetings =
      2 + 2 * meetings_.size() + (needs_all_gradients_ ? 2 : 0) + (has_norm_constraints_ ? 1 : 0);
  const StepPlan plan = PlanStep(network_, {batch_size_, options_.threads, meetings},
                                 options_.machine ? &*options_.machine : nullptr);
  tuner_.Start(plan.most_threads, plan.threads, plan.tries);
  by_rows_ = plan.by_rows;
  if (slabs_.size() == plan.shares && plan.by_inputs == by_inputs_) return;
  slabs_.clear();
  partials_ = std::vector<Partial>(plan.shares);
  by_inputs_ = plan.by_inputs;
  slabs_ = CutSlabs(network_, plan.shares, plan.by_inputs);
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

// Of a layer and the one above: while parts of one are added up, others of the next are written.
void Trainer::ResizeSums() {
  std::size_t widest = 0;
  for (std::size_t l = 0; l < by_inputs_; ++l) widest = std::max(widest, network_.layers()[l]->outputs());
  for (std::size_t k = 0; k < sums_.size(); ++k)
    sums_[k].resize(k < by_inputs_ ? shares() * batch_size_ * widest : 0);
  if (!by_rows_) shares_gradients_ = {};
  if (by_rows_) shares_gradients_.resize(shares() * gradient_stride());
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

// REQUIRES: the order is drawn.
Trainer::Batch Trainer::BatchAt(std::size_t first) const {
  const std::size_t rows = order_.size(), begin = first - first % span_;
  const std::size_t update_rows = std::min(span_, rows - begin);
  Batch batch{first, std::min(batch_size_, rows - first), epoch_scale_, update_rows, first == begin, false};
  batch.closes = first + batch.rows == begin + update_rows;
  if (lbfgs_) return batch;
  const double weight =
      training_.mean == Mean::kWeights ? WeightOf(begin, update_rows) : static_cast<double>(update_rows);
  batch.scale = weight > 0 ? 1 / weight : 0;
  return batch;
}

double Trainer::WeightOf(std::size_t first, std::size_t rows) const {
  if (!reading_->has_weights()) return static_cast<double>(rows);
  double sum = 0;
  for (std::size_t r = first; r < first + rows; ++r) sum += reading_->weight(order_[r]);
  return sum;
}

// A thread in Run. The last one to leave, by an exception or not, ends the slice: others may then read the
// weights, and no thread writes to them any more.
class Trainer::Presence {
 public:
  Presence(Trainer& trainer, Weights& weights) : trainer_(trainer), weights_(weights) { ++trainer_.present_; }
  ~Presence() {
    if (--trainer_.present_ == 0) weights_.EndSlice();
  }
  Presence(const Presence&) = delete;
  Presence& operator=(const Presence&) = delete;

 private:
  Trainer& trainer_;
  Weights& weights_;
};

void Trainer::Run(Team& team, Weights& weights, TrainSlice& slice) {
  const Presence presence(*this, weights);
  team.Prepare([&] { go_on_ = StartSlice(weights, slice); });
  // How long the others took to come is no part of a step's time.
  if (team.rank() == 0) start_ = std::chrono::steady_clock::now();
  // Weights that are spoilt already show at the latest here, where activations may hide them from the loss.
  const bool intact = !keep_ || Keep(team);
  if (!intact && team.rank() == 0) slice.finite = false;
  std::size_t first = position_, rows_done = 0;
  while (intact && go_on_) {
    const Batch batch = BatchAt(first);
    if (team.rank() == 0 && training_.optimizer) {
      rate_ = slice.rates.size() == 1 ? slice.rates[0] : slice.rates[slice.updates];
      training_.optimizer->Prepare(rate_);
      // The average of one is that one.
      average_momentum_ = steps() == 0 ? Real(0) : static_cast<Real>(training_.rules.ema);
    }
    ForwardByInputs(team, batch);
    Rows(team, batch, *slice.stop);
    team.Meet();
    if (AnyStopped()) break;
    if (by_inputs_ > 1) BackwardByInputs(team, batch);
    // A line search deals with a loss that is not finite by a shorter step.
    if (!lbfgs_ && !AllPartialsFinite()) {
      if (team.rank() == 0) slice.finite = false;
      break;
    }
    Slabs(team, batch, *slice.stop);
    // The penalties of an epoch are told with it: all must have added theirs.
    if (has_regularizers_ && MayGoOn(slice, batch)) team.Meet();
    if (team.rank() == 0) go_on_ = CountStep(slice, batch);
    team.Meet();
    first = next_;
    rows_done += batch.rows;
    if (team.rank() == 0) weights.AfterStep();
  }
  const bool due = first == order_.size() || rows_done >= kRowsWorthALook;
  if (!intact || (!lbfgs_ && (due || !AllPartialsFinite()))) {
    team.Meet();
    const bool sound = SoundState(team);
    if (team.rank() == 0) {
      if (!sound) slice.finite = false;
      if (!slice.finite) Repair(slice);
    }
  }
  if (team.rank() == 0) {
    if (!lbfgs_) {
      slice.sums.penalty = TakePenalties();
      slice.sums.loss += slice.sums.penalty;
    }
    if (rows_done > 0) position_ = first;  // others may still read where they began
    tuner_.Count(rows_done, Milliseconds(std::chrono::steady_clock::now() - start_));
    if (IsVerbose() && log_ != nullptr) SayThreads();
  }
}

// Makes room for what the steps write, so that none of them allocates; false when there is no step to take.
bool Trainer::StartSlice(Weights& weights, TrainSlice& slice) {
  if (options_.gradient_norms) slice.sums.gradient_norms.reserve(tensors_);
  slice.finished.reserve((slice.epochs - 1) * (2 + metrics().count()));
  live_ = &weights.BeginSlice();
  reading_ = slice.data.get();
  if (order_is_due_) Order();
  if (lbfgs_ && !lbfgs_begun_) {
    lbfgs_->Start({live_->data(), live_->size()});
    lbfgs_begun_ = true;
  }
  // Between two iterations the best point stands there.
  if (lbfgs_) Put(lbfgs_->point(), live_->data());
  next_look_ = 1;
  keep_ = rows_since_kept_ >= kRowsBetweenCopies;
  for (Partial& partial : partials_) {
    partial.finite = true;
    partial.penalties = 0;
  }
  return slice.steps > 0 && position_ < order_.size() && !slice.stop->load(std::memory_order_relaxed);
}

// On rank 0, before the meeting that ends a step: whether there is another.
bool Trainer::CountStep(TrainSlice& slice, const Batch& batch) {
  next_ = batch.first + batch.rows;
  if (slice.stop->load(std::memory_order_relaxed)) return false;
  const auto rows = static_cast<double>(batch.update_rows);
  Sums& sums = lbfgs_ ? pass_ : slice.sums;
  for (const Partial& partial : partials_) {
    // A pass of L-BFGS adds up the loss itself, a run of steps the mean losses of updates, each times its
    // rows. Others may still add to the penalties of a step: those of a run are added at its end, or an
    // epoch's.
    sums.loss += lbfgs_ ? partial.loss * batch.scale + partial.penalty : partial.loss * batch.scale * rows;
    for (std::size_t k = 0; k < metrics().count(); ++k) sums.metrics[k] += partial.metrics[k];
  }
  ++slice.steps_taken;
  if (lbfgs_) return (!batch.closes || !EndPass(slice)) && ClockAllows(slice);
  sums.rows += batch.rows;
  rows_since_kept_ += batch.rows;
  ++steps_since_kept_;
  if (batch.closes) {
    training_.optimizer->Advance();
    ++slice.updates;
    CountNorms(slice);
  }
  slice.epoch_done = next_ == order_.size() && !(MayGoOn(slice, batch) && GoOn(slice));
  return slice.steps_taken < slice.steps && !slice.epoch_done && ClockAllows(slice);
}

// Whether the step is an epoch's last in a slice that may go on to the next; all threads come to the same
// answer. Where a gradient's norms are asked for they are an epoch's.
bool Trainer::MayGoOn(const TrainSlice& slice, const Batch& batch) const {
  return slice.epochs > 1 && !lbfgs_ && !options_.gradient_norms && batch.first + batch.rows == order_.size();
}

// At an epoch's end, on rank 0: whether the slice goes on to the next.
bool Trainer::GoOn(TrainSlice& slice) {
  const bool may =
      slice.finished.size() < (slice.epochs - 1) * (2 + metrics().count()) && slice.steps_taken < slice.steps;
  if (!may) return false;
  const double penalty =
      has_regularizers_ ? TakePenalties() : 0;  // else others may be in the middle of a step
  slice.finished.push_back(slice.sums.loss + penalty);
  slice.finished.push_back(penalty);
  slice.finished.insert(slice.finished.end(), slice.sums.metrics.begin(), slice.sums.metrics.end());
  slice.sums.loss = 0;
  slice.sums.rows = 0;
  std::fill(slice.sums.metrics.begin(), slice.sums.metrics.end(), 0.0);
  next_ = 0;
  ++options_.epoch;
  Order();
  return true;
}

// What all have added to the penalties so far; they begin anew. REQUIRES: nobody adds to them.
double Trainer::TakePenalties() {
  double sum = 0;
  for (Partial& partial : partials_) sum += std::exchange(partial.penalties, 0.0);
  return sum;
}

// Adds the norms of the gradients of the update just made.
void Trainer::CountNorms(TrainSlice& slice) {
  if (!options_.gradient_norms) return;
  slice.sums.gradient_norms.resize(tensors_);
  for (std::size_t t = 0; t < tensors_; ++t) slice.sums.gradient_norms[t] += std::sqrt(squares_[t]);
}

// Reading the clock costs a tiny net a good part of a step: it is read about once in 50 microseconds.
bool Trainer::ClockAllows(const TrainSlice& slice) {
  if (slice.steps_taken < next_look_) return true;
  const double elapsed = Milliseconds(std::chrono::steady_clock::now() - start_);
  const double per_step = elapsed / static_cast<double>(slice.steps_taken);
  next_look_ =
      slice.steps_taken + static_cast<std::size_t>(std::clamp(0.05 / (per_step + 1e-6), 1.0, 1000.0));
  return elapsed < slice.budget_ms && elapsed < tuner_.budget_ms();
}

std::size_t Trainer::bytes() const {
  const auto numbers = [](const auto& vectors) {
    return std::accumulate(vectors.begin(), vectors.end(), std::size_t{0},
                           [](std::size_t sum, const Vector& v) { return sum + v.size(); });
  };
  std::size_t count = numbers(slots_) + numbers(sums_) + shares_gradients_.size() + kept_.size() +
                      values_.size() + gradient_.size();
  if (workspace_) count += workspace_->numbers();
  if (lbfgs_) count += lbfgs_->bytes() / sizeof(Real);
  return count * sizeof(Real) + order_.size() * sizeof(std::uint32_t);
}

}  // namespace mlp
