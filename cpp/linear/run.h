#ifndef PERCEPTRA_LINEAR_RUN_H_
#define PERCEPTRA_LINEAR_RUN_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "linear/unit.h"
#include "math/compute_pool.h"
#include "train/dataset.h"

namespace mlp {

// The weights of all units of a run, in flat tables with one row per unit.
struct LinearState {
  DoubleVector weights, intercepts;  // (units, features), (units)
  DoubleVector average_weights;      // the same, or empty without averaging
  DoubleVector average_intercepts;   // (units)
};

// Training data.
struct LinearData {
  std::shared_ptr<const Dataset> x;
  DoubleVector targets;  // (rows): values, or class numbers
  DoubleVector weights;  // (rows), or empty: 1
  // (units): factors of the weights, for rows of the unit's class and for all other rows.
  std::vector<double> unit_class, other_classes;
};

// Throws Error if sizes do not fit. `targets`, `row_weights`: how many there are, or will be, in `data`.
void CheckSizes(const LinearSpec& spec, const LinearData& data, const LinearState& from, std::size_t targets,
                std::size_t row_weights);

// Trains a linear model, epoch by epoch, in slices. Units learn independently of each other, so they are
// shared out over threads, and results do not depend on the number of threads.
class LinearRun {
 public:
  // Throws Error if sizes do not fit. `steps` is 1 + the number of steps of all earlier runs.
  LinearRun(const LinearSpec& spec, LinearData data, const LinearState& from, double steps);
  LinearRun(const LinearRun&) = delete;
  LinearRun& operator=(const LinearRun&) = delete;

  int threads() const { return static_cast<int>(thread_states_.size()); }
  const LinearSpec& spec() const { return spec_; }
  std::size_t features() const { return data_.x->columns(); }

  // `rates` and `active`: one per unit; a unit that is not active does not learn. `epoch` names the shuffle.
  void BeginEpoch(std::uint32_t epoch, bool shuffle, std::span<const double> rates,
                  std::span<const std::uint8_t> active);
  // On each of threads() threads, until the epoch, the time or `stop` ends it; allocates nothing.
  void Train(Team& team, double budget_ms, const std::atomic<bool>& stop);
  // Between two slices.
  bool EpochDone() const;
  std::size_t RowsDone() const;
  bool Finite() const;
  const std::vector<LinearUnit>& units() const { return units_; }
  LinearState Read() const;

 private:
  // Written by one thread; on cache lines of its own.
  struct alignas(64) ThreadState {
    std::size_t position = 0;  // in order_
    DoubleVector rows;         // a block of them
  };

  void DrawOrder();
  void Learn(LinearUnit& unit, std::size_t index, const double* x, std::size_t first, std::size_t rows);
  const double* GatherBlock(ThreadState& state, std::size_t rows) const;
  std::size_t BlockRows() const;

  LinearSpec spec_;
  LinearData data_;
  std::vector<LinearUnit> units_;
  std::vector<std::uint8_t> active_;
  std::vector<ThreadState> thread_states_;
  AlignedVector<std::uint32_t> order_;
  bool shuffle_ = false, order_is_drawn_ = false;
  std::uint32_t epoch_ = 0;
};

// out (rows, units) = x w + b for rows of x: in double precision, in the order of the rows.
void LinearScores(double* out, const LinearState& state, const double* x, std::size_t rows);

}  // namespace mlp

#endif  // PERCEPTRA_LINEAR_RUN_H_
