#ifndef PERCEPTRA_MATH_KERNELS_H_
#define PERCEPTRA_MATH_KERNELS_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "math/kernel_types.h"
#include "math/random.h"
#include "math/real.h"

// Element-wise work and small products. The source (kernels/*.inc) is compiled once for each instruction set;
// the process computes with one of the tables. Arguments: outputs, then inputs, then sizes. Matrices are
// row-major.
namespace mlp {

// The functions of one instruction set. They are references, so that a table without one of them does not
// compile.
struct Kernels {
  const char* name;  // as PERCEPTRA_KERNELS spells it
  ProductBounds own_products;

  // y = f(y + b); b may be null. For prelu it only adds b: the slopes are applied by `prelu`.
  void (&bias_activation)(Real* y,        // (rows, out)
                          const Real* b,  // (out)
                          std::size_t rows, std::size_t out, Activation f, Real alpha);
  // dy = dy * f'(z), where y = f(z) is what bias_activation wrote. z may be null unless NeedsInput(f).
  void (&activation_gradient)(Real* dy,       // (rows, out)
                              const Real* y,  // (rows, out)
                              const Real* z,  // (rows, out)
                              std::size_t rows, std::size_t out, Activation f, Real alpha);

  // y = z where z > 0, else slopes * z; y may be z.
  void (&prelu)(Real* y,             // (rows, out)
                const Real* z,       // (rows, out)
                const Real* slopes,  // (out)
                std::size_t rows, std::size_t out);
  // dz = dy * f'(z); dz may be dy.
  void (&prelu_gradient)(Real* dz, const Real* dy, const Real* z, const Real* slopes, std::size_t rows,
                         std::size_t out);
  // dslopes = alpha * (sum over rows of dy * min(z, 0)) + beta * dslopes
  void (&prelu_slope_gradient)(Real* dslopes, const Real* dy, const Real* z, std::size_t rows,
                               std::size_t out, Real alpha, Real beta);

  // y = x + alphas (f - x), where f is an activation of x; y may be f or x. Of gradients the same: dx of dy
  // and of f'(x) dy.
  void (&blend)(Real* y, const Real* x, const Real* f,
                const Real* alphas,  // (out)
                std::size_t rows, std::size_t out);
  // dalphas = alpha * (sum over rows of dy (f - x)) + beta * dalphas
  void (&blend_gradient)(Real* dalphas, const Real* dy, const Real* x, const Real* f, std::size_t rows,
                         std::size_t out, Real alpha, Real beta);
  // y = x * factors
  void (&scale_columns)(Real* y, const Real* x,
                        const Real* factors,  // (out)
                        std::size_t rows, std::size_t out);
  // dfactors = alpha * (sum over rows of dy x) + beta * dfactors
  void (&scale_columns_gradient)(Real* dfactors, const Real* dy, const Real* x, std::size_t rows,
                                 std::size_t out, Real alpha, Real beta);

  // Periodic embeddings. The gradient in dy becomes that of the products; dx, unless null, gets the columns'
  // gradient added. The last one: grad = alpha * (gradient of rows [first, first + count) of a tensor) +
  // beta * grad.
  void (&periodic)(Real* y, const PartRows& rows, const PeriodicPart& part);
  void (&periodic_backward)(Real* dx, Real* dy, const Real* y, const PartRows& rows,
                            const PeriodicPart& part);
  void (&periodic_gradient)(Real* grad, const Real* dy, const PartRows& rows, const PeriodicPart& part,
                            PeriodicTensor tensor, std::size_t first, std::size_t count, Real alpha,
                            Real beta);
  // Piecewise-linear embeddings, likewise, but dx is not null.
  void (&piecewise)(Real* y, const PartRows& rows, const PiecewisePart& part);
  void (&piecewise_backward)(Real* dx, const Real* dy, const PartRows& rows, const PiecewisePart& part);
  void (&piecewise_gradient)(Real* grad, const Real* dy, const PartRows& rows, const PiecewisePart& part,
                             PiecewiseTensor tensor, std::size_t first, std::size_t count, Real alpha,
                             Real beta);

