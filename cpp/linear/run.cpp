#include "linear/run.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <utility>

#include "math/error.h"
#include "math/kernels.h"
#include "math/random.h"

namespace mlp {
namespace {

// Bounds on a block: it stays in the L2 cache while all units of a thread read it, and takes well below a
// millisecond.
constexpr std::size_t kBlockNumbers = 16384;
constexpr std::size_t kBlockRows = 256;

// What training gets between urgent jobs that come without a pause.
constexpr double kLeastMs = 4;

void Check(bool fits, const char* what) {
  if (!fits) throw Error("ERR_ARGUMENT", std::string("A run of a linear model needs ") + what + ".");
}

UnitState StateOf(LinearState& state, std::size_t unit, std::size_t features) {
  const auto row = [&](DoubleVector& table) {
    return table.empty() ? std::span<double>() : std::span(table.data() + unit * features, features);
  };
  return {row(state.weights), state.intercepts[unit], row(state.average_weights),
          state.average_intercepts[unit]};
}

}  // namespace

void CheckSizes(const LinearSpec& spec, const LinearData& data, const LinearState& from, std::size_t targets,
                std::size_t row_weights) {
  const std::size_t rows = data.x->rows(), weights = spec.units * data.x->columns();
  Check(spec.units > 0, "a unit");
  Check(targets == rows, "one target for each row");
  Check(row_weights == 0 || row_weights == rows, "one weight for each row");
  Check(data.unit_class.size() == spec.units && data.other_classes.size() == spec.units,
        "two class weights for each unit");
  Check(from.weights.size() == weights && from.intercepts.size() == spec.units, "weights for each unit");
  Check(from.average_weights.size() == (spec.average > 0 ? weights : 0) &&
            from.average_intercepts.size() == spec.units,
        "averaged weights for each unit");
}

LinearRun::LinearRun(const LinearSpec& spec, LinearData data, const LinearState& from, double steps)
    : spec_(spec), data_(std::move(data)), active_(spec.units, 0), order_(data_.x->rows()) {
  CheckSizes(spec_, data_, from, data_.targets.size(), data_.weights.size());
  LinearState start = from;
  units_.reserve(spec_.units);
  for (std::size_t k = 0; k < spec_.units; ++k) {
    units_.emplace_back(spec_, StateOf(start, k, features()), steps);
  }
  const auto threads =
      std::clamp<std::size_t>(static_cast<std::size_t>(std::max(spec_.threads, 1)), 1, spec_.units);
  thread_states_ = std::vector<ThreadState>(threads);
  for (ThreadState& state : thread_states_) state.rows.resize(BlockRows() * features());
}

std::size_t LinearRun::BlockRows() const {
  return std::clamp<std::size_t>(kBlockNumbers / features(), 1, kBlockRows);
}

void LinearRun::BeginEpoch(std::uint32_t epoch, bool shuffle, std::span<const double> rates,
                           std::span<const std::uint8_t> active) {
  Check(rates.size() == spec_.units && active.size() == spec_.units, "a rate for each unit");
  epoch_ = epoch;
  shuffle_ = shuffle;
  order_is_drawn_ = false;
  std::copy(active.begin(), active.end(), active_.begin());
  for (std::size_t k = 0; k < units_.size(); ++k) {
    if (active_[k] != 0) units_[k].BeginEpoch(rates[k]);
  }
  for (ThreadState& state : thread_states_) state.position = 0;
}

// In the first slice of an epoch: on a compute thread, since a long permutation takes time.
void LinearRun::DrawOrder() {
  if (order_is_drawn_) return;
  if (shuffle_) {
    Random random(spec_.seed, RandomPurpose::kShuffle, epoch_);
    Permute(order_, random);
  } else {
    std::iota(order_.begin(), order_.end(), 0u);
  }
  order_is_drawn_ = true;
}

void LinearRun::Train(Team& team, double budget_ms, const std::atomic<bool>& stop) {
  const auto start = std::chrono::steady_clock::now();
  team.Prepare([this] { DrawOrder(); });
  const auto rank = static_cast<std::size_t>(team.rank()), size = thread_states_.size();
  ThreadState& state = thread_states_[rank];
  while (state.position < order_.size() && !stop.load(std::memory_order_relaxed)) {
    const std::size_t rows = std::min(BlockRows(), order_.size() - state.position);
    const double* const x = GatherBlock(state, rows);
    for (std::size_t k = rank; k < units_.size(); k += size) {
      if (active_[k] == 0) continue;
      Learn(units_[k], k, x, state.position, rows);
      if (state.position + rows == order_.size()) units_[k].EndEpoch();
    }
    state.position += rows;
    const std::chrono::duration<double, std::milli> elapsed = std::chrono::steady_clock::now() - start;
    if (elapsed.count() >= budget_ms || (elapsed.count() > kLeastMs && team.UrgentWaits())) break;
  }
}

const double* LinearRun::GatherBlock(ThreadState& state, std::size_t rows) const {
  if (!shuffle_) return data_.x->ReadDoubles(state.position, rows, state.rows);
  data_.x->GatherDoubles(state.rows.data(), {order_.data() + state.position, rows});
  return state.rows.data();
}

void LinearRun::Learn(LinearUnit& unit, std::size_t index, const double* x, std::size_t first,
                      std::size_t rows) {
  // A single unit is for the second of two classes.
  const auto unit_class = static_cast<double>(spec_.units == 1 ? 1 : index);
  for (std::size_t i = 0; i < rows; ++i) {
    const std::size_t row = order_[first + i];
    const double target = data_.targets[row];
    const double weight = data_.weights.empty() ? 1 : data_.weights[row];
    if (spec_.classes) {
      const bool is_unit_class = target == unit_class;
      unit.Learn(x + i * features(), is_unit_class ? 1 : unit.negative(),
                 weight * (is_unit_class ? data_.unit_class : data_.other_classes)[index]);
    } else {
      unit.Learn(x + i * features(), target, weight);
    }
  }
}

bool LinearRun::EpochDone() const { return RowsDone() == order_.size(); }

std::size_t LinearRun::RowsDone() const {
  std::size_t least = order_.size();
  for (const ThreadState& state : thread_states_) least = std::min(least, state.position);
  return least;
}

bool LinearRun::Finite() const {
  return std::all_of(units_.begin(), units_.end(), [](const LinearUnit& unit) { return unit.Finite(); });
}

LinearState LinearRun::Read() const {
  const std::size_t weights = spec_.units * features();
  LinearState state{DoubleVector(weights), DoubleVector(spec_.units),
                    DoubleVector(spec_.average > 0 ? weights : 0), DoubleVector(spec_.units)};
  for (std::size_t k = 0; k < units_.size(); ++k) units_[k].Read(StateOf(state, k, features()));
  return state;
}

void LinearScores(double* out, const LinearState& state, const double* x, std::size_t rows) {
  const std::size_t units = state.intercepts.size(), features = state.weights.size() / units;
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t k = 0; k < units; ++k) {
      out[i * units + k] =
          ActiveKernels().wide_dot(state.weights.data() + k * features, x + i * features, features) +
          state.intercepts[k];
    }
  }
}

}  // namespace mlp
