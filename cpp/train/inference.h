#ifndef PERCEPTRA_TRAIN_INFERENCE_H_
#define PERCEPTRA_TRAIN_INFERENCE_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "nn/loss.h"
#include "nn/network.h"
#include "nn/packed_weights.h"
#include "train/dataset.h"
#include "train/metrics.h"
#include "train/slice.h"
#include "train/verbose.h"

namespace mlp {

// Rows of a block. It does not depend on the number of threads, so results do not either.
constexpr std::size_t kInferenceBlock = 256;

// Inference over the rows of a data set from `first` on, block by block, until the time budget is spent. The
// team shares one instance.
class InferenceSlice {
 public:
  InferenceSlice(const Network& network, const Dataset& data, std::size_t first, double budget_ms,
                 const std::atomic<bool>& stop);

  // The number of threads that the cost model expects to be the fastest, at most `most` unless that is 0.
  // Written to `log` unless null.
  int threads(VerboseLog* log = nullptr, int most = 0) const;

  // The budget counts from this call (else from the constructor). Call it on one member before the team
  // starts: the job may have waited in the queue for longer than its budget.
  void StartClock() { start_ = std::chrono::steady_clock::now(); }

  // Before the team starts: weights in bfloat16 for Predict and Evaluate; null: float32.
  void UsePacked(std::shared_ptr<const PackedWeights> packed) { packed_ = std::move(packed); }

  // Outputs of the first `layers` layers for the rows, the first of them at `out` (rows, outputs): see Infer.
  // Call on each member of a team.
  void Predict(const Vector& weights, Real* out, std::size_t layers = kAllLayers,
               MemberOutputs members = MemberOutputs::kAverage);
  static constexpr std::size_t kAllLayers = std::numeric_limits<std::size_t>::max();

  // The gradient of an output of each row by its inputs: `which` has one output for each row of the data,
  // `dx` begins at the first row. Call on each member of a team.
  void InputGradients(const Vector& weights, Real* dx, const std::int32_t* which);

  // Loss and metrics. Call on each member of a team; then AddTo() adds up the blocks.
  void Evaluate(const Vector& weights, const Loss& loss, const Metrics& metrics);
  // Adds block by block, so that totals over several slices do not depend on where they end.
  void AddTo(Sums& sums) const;

  // After the team has finished.
  std::size_t rows_done() const;

 private:
  template <typename F>
  void EachBlock(F work);

  const Network& network_;
  const Dataset& data_;
  const std::size_t first_, rows_;
  const double budget_ms_;
  const std::atomic<bool>& stop_;
  std::shared_ptr<const PackedWeights> packed_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::atomic<std::size_t> next_block_{0};
  std::vector<double> losses_;                // per block
  std::vector<std::vector<double>> metrics_;  // per block
};

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_INFERENCE_H_
