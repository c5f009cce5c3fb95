#ifndef PERCEPTRA_MATH_KERNELS_H_
#define PERCEPTRA_MATH_KERNELS_H_

#include <cstddef>
#include <cstdint>

#include "math/random.h"
#include "math/real.h"

// Element-wise work, written once (kernels/*.h) and compiled for each instruction set; one table is chosen
// when the process starts. Outputs come first, then inputs, then sizes.
namespace mlp {

enum class Activation {
  kLinear,
  kRelu,
  kLeakyRelu,  // alpha: the slope below 0
  kPrelu,      // a slope for each unit
  kElu,        // alpha: minus the limit below 0
  kSelu,
  kGelu,
  kGeluTanh,  // gelu by its approximation
  kSilu,
  kMish,
  kSigmoid,
  kHardSigmoid,
  kTanh,
  kSoftplus,
  kSoftsign,
  kExponential,
  kStep,  // 1 above 0, else 0; its derivative counts as 0
  kSoftmax
};

// Whether the derivative takes the pre-activations: those are not monotonic, or have slopes of their own.
constexpr bool NeedsInput(Activation f) {
  return f == Activation::kPrelu || f == Activation::kGelu || f == Activation::kGeluTanh ||
         f == Activation::kSilu || f == Activation::kMish;
}

// Losses that score each output by itself. A row's loss is the mean over outputs; of the two last ones the
// sum.
enum class ElementLoss {
  kSquared,
  kAbsolute,
  kHuber,
  kLogCosh,
  kHinge,         // targets -1 and 1
  kSquaredHinge,  // likewise
  kPoisson,
  kPoissonLogits,  // of e^z
  kQuantile,
  kSigmoidCrossentropy,     // of logits
  kSigmoidFocal,            // of logits
  kSigmoidKullbackLeibler,  // of logits
  kClippedKullbackLeibler
};

struct LossParameters {
  Real delta = 1;                      // huber
  Real quantile = Real(0.5);           // quantile
  Real gamma = 2, alpha = Real(0.25);  // focal
  Real smoothing = 0;                  // cross-entropies
};

// Adam and its kin; each uses what its formula has.
struct AdamStep {
  Real rate;             // rate / (1 - beta1^t)
  Real gradient_rate;    // nadam: the gradient's share of the rate
  Real decay;            // the share of each weight that is taken off
  Real root_correction;  // 1 / sqrt(1 - beta2^t)
  Real beta1, beta2, epsilon;
  Real rest1, rest2;  // 1 - beta, taken before rounding: the correction above is exact
};

struct RmspropStep {
  Real rate, momentum, epsilon;
  Real rho, rest;  // rest: 1 - rho, taken before rounding
};

// What batch normalisation reads, each (columns); gamma and beta may be null.
struct BatchNorm {
  const Real *mean, *variance, *gamma, *beta;
  Real epsilon;
};

// Of a vector w: the sum of squares and of absolute values.
struct WideNorms {
  double squares, absolutes;
};

// Numbers in double, from one row and one column to the next.
struct WideMatrix {
  const double* numbers;
  std::size_t row, column;
};

struct Kernels {
  const char* name;

  // y = f(y + b); b may be null. Of prelu the bias alone: its slopes come in a call of their own.
  void (*bias_activation)(Real* y,        // (rows, out)
                          const Real* b,  // (out)
                          std::size_t rows, std::size_t out, Activation f, Real alpha);
  // dy = dy * f'(z), where y = f(z) as left by bias_activation. z may be null unless NeedsInput(f).
  void (*activation_gradient)(Real* dy,       // (rows, out)
                              const Real* y,  // (rows, out)
                              const Real* z,  // (rows, out)
                              std::size_t rows, std::size_t out, Activation f, Real alpha);