  // Losses of outputs y or logits z. They return the sum of the losses of all rows times the rows' weights
  // (1 if null), and write dy = d(scale * sum) / dy unless dy is null; dy may be y.
  double (&element_loss)(Real* dy,             // (rows, out)
                         const Real* y,        // (rows, out)
                         const Real* target,   // (rows, out)
                         const Real* weights,  // (rows)
                         std::size_t rows, std::size_t out, Real scale, ElementLoss loss,
                         const LossParameters& parameters);
  double (&softmax_crossentropy)(Real* dz, const Real* z, const Real* target, const Real* weights,
                                 std::size_t rows, std::size_t out, Real scale, Real smoothing);
  double (&sparse_softmax_crossentropy)(Real* dz, const Real* z, const std::int32_t* target,
                                        const Real* weights, std::size_t rows, std::size_t out, Real scale,
                                        Real smoothing);
  double (&softmax_focal)(Real* dz, const Real* z, const Real* target, const Real* weights, std::size_t rows,
                          std::size_t out, Real scale, const LossParameters& parameters);
  double (&gaussian_nll)(Real* dy,
                         const Real* y,       // (rows, out): out / 2 means, then out / 2 log-variances
                         const Real* target,  // (rows, out / 2)
                         const Real* weights, std::size_t rows, std::size_t out, Real scale);
  // The sum of weight * t log t.
  double (&negative_entropy)(const Real* target, const Real* weights, std::size_t rows, std::size_t out);

  // sums = alpha * (sum over rows) + beta * sums
  void (&column_sums)(Real* sums,     // (columns)
                      const Real* x,  // (rows, columns), rows `stride` numbers apart
                      std::size_t rows, std::size_t columns, std::size_t stride, Real alpha, Real beta);

  // sums = alpha * (sum over rows of a * b) + beta * sums
  void (&product_sums)(Real* sums,     // (columns)
                       const Real* a,  // (rows, columns), rows `stride` numbers apart
                       const Real* b,  // the same
                       std::size_t rows, std::size_t columns, std::size_t stride, Real alpha, Real beta);

  // y = scale * x + offset; y may be x.
  void (&rescale)(Real* y, const Real* x, std::size_t n, Real scale, Real offset);

  // Dropout. The mask is `scale` for each number that stays and 0 for each that is dropped;
  // y = x * scale + shift, or `dropped`.
  void (&drop)(Real* y, Real* mask, const Real* x, std::size_t rows, std::size_t columns,
               const NoiseStream& stream, const Dropping& dropping);
  // y = x * mask
  void (&multiply)(Real* y, const Real* x, const Real* mask, std::size_t n);
  // y = x + deviation * (normal noise)
  void (&add_noise)(Real* y, const Real* x, std::size_t rows, std::size_t columns, const NoiseStream& stream,
                    Real deviation);

  // Normalisation: the formulas are in kernels/normalization.inc.
  void (&column_moments)(double* sums, const Real* x, std::size_t rows, std::size_t columns);
  void (&column_correlations)(double* sums, const Real* dy, const Real* x, const Real* mean, std::size_t rows,
                              std::size_t columns);
  void (&batch_norm)(Real* y, const Real* x, std::size_t rows, std::size_t columns, const BatchNorm& norm);
  void (&batch_norm_gradient)(Real* dx, const Real* dy, const Real* x, std::size_t rows, std::size_t columns,
                              const BatchNorm& norm, const Real* sums, Real row_weight);
  void (&layer_norm)(Real* y, Real* saved, const Real* x, const Real* gamma, const Real* beta,
                     std::size_t rows, std::size_t columns, Real epsilon);
  void (&layer_norm_gradient)(Real* dx, const Real* dy, const Real* x, const Real* saved, const Real* gamma,
                              std::size_t rows, std::size_t columns);
  void (&layer_norm_gamma_gradient)(Real* dgamma, const Real* dy, const Real* x, const Real* saved,
                                    std::size_t rows, std::size_t columns, Real alpha, Real beta);

  // Regularizers, clipping, averages and constraints: see kernels/rules.inc.
  double (&regularize)(Real* grad, const Real* w, std::size_t n, Real l1, Real l2);
  double (&sum_of_squares)(const Real* x, std::size_t n);
  void (&clip)(Real* x, std::size_t n, Real limit);
  void (&scale)(Real* x, std::size_t n, Real factor);
  void (&move_average)(Real* average, const Real* w, std::size_t n, Real momentum);
  void (&not_below_zero)(Real* w, std::size_t n);
  void (&limit_columns)(Real* w, std::size_t rows, std::size_t stride, std::size_t count, Real limit);

  // sum = factor * sum + x
  void (&accumulate)(Real* sum, const Real* x, std::size_t n, Real factor);

