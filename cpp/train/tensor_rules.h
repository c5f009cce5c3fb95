#ifndef PERCEPTRA_TRAIN_TENSOR_RULES_H_
#define PERCEPTRA_TRAIN_TENSOR_RULES_H_

#include <cstddef>

#include "math/aligned.h"
#include "nn/network.h"

// What regularizers and constraints do to the tensors of a network.
namespace mlp {

bool HasRegularizer(const Tensor& tensor);
bool HasNormConstraint(const Tensor& tensor);
// Whether any tensor has one, including those of frozen layers.
bool HasRegularizers(const Network& network);
bool HasNormConstraints(const Network& network);

// Scales the columns of a tensor to the norm that its constraint allows; only one share of the columns. A
// vector counts as one column. REQUIRES: HasNormConstraint(tensor).
void LimitNorms(const Tensor& tensor, Real* numbers, std::size_t share, std::size_t shares);

// Applies a tensor's constraint of any kind to all of its numbers.
void ForceConstraint(const Tensor& tensor, Real* numbers);

// The penalty of `n` numbers of a tensor, whose gradient is added to `grad` unless that is null; `factor`
// multiplies both.
double AddPenaltyGradient(Real* grad, const Real* w, std::size_t n, const RegularizerSpec& regularizer,
                          double factor);

// The penalty of the regularizers of all trained tensors, as Keras adds it to a mean loss.
double TotalPenalty(const Network& network, const Vector& weights);

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_TENSOR_RULES_H_
