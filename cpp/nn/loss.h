#ifndef PERCEPTRA_NN_LOSS_H_
#define PERCEPTRA_NN_LOSS_H_

#include <cstddef>
#include <cstdint>

#include "nn/layer.h"
#include "nn/spec.h"

namespace mlp {

// The targets of a block of rows, values or class numbers, and the rows' weights.
struct Targets {
  const Real* values = nullptr;           // (rows, target columns)
  const std::int32_t* classes = nullptr;  // (rows)
  const Real* weights = nullptr;          // (rows): of each row's loss; null: 1
};

// A loss. Some losses compute the activation of the last layer themselves, from its logits: cross-entropies,
// focal losses and the Kullback-Leibler divergence behind softmax or sigmoid, poisson behind exponential.
class Loss {
 public:
  // Throws Error("ERR_ARGUMENT") if `last` does not fit. Cross-entropies need softmax (sigmoid for the binary
  // one), or linear with from_logits, as poisson does; focal needs softmax or sigmoid; gaussianNll needs
  // linear and an even number of outputs.
  Loss(const LossSpec& spec, const ActivationSpec& last, std::size_t outputs);

  // What the loss reads from the last layer.
  Layer::Output reads() const { return reads_; }
  bool reads_classes() const { return spec_.kind == LossKind::kSparseCategoricalCrossentropy; }
  // Whether targets are -1 and 1, and outputs above 0 predict 1.
  bool reads_signs() const { return EntryOf(spec_.kind).signs; }
  std::size_t outputs() const { return outputs_; }
  // Values in a row of targets: the number of outputs; half of it for gaussianNll, which predicts variances
  // too.
  std::size_t target_columns() const {
    return spec_.kind == LossKind::kGaussianNll ? outputs_ / 2 : outputs_;
  }

  // The sum of the rows' losses times their weights. Unless dy is null, writes the gradient of scale * sum to
  // it; dy may be y.
  double Evaluate(Real* dy,       // (rows, outputs)
                  const Real* y,  // (rows, outputs)
                  const Targets& targets, std::size_t rows, Real scale) const;

 private:
  LossSpec spec_;
  Activation last_;
  std::size_t outputs_;
  Layer::Output reads_;
};

}  // namespace mlp

#endif  // PERCEPTRA_NN_LOSS_H_
