#ifndef PERCEPTRA_MATH_KERNEL_TYPES_H_
#define PERCEPTRA_MATH_KERNEL_TYPES_H_

#include <cstddef>
#include <limits>

#include "math/activation.h"
#include "math/loss_table.h"
#include "math/real.h"

// The parameters of the kernels in kernels.h.
namespace mlp {

// Of Adam, AMSGrad, Adamax, Nadam and Lion; each rule reads the members that its formula has.
struct AdamStep {
  Real rate;             // rate / (1 - beta1^t)
  Real gradient_rate;    // nadam: the rate of the gradient itself
  Real decay;            // the fraction of each weight that is subtracted
  Real root_correction;  // 1 / sqrt(1 - beta2^t)
  Real beta1, beta2, epsilon;
  Real rest1, rest2;  // 1 - beta, computed in double and then rounded, as the corrections are
};

struct RmspropStep {
  Real rate, momentum, epsilon;
  Real rho, rest;  // rest: 1 - rho, computed in double and then rounded
};

// The vectors of batch normalisation, (columns) each; gamma and beta may be null.
struct BatchNorm {
  const Real *mean, *variance, *gamma, *beta;
  Real epsilon;
};

// Sums over the weights of a vector: of their squares and of their absolute values.
struct WideNorms {
  double squares, absolutes;
};

// A matrix of doubles: `row` and `column` are the distances, in numbers, between neighbouring rows and
// columns.
struct WideMatrix {
  const double* numbers;
  std::size_t row, column;
};

// The largest products of a kind that a table computes with its own kernels: in multiply-adds (batch * in *
// out) and in weights (in * out). The larger ones go to BLAS.
struct ProductBound {
  std::size_t multiply_adds = 0;
  std::size_t weights = std::numeric_limits<std::size_t>::max();
};

struct ProductBounds {
  ProductBound forward, input_gradient, weight_gradient;
  // Outputs and gradients of inputs of at most so many columns are ours at any size.
  std::size_t narrow = 0;
  // Gradients of weights of fewer columns go to BLAS at any size.
  std::size_t narrow_weights = 0;
};

}  // namespace mlp

#endif  // PERCEPTRA_MATH_KERNEL_TYPES_H_