  // y = z above 0, slopes * z below; y may be z.
  void (*prelu)(Real* y,             // (rows, out)
                const Real* z,       // (rows, out)
                const Real* slopes,  // (out)
                std::size_t rows, std::size_t out);
  // dz = dy * f'(z); dz may be dy.
  void (*prelu_gradient)(Real* dz, const Real* dy, const Real* z, const Real* slopes, std::size_t rows,
                         std::size_t out);
  // dslopes = alpha * (sum of dy * min(z, 0) over rows) + beta * dslopes
  void (*prelu_slope_gradient)(Real* dslopes, const Real* dy, const Real* z, std::size_t rows,
                               std::size_t out, Real alpha, Real beta);

  // Losses: return the sum of row losses, from outputs or logits; dy = d(scale * sum)/dy, unless dy is null.
  // dy may be y.
  double (*element_loss)(Real* dy,            // (rows, out)
                         const Real* y,       // (rows, out)
                         const Real* target,  // (rows, out)
                         std::size_t rows, std::size_t out, Real scale, ElementLoss loss,
                         const LossParameters& parameters);
  double (*softmax_crossentropy)(Real* dz, const Real* z, const Real* target, std::size_t rows,
                                 std::size_t out, Real scale, Real smoothing);
  double (*sparse_softmax_crossentropy)(Real* dz, const Real* z, const std::int32_t* target, std::size_t rows,
                                        std::size_t out, Real scale, Real smoothing);
  double (*softmax_focal)(Real* dz, const Real* z, const Real* target, std::size_t rows, std::size_t out,
                          Real scale, const LossParameters& parameters);
  double (*gaussian_nll)(Real* dy,
                         const Real* y,       // (rows, out): out / 2 means, then logarithms of variances
                         const Real* target,  // (rows, out / 2)
                         std::size_t rows, std::size_t out, Real scale);

  // sums = alpha * (sum over rows, `stride` numbers from one to the next) + beta * sums
  void (*column_sums)(Real* sums,      // (columns)
                      const Real* of,  // (rows, columns)
                      std::size_t rows, std::size_t columns, std::size_t stride, Real alpha, Real beta);

  // y = scale * x + offset; y may be x.
  void (*rescale)(Real* y, const Real* x, std::size_t n, Real scale, Real offset);

  // Dropout: a mask of `kept` and 0, y = x * mask, and the same with other numbers in the place of 0. Noise:
  // y = x + it.
  void (*keep_mask)(Real* mask, std::size_t rows, std::size_t columns, const NoiseStream& stream, double rate,
                    Real kept);
  void (*multiply)(Real* y, const Real* x, const Real* mask, std::size_t n);
  void (*multiply_or)(Real* y, const Real* x, const Real* mask, std::size_t n, Real shift, Real otherwise);
  void (*add_noise)(Real* y, const Real* x, std::size_t rows, std::size_t columns, const NoiseStream& stream,
                    Real deviation);

  // Normalisation: see kernels/normalization.h.
  void (*column_moments)(double* sums, const Real* x, std::size_t rows, std::size_t columns);
  void (*column_correlations)(double* sums, const Real* dy, const Real* x, const Real* mean, std::size_t rows,
                              std::size_t columns);
  void (*batch_norm)(Real* y, const Real* x, std::size_t rows, std::size_t columns, const BatchNorm& norm);
  void (*batch_norm_gradient)(Real* dx, const Real* dy, const Real* x, std::size_t rows, std::size_t columns,
                              const BatchNorm& norm, const Real* sums, Real share);
  void (*layer_norm)(Real* y, Real* saved, const Real* x, const Real* gamma, const Real* beta,
                     std::size_t rows, std::size_t columns, Real epsilon);
  void (*layer_norm_gradient)(Real* dx, const Real* dy, const Real* x, const Real* saved, const Real* gamma,
                              std::size_t rows, std::size_t columns);
  void (*layer_norm_gamma_gradient)(Real* dgamma, const Real* dy, const Real* x, const Real* saved,
                                    std::size_t rows, std::size_t columns, Real alpha, Real beta);

