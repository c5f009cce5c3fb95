#include "train/trainer.h"

#include <string>
#include <utility>

#include "math/error.h"
#include "train/check.h"
#include "train/lbfgs_driver.h"
#include "train/optimizer_driver.h"
#include "train/plan.h"
#include "train/tensor_rules.h"

namespace mlp {

Trainer::Trainer(const Network& network, Weights& weights, Training training)
    : network_(network),
      training_(std::move(training)),
      updates_(network, training_),
      epoch_(training_.mean, network.spec().seed, network.members()),
      step_(network, training_, epoch_, updates_) {
  if (training_.optimizer) {
    driver_ = std::make_unique<OptimizerDriver>(network, weights, training_, epoch_, step_, updates_);
  } else {
    driver_ = std::make_unique<LbfgsDriver>(network, training_, epoch_, step_);
  }
}

std::size_t Trainer::Begin(const std::shared_ptr<const Dataset>& data, const EpochOptions& options) {
  CheckInputs(network_, *data);
  // A rank of a group may have no rows, and so no targets.
  if (group_ == nullptr && data->rows() == 0) throw Error("ERR_ARGUMENT", "An epoch has at least one row.");
  if (data->rows() > 0) CheckTargets(training_.loss, *data);
  if (step_.lowest_trained() == network_.layers().size()) throw Error("ERR_ARGUMENT", "No layer is trained.");
  data_.reset();  // there is no epoch if memory runs out below
  const std::size_t batches = epoch_.Begin(*data, options, driver_->batches_per_update());
  const bool needs_whole_gradient =
      driver_->needs_whole_gradient() || options.gradient_norms || group_ != nullptr;
  const ShareCut cut = CutShares(needs_whole_gradient);
  if (cut.tiles != step_.cut().tiles) packed_version_ = 0;
  step_.Prepare(*data, cut, needs_whole_gradient, updates_.tensor_count());
  driver_->BeginEpoch();
  data_ = data;
  if (IsVerbose() && log_ != nullptr) LogSteps(epoch_.rows());
  return batches;
}

void Trainer::BeginRun(std::shared_ptr<AllReduce> group) {
  group_ = std::move(group);
  epoch_.SetGroup(group_.get());
  // Ranks copy weights to go back to after the same steps, whatever each has trained before.
  if (group_ != nullptr) driver_->WeightsChanged();
  driver_->BeginRun();
}

void Trainer::EndRun(Weights& weights) {
  driver_->EndRun(weights);
  group_ = nullptr;
  epoch_.SetGroup(nullptr);
}

ShareCut Trainer::CutShares(bool needs_whole_gradient) {
  const EpochOptions& options = epoch_.options();
  const std::size_t meetings = 2 + 2 * LayersWithStatistics(network_).size() +
                               (needs_whole_gradient ? 1 : 0) + (HasNormConstraints(network_) ? 1 : 0);
  const StepPlan plan = PlanStep(network_, {epoch_.batch_size(), options.threads, meetings, training_.tiles},
                                 options.machine ? &*options.machine : nullptr);
  tuner_.Start(plan.most_threads, plan.threads, plan.has_trials);
  return {.rows = plan.rows,
          .slabs = plan.slabs,
          .layers_by_inputs = plan.layers_by_inputs,
          .inputs = plan.layers_by_inputs > 0 ? plan.shares : 0,
          .gradients_by_rows = plan.gradients_by_rows,
          .tiles = plan.tiles};
}

// A thread in Run. The last thread to leave, by an exception or not, ends the slice: then no thread writes to
// the weights, and readers share them.
class Trainer::Presence {
 public:
  Presence(Trainer& trainer, Weights& weights) : trainer_(trainer), weights_(weights) { ++trainer_.present_; }
  ~Presence() {
    if (--trainer_.present_ > 0) return;
    if (trainer_.group_ != nullptr) EndSums();
    weights_.EndSlice();
  }
  Presence(const Presence&) = delete;
  Presence& operator=(const Presence&) = delete;

 private:
  // A slice that an exception ended may have begun sums, which write to its gradient.
  void EndSums() {
    try {
      trainer_.group_->FinishSums();
    } catch (const std::exception&) {  // the slice has thrown too
    }
  }

  Trainer& trainer_;
  Weights& weights_;
};

void Trainer::Run(Team& team, Weights& weights, TrainSlice& slice) {
  const Presence presence(*this, weights);
  team.Prepare([&] {
    const AsRank0 role(team);
    has_step_.Set(StartSlice(team, weights, slice));
  });
  // The clock starts after the first meeting: the time until all threads have come is not that of a step.
  if (team.rank() == 0) clock_.Start(slice.budget_ms, tuner_.budget_ms(), team);
  if (must_pack_.get()) step_.PackWeights(team);
  const std::size_t rows_done = driver_->Run(team, weights, slice, clock_, has_step_.get());
  if (team.rank() == 0) {
    tuner_.Count(rows_done, clock_.elapsed_ms());
    const bool complete = slice.finite && !slice.stop->load(std::memory_order_relaxed);
    if (step_.cut().tiles != nullptr && complete) packed_version_ = weights.version();
    if (IsVerbose() && log_ != nullptr) LogThreads();
  }
}

// Allocates what the steps write to. Returns false if there is no step to take.
bool Trainer::StartSlice(const Team& team, Weights& weights, TrainSlice& slice) {
  slice.sums.metrics.reserve(metrics().count());
  if (epoch_.options().gradient_norms) slice.sums.gradient_norms.reserve(updates_.tensor_count());
  slice.earlier_epochs.reserve((slice.epochs - 1) * (2 + metrics().count()));
  updates_.MakeSlots();
  driver_->PrepareSlice(weights);
  Vector& live = weights.BeginSlice();
  step_.BeginSlice(live, static_cast<std::size_t>(team.size()));
  epoch_.BeginSlice(*slice.data);
  driver_->BeginSlice(live);
  // The steps of a slice keep the packs up to date; beginning a slice counts as one change.
  must_pack_.Set(step_.cut().tiles != nullptr && weights.version() != packed_version_ + 1);
  packed_version_ = 0;
  return slice.steps > 0 && epoch_.position() < epoch_.end() && !slice.stop->load(std::memory_order_relaxed);
}

// The last batch of an epoch may be smaller than the others.
void Trainer::LogSteps(std::size_t rows) {
  const std::string threads = (tuner_.has_trials() ? "1-" : "") + std::to_string(tuner_.most());
  const std::size_t batch = epoch_.batch_size();
  step_.Log(*log_, batch, threads);
  if (rows > batch && rows % batch > 0) step_.Log(*log_, rows % batch, threads);
  LogThreads();
}

// During a trial nothing is written.
void Trainer::LogThreads() {
  if (!tuner_.settled()) return;
  const char* const reason = tuner_.has_trials() ? "trial" : epoch_.options().threads > 0 ? "option" : "size";
  log_->Write("threads", "batch=" + std::to_string(epoch_.batch_size()) +
                             " shares=" + std::to_string(step_.cut().slabs) +
                             " threads=" + std::to_string(tuner_.threads()) +
                             " of=" + std::to_string(tuner_.most()) + " by=" + reason);
}

std::size_t Trainer::bytes() const {
  return (step_.numbers() + updates_.numbers()) * sizeof(Real) + driver_->bytes() + epoch_.bytes();
}

}  // namespace mlp
