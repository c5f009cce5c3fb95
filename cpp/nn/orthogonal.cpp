#include "nn/orthogonal.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "math/kernels.h"

namespace mlp {
namespace {

// Reflections are applied in blocks of so many, as matrix products.
constexpr std::size_t kBlock = 64;

// Reflections I - tau v v^T, multiplied: I - V T V^T with T upper triangular (Schreiber and Van Loan 1989).
struct Reflections {
  std::vector<double> v;  // (rows, kBlock), the vectors as columns
  std::vector<double> t;  // (kBlock, kBlock)
};

// Vector j of a block has zeros above row j. From row j on it is drawn from a normal distribution (x), then
// changed so that its reflection takes x to -sign(x_0) |x| e_0. Writes these signs.
void Draw(Reflections& block, double* signs, std::size_t rows, std::size_t count, Random& random) {
  std::fill(block.v.begin(), block.v.end(), 0.0);
  std::fill(block.t.begin(), block.t.end(), 0.0);
  for (std::size_t j = 0; j < count; ++j) {
    double squares = 0;
    for (std::size_t i = j; i < rows; ++i) {
      const double x = random.Normal();
      block.v[i * kBlock + j] = x;
      squares += x * x;
    }
    double& first = block.v[j * kBlock + j];
    const double norm = std::sqrt(squares);
    signs[j] = first < 0 ? 1 : -1;
    block.t[j * kBlock + j] = 1 / (norm * (norm + std::abs(first)));
    first -= signs[j] * norm;
  }
  std::vector<double> products(kBlock * kBlock);
  const double* const v = block.v.data();
  ActiveKernels().wide_product(products.data(), kBlock, {v, 1, kBlock}, v, kBlock, kBlock, kBlock, rows, 1,
                               0);
  // T's column j is -tau_j T (V^T v_j) above its diagonal.
  for (std::size_t j = 0; j < count; ++j) {
    for (std::size_t i = 0; i < j; ++i) {
      double sum = 0;
      for (std::size_t k = i; k < j; ++k) sum += block.t[i * kBlock + k] * products[k * kBlock + j];
      block.t[i * kBlock + j] = -block.t[j * kBlock + j] * sum;
    }
  }
}

}  // namespace

// The first columns of a product of reflections, each column with a sign: what a QR decomposition of a matrix
// of normal draws with a positive diagonal of R would give, without the decomposition.
void FillOrthogonal(std::span<Real> w, std::size_t rows, std::size_t columns, double gain, Random& random) {
  const auto multiply = ActiveKernels().wide_product;
  const std::size_t n = std::max(rows, columns), k = std::min(rows, columns);
  std::vector<double> q(n * k), signs(k), product(kBlock * k), weighted(kBlock * k);
  for (std::size_t j = 0; j < k; ++j) q[j * k + j] = 1;
  Reflections block{std::vector<double>(n * kBlock), std::vector<double>(kBlock * kBlock)};
  for (std::size_t at = (k - 1) / kBlock * kBlock;; at -= kBlock) {
    const std::size_t height = n - at, width = k - at;
    Draw(block, signs.data() + at, height, std::min(kBlock, width), random);
    // q -= V (T (V^T q)), from row and column `at` on: all other numbers are still those of the identity.
    double* const corner = q.data() + at * k + at;
    const double *const v = block.v.data(), *const t = block.t.data();
    multiply(product.data(), width, {v, 1, kBlock}, corner, k, kBlock, width, height, 1, 0);
    multiply(weighted.data(), width, {t, kBlock, 1}, product.data(), width, kBlock, width, kBlock, 1, 0);
    multiply(corner, k, {v, kBlock, 1}, weighted.data(), width, height, width, kBlock, -1, 1);
    if (at == 0) break;
  }
  const bool wide = columns > rows;
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < columns; ++j) {
      const double number = wide ? q[j * k + i] * signs[i] : q[i * k + j] * signs[j];
      w[i * columns + j] = static_cast<Real>(gain * number);
    }
  }
}

}  // namespace mlp
