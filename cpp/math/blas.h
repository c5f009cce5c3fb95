#ifndef PERCEPTRA_MATH_BLAS_H_
#define PERCEPTRA_MATH_BLAS_H_

#include <cstddef>
#include <string>

#include "math/real.h"

// The three matrix products of a dense layer. All matrices are row-major; rows lie as many numbers apart as
// they have, or as a stride says: so a product can be of some of a layer's inputs. Every call runs on the
// calling thread.
namespace mlp {

// y = x w
void ForwardProduct(Real* y,        // (batch, out)
                    const Real* x,  // (batch, in), each row `x_stride` apart
                    const Real* w,  // (in, out)
                    std::size_t batch, std::size_t in, std::size_t out, std::size_t x_stride);

// dx = dy w^T
void InputGradientProduct(Real* dx,        // (batch, in), each row `dx_stride` apart
                          const Real* dy,  // (batch, out)
                          const Real* w,   // (in, out)
                          std::size_t batch, std::size_t in, std::size_t out, std::size_t dx_stride);

// dw = alpha x^T dy + beta dw, for `rows` rows of the kernel: x points at the first of their columns.
void WeightGradientProduct(Real* dw,        // (rows, out)
                           const Real* x,   // (batch, rows), each row `x_stride` apart
                           const Real* dy,  // (batch, out)
                           std::size_t batch, std::size_t rows, std::size_t out, std::size_t x_stride,
                           Real alpha, Real beta);

enum class Product { kForward, kInputGradient, kWeightGradient };

// Whether a product of (batch, in) and (in, out), or the gradient of one of them, is computed by our own
// kernels; else the BLAS computes it.
bool UsesOwnProduct(Product product, std::size_t batch, std::size_t in, std::size_t out);

// Makes every BLAS call of the process run on its calling thread: threads are ours to hand out. Cheap when
// already done.
void KeepBlasSingleThreaded();

// OpenBLAS is told which kernels to use through the process's environment while it loads; this takes the
// trace away, so that child processes do not inherit it. Call once after loading, on the main thread.
void ForgetBlasKernelChoice();

std::string BlasVersion();
std::string BlasKernels();

}  // namespace mlp

#endif  // PERCEPTRA_MATH_BLAS_H_
