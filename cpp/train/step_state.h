#ifndef PERCEPTRA_TRAIN_STEP_STATE_H_
#define PERCEPTRA_TRAIN_STEP_STATE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "math/aligned.h"
#include "math/compute_pool.h"
#include "nn/network.h"
#include "nn/packed_weights.h"
#include "train/epoch.h"
#include "train/group_buckets.h"
#include "train/group_sums.h"
#include "train/plan.h"
#include "train/training.h"

// What the two phases of a step read and write. The work of a step is cut as follows:
//   share  a unit of work for a thread: a range of the batch's rows in the first phase, a list of slabs in
//          the second. Threads claim shares; no bit depends on which thread computes one.
//   slab   rows of one tensor, of which a share computes the gradient and the update (plan.h)
//   panel  rows of a slab whose gradient is in cache until it is used
//   block  rows of a share that go through all layers while they are in cache
namespace mlp {

// Rows of a block. A step can be stopped after a block. In bfloat16 products gain nothing from more rows, and
// what is packed is to be in cache.
constexpr std::size_t kRowBlock = 512, kPackedRowBlock = 256;

// Rows of a panel. A panel has about 128 K numbers, and at least 256 rows: each panel's product packs dy
// again, which pays only for enough rows. 32 K numbers measured 1.2 to 1.8 times slower on wide layers.
std::size_t PanelRows(const Tensor& tensor);
// With products in bfloat16 a panel is packed too, so all that an update reads is to stay in cache.
std::size_t PackedPanelRows(const Tensor& tensor);
static_assert(kPackedRowBlock % kTileDepth == 0);  // a block begins with a tile

// For a layer with batch statistics: a share's sums over its rows.
struct LayerSums {
  std::vector<double> forward, backward;  // (sum_count)
};

// A share's results, written by one thread and read by others; on cache lines of its own. There are as many
// as the phase with the most shares has.
struct alignas(64) ShareState {
  double loss = 0, penalty = 0;  // of the step
  double penalties = 0;          // of the epoch's steps so far, each times the rows of its update
  bool finite = true, stopped = false;
  std::vector<double> metrics;
  std::vector<double> squares;        // of the gradient, per tensor
  std::vector<LayerSums> layer_sums;  // per layer; empty for layers without batch statistics
};

// What a thread writes for itself alone, whichever shares it takes: so it stays in the thread's cache.
struct alignas(64) ThreadState {
  Vector scratch;                  // a panel of gradients, or outputs for metrics
  PackedVector packed_rows;        // of a block, for products by tiles
  std::vector<double> sums;        // over all shares, of a layer with batch statistics
  std::vector<double> squares;     // of the gradient, per tensor, over all shares
  std::vector<Vector> statistics;  // of the batch, per layer; empty for layers without batch statistics
};

// How the work of a step is shared out.
struct ShareCut {
  std::size_t rows = 0;              // shares of the batch's rows
  std::size_t slabs = 0;             // lists of slabs
  std::size_t layers_by_inputs = 0;  // the number of lowest layers that are shared out by inputs
  std::size_t inputs = 0;  // shares of these layers' inputs for their sums; on the way back as many as slabs
  // A share computes the gradient of all weights over its rows; if false, of its slabs over all rows.
  bool gradients_by_rows = false;
  const Bfloat16Kernels* tiles = nullptr;  // of products by tiles; null: in plain float32
};

struct StatisticsLayer {
  std::size_t layer;
  const BatchStatistics* statistics;
};

struct StepState {
  StepState(const Network& network, const Training& training, const Epoch& epoch);

  // Allocates all memory that the steps of an epoch need.
  void Prepare(const Dataset& data, const ShareCut& new_cut, bool whole_gradient, std::size_t tensor_count);
  // Also allocates what the threads of the slice need for themselves.
  void BeginSlice(Vector& live_weights, std::size_t team_size) MLP_REQUIRES(kRank0);

  Range RowsOf(std::size_t share, const Batch& batch) const {
    const auto [first, end] = Share(batch.rows, share, cut.rows);
    return {first, end - first};
  }
  ThreadState& ThreadOf(const Team& team) { return threads[static_cast<std::size_t>(team.rank())]; }
  AllReduce* group() const { return epoch.group(); }
  // A layer's input, from this row of the batch on.
  const Real* InputOf(std::size_t layer, std::size_t first_row) const {
    const Vector& x = layer == 0 ? workspace->x : workspace->y[layer - 1];
    return x.data() + first_row * network.layers()[layer]->inputs();
  }
  // Logits for the last layer if its activation is part of the loss.
  Layer::Output OutputOf(std::size_t layer) const {
    return layer + 1 == network.layers().size() ? training.loss.reads() : Layer::Output::kActivated;
  }
  // Shares of inputs, and slabs of kernels, begin at multiples of this.
  std::size_t input_step() const { return packed_weights ? PackedWeights::kRowStep : 1; }
  // For products by tiles. A share's rows fill whole tiles of the batch's depth.
  std::size_t DepthTilesBefore(std::size_t share, const Batch& batch) const;
  Packs PacksOf(std::size_t layer, std::size_t share, ThreadState& thread, const Batch& batch,
                std::size_t first_row);
  PackedBatch PackedBatchOf(std::size_t layer, const Batch& batch) const;
  // The distance between the gradients of two shares: a multiple of a cache line.
  std::size_t gradient_stride() const { return (network.weight_count() + 15) / 16 * 16; }
  std::size_t row_block() const { return packed_weights ? kPackedRowBlock : kRowBlock; }
  std::size_t numbers() const;

  const Network& network;
  const Training& training;
  const Epoch& epoch;
  const std::size_t lowest_trained;  // layer
  std::vector<StatisticsLayer> statistics_layers;

  // Of the epoch.
  ShareCut cut;
  std::vector<ShareState> shares;
  std::vector<std::vector<Slab>> slabs;  // per share of slabs
  std::size_t batch_size = 0;
  std::unique_ptr<Workspace> workspace;
  Vector target_values, row_weights;  // of the batch
  std::vector<std::int32_t> target_classes;
  // Of a layer that is shared out by inputs and of the next: (cut.inputs, batch, outputs) each.
  std::array<Vector, 2> input_sums;
  // For products by tiles; else null and empty.
  std::unique_ptr<PackedWeights> packed_weights;
  struct PackedLayer {
    PackedVector x, dy;  // the factors of the weight gradient
  };
  std::vector<PackedLayer> packed_layers;
  Vector share_gradients;  // (cut.rows, gradient_stride) with gradients_by_rows
  bool needs_whole_gradient = false;
  Vector gradient;  // of all weights, where needs_whole_gradient; behind them the flags of GroupSums

  // In a group.
  GroupSums group_sums;
  GroupBuckets buckets;
  std::vector<double> batch_sums;     // of a layer with batch statistics, over the rows of all ranks
  std::vector<double> group_squares;  // of the gradient, per tensor

  // Of the slice; rank 0 sets them before the others begin.
  Vector* weights = nullptr;
  std::vector<ThreadState> threads;  // by rank; there may be more than the team has

 private:
  void ChangeTiles(const Bfloat16Kernels* tiles);
  void CutShares(const ShareCut& new_cut);
  void PreparePacks();
  void PrepareThread(ThreadState& thread) const;
  std::size_t ScratchNumbers() const;
};

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_STEP_STATE_H_
