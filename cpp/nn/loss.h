#ifndef PERCEPTRA_NN_LOSS_H_
#define PERCEPTRA_NN_LOSS_H_

#include <cstddef>
#include <cstdint>

#include "nn/layer.h"
#include "nn/spec.h"

namespace mlp {

// The targets of a block of rows: values, or class numbers.
struct Targets {
  const Real* values = nullptr;           // (rows, outputs)
  const std::int32_t* classes = nullptr;  // (rows)
};

// A loss with the activation of the last layer fused in where the two belong together: a cross-entropy always
// reads logits.
class Loss {
 public:
  // Throws Error("ERR_ARGUMENT") where `last` does not fit: a cross-entropy takes softmax (sigmoid for the
  // binary one), or linear with from_logits.
  Loss(const LossSpec& spec, const ActivationSpec& last, std::size_t outputs);

  // What the loss reads from the last layer.
  Layer::Output reads() const { return reads_; }
  bool reads_classes() const { return spec_.kind == LossKind::kSparseCategoricalCrossentropy; }
  std::size_t outputs() const { return outputs_; }

  // The sum of the rows' losses. Unless dy is null it becomes the gradient of scale * that sum; dy may be y.
  double Evaluate(Real* dy,       // (rows, outputs)
                  const Real* y,  // (rows, outputs)
                  const Targets& targets, std::size_t rows, Real scale) const;

 private:
  LossSpec spec_;
  std::size_t outputs_;
  Layer::Output reads_;
};

}  // namespace mlp

#endif  // PERCEPTRA_NN_LOSS_H_
