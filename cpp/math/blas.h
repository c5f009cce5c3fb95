#ifndef PERCEPTRA_MATH_BLAS_H_
#define PERCEPTRA_MATH_BLAS_H_

#include <cstddef>
#include <string>

#include "math/real.h"

// The three matrix products of a dense layer, by our own kernels (kernels.h) or by OpenBLAS. All matrices are
// row-major. A stride is the distance between rows in numbers; it is larger than the row if a product
// reads only a range of a layer's inputs. Every call runs on the calling thread.
namespace mlp {

// y = x w
void ForwardProduct(Real* y,        // (batch, out)
                    const Real* x,  // (batch, in), rows `x_stride` apart
                    const Real* w,  // (in, out)
                    std::size_t batch, std::size_t in, std::size_t out, std::size_t x_stride);

// dx = dy w^T
void InputGradientProduct(Real* dx,        // (batch, in), rows `dx_stride` apart
                          const Real* dy,  // (batch, out)
                          const Real* w,   // (in, out)
                          std::size_t batch, std::size_t in, std::size_t out, std::size_t dx_stride);

// dw = alpha x^T dy + beta dw, for `rows` consecutive rows of the kernel. dw points at the first of them, x
// at the column of that row's input.
void WeightGradientProduct(Real* dw,        // (rows, out)
                           const Real* x,   // (batch, rows), rows `x_stride` apart
                           const Real* dy,  // (batch, out)
                           std::size_t batch, std::size_t rows, std::size_t out, std::size_t x_stride,
                           Real alpha, Real beta);

enum class Product { kForward, kInputGradient, kWeightGradient };

// Whether a product of (batch, in) and (in, out), or the gradient of one of its factors, is computed by our
// own kernels; otherwise the BLAS computes it.
bool UsesOwnProduct(Product product, std::size_t batch, std::size_t in, std::size_t out);

// Makes every BLAS call of the process run on the calling thread: the compute pool distributes the work.
// Cheap if that is already so.
void KeepBlasSingleThreaded();

// Removes the environment variable that chose OpenBLAS's kernels while it was loaded (see blas.cpp), so that
// child processes do not inherit it. Call once after loading, on the main thread.
void ForgetBlasKernelChoice();

std::string BlasVersion();
std::string BlasKernels();

}  // namespace mlp

#endif  // PERCEPTRA_MATH_BLAS_H_
