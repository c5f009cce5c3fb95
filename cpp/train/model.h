#ifndef PERCEPTRA_TRAIN_MODEL_H_
#define PERCEPTRA_TRAIN_MODEL_H_

#include <atomic>
#include <memory>
#include <string_view>
#include <vector>

#include "math/mutex.h"
#include "math/row_helpers.h"
#include "nn/network.h"
#include "nn/packed_weights.h"
#include "nn/rounded_weights.h"
#include "optim/spec.h"
#include "train/trainer.h"
#include "train/verbose.h"
#include "train/weights.h"

namespace mlp {

// Of products. kFloat32Fast: in three bfloat16 parts where that is faster for the network and the batch on
// this machine. kAuto: bfloat16 where it is faster. kBfloat16IfPossible: where this process has kernels for
// it.
enum class Precision { kFloat32, kFloat32Fast, kBfloat16, kAuto, kBfloat16IfPossible };

// Both throw Error("ERR_ARGUMENT") for an unknown name.
Rounding RoundingFromName(std::string_view name);
Precision PrecisionFromName(std::string_view name);

struct CompileSpec {
  LossSpec loss;
  OptimizerSpec optimizer;
  std::vector<MetricKind> metrics;
  Mean mean = Mean::kRows;
  double loss_factor = 1;
  Precision precision = Precision::kFloat32;
};

// A network, its weights and its trainer. One thread owns it and makes all calls, except those of a slice on
// the compute threads.
class Model {
 public:
  explicit Model(const NetworkSpec& spec);

  const Network& network() const { return network_; }
  Weights& weights() { return weights_; }

  // Replaces loss, optimizer and metrics; the optimizer's state starts anew. Throws Error and changes nothing
  // if they do not fit the network, or if this process has no kernels for the precision.
  void Compile(const CompileSpec& spec);
  bool compiled() const { return trainer_ != nullptr; }
  // The precision in use: kFloat32, kFloat32Fast (in training; all else is in plain float32) or kBfloat16.
  Precision precision() const { return precision_.load(std::memory_order_relaxed); }
  bool bfloat16() const { return precision() == Precision::kBfloat16; }
  Trainer& trainer() { return *trainer_; }

  // Outputs of rows of x on the calling thread, in bfloat16 if `packed` is not null.
  void Predict(Real* out, const Real* x, std::size_t rows, const Vector& weights,
               const PackedWeights* packed = nullptr);
  // Weights packed for products in bfloat16; null for a model in float32. On any thread. `version` is that of
  // Weights::Read: the packs of the last version that is not 0 are kept.
  std::shared_ptr<const PackedWeights> Packed(const Vector& weights, std::uint64_t version)
      MLP_EXCLUDES(packed_mutex_);

  // At rest, the outputs of rows, with the help of other threads for few rows of a large network. Few rows
  // are computed from rounded weights if RoundWeights says so and all of them fit.
  void PredictAtRest(Real* out, const Real* x, std::size_t rows);
  void RoundWeights(Rounding rounding);

  // The lines of PERCEPTRA_VERBOSE about this model.
  VerboseLog& log() { return log_; }

  std::size_t bytes() const;

 private:
  VerboseLog log_;
  Network network_;
  Weights weights_;
  std::unique_ptr<Trainer> trainer_;
  Vector scratch_;
  // Read on compute threads while the trainer may be replaced.
  std::atomic<Precision> precision_{Precision::kFloat32};
  mutable Mutex packed_mutex_;
  std::shared_ptr<const PackedWeights> packed_ MLP_GUARDED_BY(packed_mutex_);
  std::uint64_t packed_version_ MLP_GUARDED_BY(packed_mutex_) = 0;
  PackedVector packed_rows_;

  std::shared_ptr<RowJob> row_job_;

  Rounding rounding_ = Rounding::kNone;
  std::shared_ptr<const RoundedWeights> rounded_;
  std::uint64_t rounded_version_ = 0;  // of the weights that they were made from
};

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_MODEL_H_
