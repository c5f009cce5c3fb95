#include "train/trainer.h"

#include <algorithm>
#include <utility>

#include "math/error.h"
#include "train/check.h"
#include "train/lbfgs_driver.h"
#include "train/optimizer_driver.h"
#include "train/plan.h"

namespace mlp {

Trainer::Trainer(const Network& network, const Vector& weights, Training training)
    : network_(network),
      training_(std::move(training)),
      updates_(network, training_),
      epoch_(training_.mean, network.spec().seed),
      step_(network, training_, epoch_, updates_) {
  if (training_.optimizer) {
    driver_ = std::make_unique<OptimizerDriver>(network, weights, training_, epoch_, step_, updates_);
  } else {
    driver_ = std::make_unique<LbfgsDriver>(network, training_, epoch_, step_);
  }
}

std::size_t Trainer::Begin(const std::shared_ptr<const Dataset>& data, const EpochOptions& options) {
  CheckInputs(network_, *data);
  CheckTargets(training_.loss, *data);
  if (step_.lowest_trained() == network_.layers().size()) throw Error("ERR_ARGUMENT", "No layer is trained.");
  data_.reset();  // until all is ready: memory may run out below, and then there is no epoch
  const std::size_t batches = epoch_.Begin(*data, options, driver_->batches_per_update());
  const bool needs_whole_gradient = driver_->needs_whole_gradient() || options.gradient_norms;
  step_.Prepare(*data, CutShares(needs_whole_gradient), needs_whole_gradient, updates_.tensor_count());
  driver_->BeginEpoch();
  data_ = data;
  return batches;
}

// Where all shares meet within a phase each has a thread of its own. Otherwise numbers of threads are tried,
// unless a step takes so long that a trial would cost more than it could gain.
ShareCut Trainer::CutShares(bool needs_whole_gradient) {
  constexpr double kLongStep = 5e7;  // multiply-adds
  const std::size_t batch = epoch_.batch_size();
  const auto weights = static_cast<double>(network_.weight_count());
  const double multiply_adds = 3 * static_cast<double>(batch) * weights;
  const std::size_t statistics_layers = MeetingLayers(network_).size();
  const bool has_norm_constraints = HasNormConstraints(network_);
  const bool meets = statistics_layers > 0 || needs_whole_gradient || has_norm_constraints;
  const std::size_t meetings =
      2 + 2 * statistics_layers + (needs_whole_gradient ? 1 : 0) + (has_norm_constraints ? 1 : 0);
  const int threads = epoch_.options().threads, cores = ComputePool::Cores();
  const int likely = ChooseThreads(multiply_adds, weights, batch, cores, meetings);
  const bool tries = threads == 0 && !meets && multiply_adds < kLongStep;
  const int most = threads > 0 ? threads : tries ? MostShares(multiply_adds, batch, cores) : likely;
  // Shares that do not meet within a phase need no thread each: more threads than cores would only wait.
  pace_.Start(meets ? most : std::min(most, cores), likely, tries);
  ShareCut cut;
  cut.shares = static_cast<std::size_t>(most);
  cut.layers_by_inputs = LayersByInputs(network_, batch, cut.shares);
  cut.gradients_by_rows = cut.layers_by_inputs == 0 && GradientsByRows(network_, batch, cut.shares);
  return cut;
}

void Trainer::Run(Team& team, Weights& weights, TrainSlice& slice) {
  if (team.rank() == 0) {
    const AsRank0 role(team);
    TryToStart(weights, slice);
  }
  team.Meet();
  if (failure_) {
    if (team.rank() == 0) std::rethrow_exception(failure_);
    return;
  }
  // How long the others took to come is no part of a step's time.
  if (team.rank() == 0) clock_.Start(slice.budget_ms, pace_.budget_ms());
  const std::size_t rows_done = driver_->Run(team, weights, slice, clock_, has_step_.get());
  if (team.rank() == 0) {
    pace_.Count(rows_done, clock_.elapsed_ms());
    weights.EndSlice();
  }
}

// An exception must not keep rank 0 from the meeting where the others wait.
void Trainer::TryToStart(Weights& weights, const TrainSlice& slice) {
  failure_ = nullptr;
  try {
    has_step_.Set(StartSlice(weights, slice));
  } catch (...) {
    failure_ = std::current_exception();
  }
}

bool Trainer::StartSlice(Weights& weights, const TrainSlice& slice) {
  Vector& live = weights.BeginSlice();
  step_.BeginSlice(live);
  epoch_.BeginSlice(*slice.data);
  driver_->BeginSlice(live);
  return slice.steps > 0 && epoch_.position() < epoch_.rows() && !slice.stop->load(std::memory_order_relaxed);
}

std::size_t Trainer::bytes() const {
  std::size_t numbers = step_.numbers();
  for (const Vector& slot : updates_.slots()) numbers += slot.size();
  return numbers * sizeof(Real) + driver_->bytes() + epoch_.bytes();
}

}  // namespace mlp
