#ifndef PERCEPTRA_TRAIN_PLAN_H_
#define PERCEPTRA_TRAIN_PLAN_H_

#include <cstddef>
#include <utility>
#include <vector>

#include "nn/network.h"

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
std::size_t LayersByInputs(const Network& network, std::size_t batch, std::size_t shares);

// Whether each share makes the gradient of all weights over its own rows, to be added up by who updates them,
// rather than of its weights over all rows: fewer numbers go from core to core where a batch has twice as
// many of them as the network has weights.
bool GradientsByRows(const Network& network, std::size_t batch, std::size_t shares);

// The layers at which all threads meet on the way forward, since they look at all rows of a batch.
std::vector<std::size_t> MeetingLayers(const Network& network);

// Threads for work of so many multiply-adds that can be cut into `parts`, with `shared` numbers written by
// some threads and then read by all, and so many meetings: the cost model.
int ChooseThreads(double multiply_adds, double shared, std::size_t parts, int cores,
                  std::size_t meetings = 2);

// Shares to cut a step into where the number of threads is found by trial: no more than could ever pay.
int MostShares(double multiply_adds, std::size_t parts, int cores);

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_PLAN_H_
