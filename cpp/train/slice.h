#ifndef PERCEPTRA_TRAIN_SLICE_H_
#define PERCEPTRA_TRAIN_SLICE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "train/dataset.h"
#include "train/machine.h"

namespace mlp {

// Another thread sets it to end the job as soon as possible; the job's result is then not used.
using StopFlag = std::atomic<bool>;

// Sums over rows.
struct Sums {
  std::size_t rows = 0;
  double loss = 0;
  double penalty = 0;  // the regularizers' part of the loss; L-BFGS does not report it
  std::vector<double> metrics;
  std::vector<double> gradient_norms;  // per tensor, over updates, with EpochOptions::gradient_norms
};

struct EpochOptions {
  std::size_t batch_size = 32;
  bool shuffle = true;
  std::uint32_t epoch = 0;  // names the shuffle and the noise
  int threads = 0;          // 0: chosen by size, or by trial
  bool gradient_norms = false;
  bool share_batches = false;  // among members: else each has a shuffle of its own
  std::size_t steps = 0;       // in a group: of every rank, the last ones without rows where it has fewer
  std::optional<Machine> machine{};  // in place of this process's machine, for tests
};

// A request for training steps, and its result.
struct TrainSlice {
  std::shared_ptr<const Dataset> data;  // of the epoch: Trainer::data()
  std::size_t steps = 0;                // at most
  std::vector<double> rates;            // one per update, or one for all
  // Factors of the rates of dropout layers and of the weight decay, likewise.
  std::vector<double> dropout_factors{1}, decay_factors{1};
  double budget_ms = 0;    // no step begins after this time
  std::size_t epochs = 1;  // at most; the slice goes on to the next at the end of an epoch
  const StopFlag* stop = nullptr;
  bool wants_stop = false;  // in a group: all ranks end their slices after this rank's next update

  // Of the last epoch from its first step on, so also of earlier slices: added step by step, they do not
  // depend on where slices end. L-BFGS reports them at the end of an iteration only.
  Sums sums;
  std::size_t steps_taken = 0;
  std::size_t updates = 0;  // fewer than steps if several batches make one update
  bool epoch_done = false;
  // For each epoch that ended before the last one: the sums of the loss, of the penalty and of each metric.
  std::vector<double> earlier_epochs;
  bool stopped = false;    // a rank of the group wanted so: all have taken the same steps
  bool converged = false;  // L-BFGS: a tolerance is met, or no lower point can be found
  // False if the loss or a gradient of the next step was not finite (that step was not taken), or if the
  // weights are no longer finite.
  bool finite = true;
  std::size_t steps_back = 0;  // steps lost because a copy of the weights was restored
};

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_SLICE_H_
