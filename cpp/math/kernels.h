#ifndef PERCEPTRA_MATH_KERNELS_H_
#define PERCEPTRA_MATH_KERNELS_H_

#include <cstddef>
#include <cstdint>

#include "math/real.h"

// Element-wise work, written once (kernels/*.h) and compiled for each instruction set; one table is chosen
// when the process starts. Outputs come first, then inputs, then sizes.
namespace mlp {

enum class Activation { kLinear, kRelu, kLeakyRelu, kSigmoid, kTanh, kSoftmax };

struct AdamStep {
  Real rate;             // rate / (1 - beta1^t)
  Real root_correction;  // 1 / sqrt(1 - beta2^t)
  Real beta1, beta2, epsilon;
  Real rest1, rest2;  // 1 - beta, taken before rounding: the correction above is exact
};

struct Kernels {
  const char* name;

  // y = f(y + b); b may be null.
  void (*bias_activation)(Real* y,        // (rows, out)
                          const Real* b,  // (out)
                          std::size_t rows, std::size_t out, Activation f, Real slope);
  // dy = dy * f'(y), where y = f(.) as left by bias_activation.
  void (*activation_gradient)(Real* dy,       // (rows, out)
                              const Real* y,  // (rows, out)
                              std::size_t rows, std::size_t out, Activation f, Real slope);

  // Losses: return the sum of row losses, from outputs or logits z; dz = d(scale * sum)/dz, unless dz is
  // null. dz may be z.
  double (*softmax_crossentropy)(Real* dz, const Real* z, const Real* target, std::size_t rows,
                                 std::size_t out, Real scale);
  double (*sparse_softmax_crossentropy)(Real* dz, const Real* z, const std::int32_t* target, std::size_t rows,
                                        std::size_t out, Real scale);
  double (*sigmoid_crossentropy)(Real* dz, const Real* z, const Real* target, std::size_t rows,
                                 std::size_t out, Real scale);
  double (*squared_error)(Real* dy, const Real* y, const Real* target, std::size_t rows, std::size_t out,
                          Real scale);

  // db = alpha * (sum of dy over rows) + beta * db
  void (*column_sums)(Real* db, const Real* dy, std::size_t rows, std::size_t out, Real alpha, Real beta);

  // w -= rate * g
  void (*sgd)(Real* w, const Real* g, std::size_t n, Real rate);
  // velocity = momentum * velocity + g; w -= rate * (g + momentum * velocity)
  void (*nesterov)(Real* w, Real* velocity, const Real* g, std::size_t n, Real rate, Real momentum);
  void (*adam)(Real* w, Real* m, Real* v, const Real* g, std::size_t n, const AdamStep& step);

  void (*widen_bytes)(Real* x, const std::uint8_t* bytes, std::size_t n);
  bool (*all_finite)(const Real* x, std::size_t n);

  // The three products of blas.h for shapes too small for a BLAS call.
  void (*small_forward_product)(Real* y, const Real* x, const Real* w, std::size_t batch, std::size_t in,
                                std::size_t out);
  void (*small_input_gradient_product)(Real* dx, const Real* dy, const Real* w, std::size_t batch,
                                       std::size_t in, std::size_t out);
  void (*small_weight_gradient_product)(Real* dw, const Real* x, const Real* dy, std::size_t batch,
                                        std::size_t rows, std::size_t out, std::size_t x_stride, Real alpha,
                                        Real beta);
};

// The best table for this CPU.
const Kernels& ActiveKernels();

// Every table that this CPU can run, the baseline first: for tests.
const Kernels* const* RunnableKernels(std::size_t* count);

}  // namespace mlp

#endif  // PERCEPTRA_MATH_KERNELS_H_
