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

// Set by another thread: the job ends as soon as it can, and its result is not needed.
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
  std::optional<Machine> machine;  // decides shares and threads in place of this process's machine
};

// A request for training steps, and its result.
struct TrainSlice {
  std::shared_ptr<const Dataset> data;  // of the epoch: Trainer::data()
  std::size_t steps = 0;                // at most
  std::vector<double> rates;            // one per update, or one for all
  double budget_ms = 0;                 // the slice ends after the step that spends it
  std::size_t epochs = 1;               // at the end of an epoch goes on to the next, up to this many
  const StopFlag* stop = nullptr;

  Sums sums;  // of the last epoch
  std::size_t steps_taken = 0;
  std::size_t updates = 0;  // fewer than steps when several batches make one update
  bool epoch_done = false;
  // For each epoch before the last: the sums of the loss and of the penalty, then those of the metrics.
  std::vector<double> finished;
  bool converged = false;  // L-BFGS: a tolerance is met, or no lower point can be found
  // False: the loss or a gradient of the next step was not finite and that step was not taken, or the weights
  // are no longer finite.
  bool finite = true;
  std::size_t steps_back = 0;  // steps lost by going back to a copy of the weights
};

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_SLICE_H_
