#ifndef PERCEPTRA_TRAIN_TRAINING_H_
#define PERCEPTRA_TRAIN_TRAINING_H_

#include <memory>

#include "nn/loss.h"
#include "optim/optimizer.h"
#include "optim/spec.h"
#include "train/metrics.h"

namespace mlp {

// How the loss of a batch is made from the losses of its rows: Keras's mean over rows plus the penalty of
// regularizers, or scikit-learn's sum of weighted losses and of the penalty, both divided by the sum of
// weights.
enum class Mean { kRows, kWeights };

// How a network is trained.
struct Training {
  Loss loss;
  Metrics metrics;
  std::unique_ptr<Optimizer> optimizer;  // null: L-BFGS
  UpdateRules rules;
  Mean mean = Mean::kRows;
  LbfgsOptions lbfgs;
  double loss_factor = 1;                  // of each row's loss, not of penalties
  const Bfloat16Kernels* tiles = nullptr;  // of products by tiles, see TilesForBatch; null: none
};

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_TRAINING_H_
