#ifndef PERCEPTRA_TRAIN_PLAN_H_
#define PERCEPTRA_TRAIN_PLAN_H_

#include <cstddef>
#include <utility>
#include <vector>

#include "nn/network.h"
#include "train/machine.h"

namespace mlp {

// A block of rows of one tensor, whose gradient and update one thread computes.
struct Slab {
  std::size_t layer, tensor, first, rows;
};

// Half-open share of `count` things for one of `parts`.
inline std::pair<std::size_t, std::size_t> Share(std::size_t count, std::size_t part, std::size_t parts) {
  return {count * part / parts, count * (part + 1) / parts};
}

// The slabs of each share: all rows of all tensors that change in training, cut where the work is even, so
// that a share meets few layers; those of the lowest `by_inputs` layers as their inputs are.
std::vector<std::vector<Slab>> CutSlabs(const Network& network, std::size_t shares, std::size_t by_inputs);

// The inputs that one share has of a layer that is shared out by inputs; and with them those rows of its
// kernel.
inline Range ShareOfInputs(const Layer& layer, std::size_t share, std::size_t shares) {
  const auto [first, end] = Share(layer.inputs(), share, shares);
  return {first, end - first};
}

// How many of the lowest layers are shared out by inputs rather than by rows of the batch.
std::size_t LayersByInputs(const Network& network, std::size_t batch, std::size_t shares,
                           const Machine& fixed = FixedMachine());

// Whether each share makes the gradient of all weights over its own rows, to be added up by who updates them,
// rather than of its weights over all rows: fewer numbers go from core to core where a batch has twice as
// many of them as the network has weights.
bool GradientsByRows(const Network& network, std::size_t batch, std::size_t shares);

// The layers at which all threads meet on the way forward, since they look at all rows of a batch.
std::vector<std::size_t> MeetingLayers(const Network& network);

// Work that threads can share.
struct Work {
  double multiply_adds = 0;
  double weights = 0;     // numbers that some threads write and all threads read
  std::size_t parts = 1;  // that the work can be cut into
  std::size_t meetings = 2;
};

// The number of threads, at most `most`, that the cost model expects to be the fastest.
int ChooseThreads(const Work& work, int most, const Machine& machine);

// How a step's work is shared out.
struct StepPlan {
  // These decide in which order numbers are added up, and with it the last bits of the results. They follow
  // from the network, the batch, the options and the fixed values of the machine.
  std::size_t shares = 1;     // of rows and of weights
  std::size_t by_inputs = 0;  // layers, the lowest ones
  bool by_rows = false;

  // Who takes a share changes no bit: trials and measured values may decide.
  int threads = 1;       // to begin with
  int most_threads = 1;  // no more than there are shares
  bool tries = false;    // whether other numbers are tried
};

struct StepOptions {
  std::size_t batch = 1;
  int threads = 0;           // 0: to be chosen
  std::size_t meetings = 2;  // of all threads in a step
};

// With `machine` all follows from it; without, shares follow from FixedMachine and threads from
// MeasuredMachine.
StepPlan PlanStep(const Network& network, const StepOptions& options, const Machine* machine = nullptr);

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_PLAN_H_