  // Optimizers. w -= rate * g
  void (&sgd)(Real* w, const Real* g, std::size_t n, Real rate);
  // velocity = momentum * velocity + g; w -= rate * (g + momentum * velocity)
  void (&nesterov)(Real* w, Real* velocity, const Real* g, std::size_t n, Real rate, Real momentum);
  // m, v: moving means of the gradients and of their squares; u: the decayed maximum of the gradients.
  void (&adam)(Real* w, Real* m, Real* v, const Real* g, std::size_t n, const AdamStep& step);
  void (&amsgrad)(Real* w, Real* m, Real* v, Real* largest, const Real* g, std::size_t n,
                  const AdamStep& step);
  void (&adamax)(Real* w, Real* m, Real* u, const Real* g, std::size_t n, const AdamStep& step);
  void (&nadam)(Real* w, Real* m, Real* v, const Real* g, std::size_t n, const AdamStep& step);
  void (&lion)(Real* w, Real* m, const Real* g, std::size_t n, const AdamStep& step);
  void (&adagrad)(Real* w, Real* sum, const Real* g, std::size_t n, Real rate, Real epsilon);
  // With a mean, `square` is the variance around it. mean and velocity may be null.
  void (&rmsprop)(Real* w, Real* square, Real* mean, Real* velocity, const Real* g, std::size_t n,
                  const RmspropStep& step);
  void (&adadelta)(Real* w, Real* square, Real* change, const Real* g, std::size_t n,
                   const RmspropStep& step);

  // x = bytes
  void (&widen_bytes)(Real* x, const std::uint8_t* bytes, std::size_t n);
  bool (&all_finite)(const Real* x, std::size_t n);

  // The three products of blas.h; `own_products` says up to which size they are used.
  void (&forward_product)(Real* y, const Real* x, const Real* w, std::size_t batch, std::size_t in,
                          std::size_t out, std::size_t x_stride);
  void (&input_gradient_product)(Real* dx, const Real* dy, const Real* w, std::size_t batch, std::size_t in,
                                 std::size_t out, std::size_t dx_stride);
  void (&weight_gradient_product)(Real* dw, const Real* x, const Real* dy, std::size_t batch,
                                  std::size_t rows, std::size_t out, std::size_t x_stride, Real alpha,
                                  Real beta);

  // y = x w for few rows, which lie the strides apart.
  void (&few_rows_product)(Real* y, std::size_t y_stride, const Real* x, std::size_t x_stride, const Real* w,
                           std::size_t rows, std::size_t in, std::size_t out);

  // Rounds to half precision. Returns false if a number is not finite or is too large for it.
  bool (&narrow)(Half* to, const Real* from, std::size_t n);
  // y = x w for `count` panels of w from `first` on, and for few rows. A row has the same bits alone and
  // beside others.
  void (&rounded_product)(Real* y,        // (rows, out)
                          const Real* x,  // (rows, in)
                          std::size_t rows, const RoundedMatrix& w, std::size_t first, std::size_t count);

  // In double precision, for models that learn row by row: w x; x x; w += c x, which returns the norms of
  // the new w.
  double (&wide_dot)(const double* w, const double* x, std::size_t n);
  double (&wide_squares)(const double* x, std::size_t n);
  WideNorms (&wide_add)(double* w, const double* x, std::size_t n, double c);
  // The cumulative l1 penalty (Tsuruoka et al. 2009) of weights w = scale * v. `total` is the penalty of each
  // weight up to now; `applied` is the sum of the changes that the penalty has made to that weight. Each
  // weight moves towards 0 by the difference, but not past 0.
  void (&wide_truncate)(double* v, double* applied, std::size_t n, double total, double scale);
  // c = alpha a b + beta c, where a is (rows, inner) and b is (inner, columns).
  void (&wide_product)(double* c, std::size_t c_stride, WideMatrix a, const double* b, std::size_t b_stride,
                       std::size_t rows, std::size_t columns, std::size_t inner, double alpha, double beta);
};

// The environment variable that names a table.
inline constexpr const char* kKernelsVariable = "PERCEPTRA_KERNELS";

// The tables that this CPU can run, from the slowest (baseline) to the fastest.
std::span<const Kernels* const> RunnableKernels();

// The table of this name; the fastest one if `name` is null or empty. Throws Error for any other name that is
// not in RunnableKernels.
const Kernels& KernelsByName(const char* name);

// The table that this process computes with, chosen at the first call by PERCEPTRA_KERNELS. That call throws
// what KernelsByName throws, so a program makes it when it starts.
const Kernels& ActiveKernels();

}  // namespace mlp

#endif  // PERCEPTRA_MATH_KERNELS_H_
