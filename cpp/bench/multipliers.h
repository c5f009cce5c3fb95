#ifndef PERCEPTRA_BENCH_MULTIPLIERS_H_
#define PERCEPTRA_BENCH_MULTIPLIERS_H_

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "math/blas.h"
#include "math/real.h"

namespace mlp {

// The widths of a dense layer.
struct LayerShape {
  std::size_t batch, in, out;
};

// Contiguous matrices: x of (batch, in), w of (in, out), y of (batch, out). A forward product writes y, a
// gradient of inputs x, and a gradient of weights alpha x^T y + beta w to w.
struct Factors {
  Real *x, *w, *y;
  Real alpha = 1, beta = 0;
};

// Computes the products of a layer, on the calling thread.
struct Multiplier {
  std::string name;
  std::function<void(Product, const LayerShape &, const Factors &)> multiply;
};

// Our kernels, whatever their bounds say.
Multiplier OwnKernels();

// The BLAS that perceptra is linked with.
Multiplier LinkedBlas();

// Both, and the shared libraries whose paths are in the environment variable PERCEPTRA_PRODUCT_LIBRARIES,
// with colons between them: LIBXSMM, oneDNN, or any with CBLAS's functions, as MKL. Ends the program for a
// library without a product.
std::vector<Multiplier> AllMultipliers();

}  // namespace mlp

#endif  // PERCEPTRA_BENCH_MULTIPLIERS_H_
