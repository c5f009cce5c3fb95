#ifndef PERCEPTRA_TRAIN_PLAN_H_
#define PERCEPTRA_TRAIN_PLAN_H_

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "math/bfloat16.h"
#include "nn/network.h"
#include "train/machine.h"

namespace mlp {

// Rows of one tensor whose gradient and update one share computes.
struct Slab {
  std::size_t layer, tensor, first, rows;
};

// One of `shares` even shares of `count` things: [first, second).
inline std::pair<std::size_t, std::size_t> Share(std::size_t count, std::size_t share, std::size_t shares) {
  return {count * share / shares, count * (share + 1) / shares};
}

// The slabs of each share. Together they are all rows of all tensors that change in training, in the order of
// the flat vector and cut into even shares, so that a share has slabs of few layers. The kernels of the
// lowest `layers_by_inputs` layers are cut as their inputs are. All kernels are cut at multiples of
// `kernel_step` rows.
std::vector<std::vector<Slab>> CutSlabs(const Network& network, std::size_t shares,
                                        std::size_t layers_by_inputs, std::size_t kernel_step = 1);

// The inputs of one of `shares`, from a multiple of `step` on, in a layer that is shared out by inputs; for
// slabs they are the rows of the kernel that the share updates.
inline Range ShareOfInputs(const Layer& layer, std::size_t share, std::size_t shares, std::size_t step) {
  const auto [first, end] = Share((layer.inputs() + step - 1) / step, share, shares);
  return {first * step, std::min(end * step, layer.inputs()) - first * step};
}

// How many of the lowest layers are shared out by inputs rather than by rows of the batch.
std::size_t LayersByInputs(const Network& network, std::size_t batch, std::size_t shares,
                           const Machine& fixed = FixedMachine(), const Bfloat16Kernels* tiles = nullptr);

// Whether a share computes the gradient of all weights over its rows (added up in the second phase) rather
// than the gradient of its slabs over all rows. Fewer numbers move between cores that way if the activations
// and gradients of a batch are at least twice as many numbers as the weights.
bool GradientsByRows(const Network& network, std::size_t batch, std::size_t shares);

// Whether products in bfloat16 make steps faster, as measured: see plan.cpp. REQUIRES: kernels for them.
bool Bfloat16IsFaster(const Network& network);
// The same for the name of the kernels, and the number of weights of the largest kernel of a layer.
bool Bfloat16IsFaster(std::string_view kernels, bool is_amd, std::size_t largest_kernel);

// Whether products in three parts make steps of large batches faster.
bool ThreePartsAreFaster(const Network& network);
// The kernels that steps of such a batch use: null where three parts are slower.
const Bfloat16Kernels* TilesForBatch(const Bfloat16Kernels* tiles, std::size_t batch);

// The layers with batch statistics. All threads meet at each, since it needs sums over all rows of a batch.
std::vector<std::size_t> LayersWithStatistics(const Network& network);

// Work that threads can share.
struct Work {
  double multiply_adds = 0;
  double weights = 0;           // numbers that one thread writes and all threads read
  std::size_t most_shares = 1;  // into which the work can be cut
  std::size_t meetings = 2;
};

// The number of threads, at most `most`, that the cost model expects to be the fastest.
int ChooseThreads(const Work& work, int most, const Machine& machine);

// How a step's work is shared out.
struct StepPlan {
  // These decide in which order numbers are added up, and so the last bits of the results. They depend on the
  // network, the batch, the options and the fixed costs of the machine alone.
  std::size_t shares = 1;            // threads that pay off at most
  std::size_t layers_by_inputs = 0;  // see ShareCut, as for the others
  bool gradients_by_rows = false;
  const Bfloat16Kernels* tiles = nullptr;
  // In long steps several for each of `shares`, so that a thread without a core of its own delays the others
  // little: they take what it has not begun.
  std::size_t rows = 1, slabs = 1;

  // Which thread computes a share changes no bit, so trials and measured costs may decide the others.
  int threads = 1;          // the first guess
  int most_threads = 1;     // no more than there are shares
  bool has_trials = false;  // whether other numbers get a trial
};

struct StepOptions {
  std::size_t batch = 1;
  int threads = 0;                         // 0: chosen here
  std::size_t meetings = 2;                // of all threads in a step
  const Bfloat16Kernels* tiles = nullptr;  // see Training
};

// Uses `machine` for everything; if null, FixedMachine() for shares and MeasuredMachine() for threads.
StepPlan PlanStep(const Network& network, const StepOptions& options, const Machine* machine = nullptr);

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_PLAN_H_
