#ifndef PERCEPTRA_TRAIN_MODEL_H_
#define PERCEPTRA_TRAIN_MODEL_H_

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "nn/network.h"
#include "optim/spec.h"
#include "train/trainer.h"
#include "train/verbose.h"
#include "train/weights.h"

namespace mlp {

struct CompileSpec {
  LossSpec loss;
  OptimizerSpec optimizer;
  std::vector<MetricKind> metrics;
  Mean mean = Mean::kRows;
  double loss_factor = 1;
};

// A network, its weights and its way of training. One thread owns it and calls everything but what a slice
// runs on the pool.
class Model {
 public:
  explicit Model(const NetworkSpec& spec);

  const Network& network() const { return network_; }
  Weights& weights() { return weights_; }

  // Replaces loss, optimizer and metrics, and forgets the optimizer's state. Throws Error and changes nothing
  // where they do not fit the network.
  void Compile(const CompileSpec& spec);
  bool compiled() const { return trainer_ != nullptr; }
  Trainer& trainer() { return *trainer_; }

  // Outputs of rows of x on the calling thread.
  void Predict(Real* out, const Real* x, std::size_t rows, const Vector& weights);

  // At rest, the outputs of one row; from halves of the weights where they are kept and all of them fit.
  void PredictRow(Real* out, const Real* x);
  void KeepHalves(bool keep);

  // Lines about how this model's work is done.
  VerboseLog& log() { return log_; }

  std::size_t bytes() const;

 private:
  VerboseLog log_;
  Network network_;
  Weights weights_;
  std::unique_ptr<Trainer> trainer_;
  Vector scratch_;
  // Whether they can stand for all kernels that are read as halves.
  bool NarrowKernels(const Vector& weights);

  std::vector<Half> halves_;  // of all weights, or empty
  bool halves_fit_ = false;
  std::uint64_t halves_version_ = 0;  // of the weights that they were made from
};

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_MODEL_H_
