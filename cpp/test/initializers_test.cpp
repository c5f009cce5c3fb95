#include "nn/initializers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "math/error.h"

namespace mlp {
namespace {

std::vector<Real> Orthogonal(std::size_t rows, std::size_t columns, double gain = 1, std::uint64_t seed = 1) {
  std::vector<Real> w(rows * columns);
  InitializerSpec spec;
  spec.kind = InitializerKind::kOrthogonal;
  spec.gain = gain;
  Initialize(w, spec, rows, columns, seed, 0);
  return w;
}

// The product of rows i and j of a matrix or, transposed, of columns.
double Product(const std::vector<Real>& w, std::size_t rows, std::size_t columns, std::size_t i,
               std::size_t j) {
  double sum = 0;
  if (rows <= columns) {
    for (std::size_t c = 0; c < columns; ++c)
      sum += static_cast<double>(w[i * columns + c]) * w[j * columns + c];
  } else {
    for (std::size_t r = 0; r < rows; ++r)
      sum += static_cast<double>(w[r * columns + i]) * w[r * columns + j];
  }
  return sum;
}

// All sides of a block of reflections: below, at, between and above.
TEST(Initializers, RowsOrColumnsAreOrthonormalTimesTheGain) {
  const double near = sizeof(Real) == 4 ? 1e-6 : 1e-13;
  for (const auto& [rows, columns] : std::vector<std::pair<std::size_t, std::size_t>>{
           {1, 1}, {5, 5}, {1, 9}, {9, 1}, {64, 64}, {65, 65}, {128, 64}, {40, 130}, {200, 129}, {33, 300}}) {
    for (const double gain : {1.0, -0.5, 3.0}) {
      const std::vector<Real> w = Orthogonal(rows, columns, gain);
      const std::size_t count = std::min(rows, columns);
      for (std::size_t i = 0; i < count; ++i) {
        for (std::size_t j = 0; j <= i; ++j) {
          ASSERT_NEAR(Product(w, rows, columns, i, j), i == j ? gain * gain : 0, near * gain * gain)
              << rows << " x " << columns << ", " << i << ", " << j;
        }
      }
    }
  }
}

// In a uniformly distributed matrix each number has mean 0 and variance 1 / n, at any place.
TEST(Initializers, OrthogonalMatricesAreUniformlyDistributed) {
  const std::size_t n = 3, draws = 4000;
  std::vector<double> mean(n * n), square(n * n);
  double determinants = 0;
  for (std::size_t d = 0; d < draws; ++d) {
    const std::vector<Real> w = Orthogonal(n, n, 1, d);
    for (std::size_t i = 0; i < w.size(); ++i) {
      mean[i] += w[i] / static_cast<double>(draws);
      square[i] += static_cast<double>(w[i]) * w[i] / static_cast<double>(draws);
    }
    determinants += w[0] * (w[4] * w[8] - w[5] * w[7]) - w[1] * (w[3] * w[8] - w[5] * w[6]) +
                    w[2] * (w[3] * w[7] - w[4] * w[6]);
  }
  // Four standard errors: a number is uniform in -1..1 (variance 1/3, of its square 4/45).
  const double root = std::sqrt(static_cast<double>(draws));
  for (std::size_t i = 0; i < n * n; ++i) {
    EXPECT_NEAR(mean[i], 0, 4 * std::sqrt(1.0 / 3) / root) << i;
    EXPECT_NEAR(square[i], 1.0 / 3, 4 * std::sqrt(4.0 / 45) / root) << i;
  }
  EXPECT_NEAR(determinants / static_cast<double>(draws), 0, 4 / root);
}

TEST(Initializers, OrthogonalRejectsVectors) {
  std::vector<Real> bias(4);
  InitializerSpec spec;
  spec.kind = InitializerKind::kOrthogonal;
  EXPECT_THROW(Initialize(bias, spec, 3, 4, 1, 0), Error);
}

}  // namespace
}  // namespace mlp
