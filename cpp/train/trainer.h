#ifndef PERCEPTRA_TRAIN_TRAINER_H_
#define PERCEPTRA_TRAIN_TRAINER_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <span>
#include <vector>

#include "math/compute_pool.h"
#include "nn/loss.h"
#include "nn/network.h"
#include "optim/optimizer.h"
#include "train/dataset.h"
#include "train/metrics.h"
#include "train/plan.h"
#include "train/weights.h"

namespace mlp {

// Sums over rows.
struct Sums {
  std::size_t rows = 0;
  double loss = 0;
  std::vector<double> metrics;
};

// One request for steps, and its answer.
struct TrainSlice {
  std::shared_ptr<const Dataset> data;      // of the epoch: Trainer::data()
  std::size_t steps = 0;                    // at most
  std::vector<double> rates;                // one a step, or one for all
  double budget_ms = 0;                     // stops after the step in which it is spent
  const std::atomic<bool>* stop = nullptr;  // set: the weights are wanted no more

  Sums sums;
  std::size_t steps_taken = 0;
  bool finite = true;  // false: the loss of the next step was not, and that step was not taken
};

struct EpochOptions {
  std::size_t batch_size = 32;
  bool shuffle = true;
  std::uint32_t epoch = 0;  // which shuffle
  int threads = 0;          // 0: the cost model chooses
};

// The optimizer steps of an epoch. A step has two phases with a meeting after each: every thread takes a
// share of the batch's rows from gathering to the gradient of the first layer's outputs; then every thread
// takes a share of the weights, computes their gradient over the whole batch and updates them while they are
// in cache. Nothing is allocated between Begin and the epoch's end.
class Trainer {
 public:
  Trainer(const Network& network, Loss loss, Metrics metrics, std::unique_ptr<Optimizer> optimizer);

  // Prepares an epoch; returns its number of steps. Throws Error where the data do not fit the network or the
  // loss.
  std::size_t Begin(const std::shared_ptr<const Dataset>& data, const EpochOptions& options);
  // The data of the epoch, for its slices to hold; null when nobody has them any more.
  std::shared_ptr<const Dataset> data() const { return data_.lock(); }
  int threads() const { return static_cast<int>(slabs_.size()); }

  // On every member of a team of `threads()`.
  void Run(Team& team, Weights& weights, TrainSlice& slice);

  // The weights were changed from outside: what was kept is no state to fall back to.
  void ForgetKept() { rows_since_kept_ = kRowsBetweenCopies; }

  const Loss& loss() const { return loss_; }
  const Metrics& metrics() const { return metrics_; }
  Optimizer& optimizer() { return *optimizer_; }
  std::vector<Vector>& slots() { return slots_; }
  std::size_t bytes() const;

 private:
  // Gradients are made and used in panels of this many numbers: with the weights and two moments beside it, a
  // panel fits in L2.
  static constexpr std::size_t kPanelNumbers = 32768;
  // A step over so many rows costs a hundred times what copying the weights does.
  static constexpr std::size_t kRowsBetweenCopies = 4096;

  // What each thread writes and others read, on lines of its own.
  struct alignas(64) Partial {
    double loss = 0;
    bool finite = true, stopped = false;
    std::vector<double> metrics;
    Vector scratch;  // a panel of gradients, or outputs for metrics
  };

  // A run of rows of the epoch that make one step.
  struct Batch {
    std::size_t first, rows;
  };

  void TryToStart(Weights& weights, const TrainSlice& slice);
  bool StartSlice(Weights& weights, const TrainSlice& slice);
  void Rows(const Team& team, const Batch& batch, const std::atomic<bool>& stop);
  void RowBlock(Partial& partial, const Batch& batch, std::size_t first, std::size_t rows);
  bool AnyStopped() const;
  bool AllPartialsFinite() const;
  void Slabs(const Team& team, const Batch& batch, const std::atomic<bool>& stop);
  void UpdateSlab(const Slab& slab, std::size_t batch, Vector& scratch, const std::atomic<bool>& stop);
  bool CountStep(TrainSlice& slice, const Batch& batch);
  bool ClockAllows(const TrainSlice& slice);
  bool WeightsFinite(Team& team);
  void Keep(Team& team);
  void Repair(bool weights);

  const Network& network_;
  Loss loss_;
  Metrics metrics_;
  std::unique_ptr<Optimizer> optimizer_;
  std::vector<Vector> slots_;

  // The epoch.
  std::weak_ptr<const Dataset> data_;  // a trainer at rest keeps no data alive
  std::size_t batch_size_ = 0;
  std::vector<std::uint32_t> order_;
  std::size_t position_ = 0;  // rows of the epoch done
  std::unique_ptr<Workspace> workspace_;
  Vector values_;
  std::vector<std::int32_t> classes_;
  std::vector<std::vector<Slab>> slabs_;  // per thread
  std::vector<Partial> partials_;         // per thread

  // The slice, written by rank 0 between meetings.
  Vector* live_ = nullptr;
  const Dataset* reading_ = nullptr;
  bool go_on_ = false, keep_ = false;
  std::exception_ptr failure_;  // why the slice could not start
  std::chrono::steady_clock::time_point start_;
  std::size_t next_look_ = 0;  // steps until the clock is read again

  // Finite weights to fall back to, refreshed seldom enough to cost under a percent.
  Vector kept_;
  std::size_t rows_since_kept_ = kRowsBetweenCopies;
};

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_TRAINER_H_
