#ifndef PERCEPTRA_MATH_KERNEL_TYPES_H_
#define PERCEPTRA_MATH_KERNEL_TYPES_H_

#include <cstddef>
#include <cstdint>
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
  Real root_epsilon;  // added to the squares, before their root
  Real rho, rest;     // rest: 1 - rho, computed in double and then rounded
};

// Dropout. The rate is a multiple of 1 / kMaskSteps.
struct Dropping {
  double rate;
  Real scale, shift, dropped;
};

// The vectors of batch normalisation, (columns) each; gamma and beta may be null.
struct BatchNorm {
  const Real *mean, *variance, *gamma, *beta;
  Real epsilon;
};

// Rows of input, of outputs and of saved numbers, so many numbers apart. A part of a columns layer reads and
// writes some numbers of each.
struct PartRows {
  std::size_t rows;
  const Real* x;  // whole rows of the input
  std::size_t x_stride;
  std::size_t y_stride;  // of y and of dy, which begin at the part's first output
  Real* saved;           // begins at the part's first number; null in inference
  std::size_t saved_stride;
};

// The largest number of frequencies of a periodic embedding: a row's units are kept on the stack.
inline constexpr std::size_t kMostFrequencies = 256;

// Periodic embeddings of `count` columns: see kernels/periodic.inc.
struct PeriodicPart {
  const std::uint32_t* columns;  // (count)
  std::size_t count, frequencies, width;
  bool sines;          // the units are cosines and sines; else cosines alone
  bool shared;         // one kernel and one bias for all columns
  bool relu;           // of the products
  bool joins_x;        // the columns themselves follow the embeddings
  const Real* slopes;  // (count, frequencies)
  const Real* phases;  // (count, frequencies); may be null
  const Real* kernel;  // (count or 1, units, width)
  const Real* bias;    // (count or 1, width)

  std::size_t units() const { return sines ? 2 * frequencies : frequencies; }
};
enum class PeriodicTensor { kSlopes, kPhases, kKernel, kBias };

// Piecewise-linear embeddings of `count` columns: see kernels/piecewise.inc.
struct PiecewisePart {
  const std::uint32_t* columns;  // (count)
  std::size_t count, width;
  const std::size_t* first_bins;  // (count + 1): the rows of the kernel of each column
  const Real* edges;              // of each column one more than bins
  const Real* slopes;             // (count, width)
  const Real* bias;               // (count, width)
  const Real* kernel;             // (bins of all columns, width)
};
enum class PiecewiseTensor { kSlopes, kBias, kKernel };

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

// A matrix of rounded weights (in, out), in panels of 32 columns: a panel has the rows of its columns one
// after the other. Columns past the last one are 0.
struct RoundedMatrix {
  static constexpr std::size_t kPanel = 32;

  Rounding rounding = Rounding::kNone;
  const void* panels = nullptr;
  const Real* scales = nullptr;  // of each column of all panels, for int8
  std::size_t in = 0, out = 0;

  static constexpr std::size_t PanelsFor(std::size_t out) { return (out + kPanel - 1) / kPanel; }
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