  // Around an update: see kernels/rules.h.
  double (*regularize)(Real* grad, const Real* w, std::size_t n, Real l1, Real l2);
  double (*sum_of_squares)(const Real* x, std::size_t n);
  void (*clip)(Real* x, std::size_t n, Real limit);
  void (*scale)(Real* x, std::size_t n, Real factor);
  void (*move_average)(Real* average, const Real* w, std::size_t n, Real momentum);
  void (*not_below_zero)(Real* w, std::size_t n);
  void (*limit_columns)(Real* w, std::size_t rows, std::size_t stride, std::size_t count, Real limit);

  // sum = factor * sum + x
  void (*accumulate)(Real* sum, const Real* x, std::size_t n, Real factor);

  // w -= rate * g
  void (*sgd)(Real* w, const Real* g, std::size_t n, Real rate);
  // velocity = momentum * velocity + g; w -= rate * (g + momentum * velocity)
  void (*nesterov)(Real* w, Real* velocity, const Real* g, std::size_t n, Real rate, Real momentum);
  // m, v: means of gradients and of their squares; u: the largest of decayed gradients.
  void (*adam)(Real* w, Real* m, Real* v, const Real* g, std::size_t n, const AdamStep& step);
  void (*amsgrad)(Real* w, Real* m, Real* v, Real* largest, const Real* g, std::size_t n,
                  const AdamStep& step);
  void (*adamax)(Real* w, Real* m, Real* u, const Real* g, std::size_t n, const AdamStep& step);
  void (*nadam)(Real* w, Real* m, Real* v, const Real* g, std::size_t n, const AdamStep& step);
  void (*lion)(Real* w, Real* m, const Real* g, std::size_t n, const AdamStep& step);
  void (*adagrad)(Real* w, Real* sum, const Real* g, std::size_t n, Real rate, Real epsilon);
  // With a mean `square` is the variance around it; mean and velocity may be null.
  void (*rmsprop)(Real* w, Real* square, Real* mean, Real* velocity, const Real* g, std::size_t n,
                  const RmspropStep& step);
  void (*adadelta)(Real* w, Real* square, Real* change, const Real* g, std::size_t n,
                   const RmspropStep& step);

  void (*widen_bytes)(Real* x, const std::uint8_t* bytes, std::size_t n);
  bool (*all_finite)(const Real* x, std::size_t n);

  // The three products of blas.h for the shapes of small networks.
  void (*forward_product)(Real* y, const Real* x, const Real* w, std::size_t batch, std::size_t in,
                          std::size_t out, std::size_t x_stride);
  void (*input_gradient_product)(Real* dx, const Real* dy, const Real* w, std::size_t batch, std::size_t in,
                                 std::size_t out, std::size_t dx_stride);
  void (*weight_gradient_product)(Real* dw, const Real* x, const Real* dy, std::size_t batch,
                                  std::size_t rows, std::size_t out, std::size_t x_stride, Real alpha,
                                  Real beta);

  // Halves: whether all numbers fit; and y = x w for one row.
  bool (*narrow)(Half* to, const Real* from, std::size_t n);
  void (*forward_product_of_halves)(Real* y, const Real* x, const Half* w, std::size_t in, std::size_t out);

  // In double precision, for models that learn row by row: w x; x x; w += c x, returning the new w's norms.
  double (*wide_dot)(const double* w, const Real* x, std::size_t n);
  double (*wide_squares)(const Real* x, std::size_t n);
  WideNorms (*wide_add)(double* w, const Real* x, std::size_t n, double c);
  // Takes l1 off weights scale * v, cumulatively and not past 0, until each has had `due` taken off.
  void (*wide_truncate)(double* v, double* taken, std::size_t n, double due, double scale);
  // c = alpha a b + beta c, of (rows, inner) and (inner, columns).
  void (*wide_product)(double* c, std::size_t c_stride, WideMatrix a, const double* b, std::size_t b_stride,
                       std::size_t rows, std::size_t columns, std::size_t inner, double alpha, double beta);
};

// The best table for this CPU.
const Kernels& ActiveKernels();

// Every table that this CPU can run, the baseline first: for tests.
const Kernels* const* RunnableKernels(std::size_t* count);

}  // namespace mlp

#endif  // PERCEPTRA_MATH_KERNELS_H_
