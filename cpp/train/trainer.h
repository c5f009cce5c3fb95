#ifndef PERCEPTRA_TRAIN_TRAINER_H_
#define PERCEPTRA_TRAIN_TRAINER_H_

#include <algorithm>
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
  // False: the loss of the next step was not finite and that step was not taken, or weights are no longer.
  bool finite = true;
  std::size_t steps_back = 0;  // how many steps ago the weights were kept that a blow-up went back to
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
  // `weights` are finite.
  Trainer(const Network& network, const Vector& weights, Loss loss, Metrics metrics,
          std::unique_ptr<Optimizer> optimizer);

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
  // Gradients are made and used in panels of about so many numbers, while they are in cache; but of no fewer
  // rows than make up for packing the other factor of the product anew. 32 K numbers measured 1.2 to 1.8
  // times slower than this on wide layers.
  static std::size_t PanelRows(const Tensor& tensor) {
    constexpr std::size_t kNumbers = 131072, kRows = 256;
    return std::max(kRows, kNumbers / tensor.columns);
  }

  // Rows go through all layers so many at a time: their activations stay in cache, and a huge batch can be
  // stopped midway.
  static constexpr std::size_t kRowBlock = 512;
  // Steps over so many rows cost a hundred times what looking at all weights does; and what copying them
  // does.
  static constexpr std::size_t kRowsWorthALook = 1024, kRowsBetweenCopies = 4096;

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
  bool SoundState(Team& team);
  bool Keep(Team& team);
  void Repair(TrainSlice& slice);
  void Order();
  std::size_t ScratchNumbers() const;

  const Network& network_;
  Loss loss_;
  Metrics metrics_;
  std::unique_ptr<Optimizer> optimizer_;
  std::vector<Vector> slots_;

  // The epoch.
  std::weak_ptr<const Dataset> data_;  // a trainer at rest keeps no data alive
  EpochOptions options_;
  std::size_t batch_size_ = 0;
  std::vector<std::uint32_t> order_;
  bool order_is_due_ = false;  // drawn by the epoch's first slice, off the caller's thread
  std::size_t position_ = 0;   // rows of the epoch done
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
  std::size_t rows_since_kept_ = kRowsBetweenCopies, steps_since_kept_ = 0;
};

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_TRAINER_H_
