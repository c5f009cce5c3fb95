#include "math/blas.h"

#include <gtest/gtest.h>

#include <limits>

#include "test/support.h"

namespace mlp {
namespace {

struct Shape {
  std::size_t batch, in, out;
};

// Shapes below and above the bounds between our own products and BLAS, and every path: one row, one output,
// several of both.
constexpr Shape kShapes[] = {{1, 1, 1},    {4, 2, 3},   {1, 784, 30},    {1, 30, 784},    {200, 20, 1},
                             {1, 2000, 1}, {64, 1, 50}, {10, 784, 7},    {33, 65, 17},    {128, 96, 80},
                             {3, 500, 1},  {5, 20, 15}, {1, 2600, 1500}, {600, 10000, 1}, {70, 300, 300}};

class Products : public testing::TestWithParam<Shape> {};
INSTANTIATE_TEST_SUITE_P(All, Products, testing::ValuesIn(kShapes), [](const auto& info) {
  const Shape& s = info.param;
  return std::to_string(s.batch) + "x" + std::to_string(s.in) + "x" + std::to_string(s.out);
});

TEST_P(Products, MatchPlainLoops) {
  const auto [batch, in, out] = GetParam();
  const auto x = RandomNumbers(batch * in, 1), w = RandomNumbers(in * out, 2),
             dy = RandomNumbers(batch * out, 3);
  std::vector<Real> y(batch * out, Real(99)), dx(batch * in, Real(99)), dw = RandomNumbers(in * out, 4);
  const std::vector<Real> old = dw;
  ForwardProduct(y.data(), x.data(), w.data(), batch, in, out, in);
  InputGradientProduct(dx.data(), dy.data(), w.data(), batch, in, out, in);
  const std::size_t first = in / 3, rows = in - first;  // a block of the kernel's rows
  WeightGradientProduct(dw.data() + first * out, x.data() + first, dy.data(), batch, rows, out, in,
                        Real(-0.5), Real(0.9));

  for (std::size_t r = 0; r < batch; ++r) {
    for (std::size_t j = 0; j < out; ++j) {
      double sum = 0;
      for (std::size_t i = 0; i < in; ++i) sum += static_cast<double>(x[r * in + i]) * w[i * out + j];
      ASSERT_NEAR(y[r * out + j], sum, Near(in));
    }
    for (std::size_t i = 0; i < in; ++i) {
      double sum = 0;
      for (std::size_t j = 0; j < out; ++j) sum += static_cast<double>(dy[r * out + j]) * w[i * out + j];
      ASSERT_NEAR(dx[r * in + i], sum, Near(out));
    }
  }
  for (std::size_t i = 0; i < in; ++i) {
    for (std::size_t j = 0; j < out; ++j) {
      double sum = 0;
      for (std::size_t r = 0; r < batch; ++r) sum += static_cast<double>(x[r * in + i]) * dy[r * out + j];
      const double expected = i < first ? old[i * out + j] : -0.5 * sum + 0.9 * old[i * out + j];
      ASSERT_NEAR(dw[i * out + j], expected, Near(batch)) << i << ", " << j;
    }
  }
}

// Products of a range of a layer's inputs neither read nor write the other inputs.
TEST_P(Products, OfARangeOfInputsMatchPlainLoops) {
  const auto [batch, inputs, out] = GetParam();
  const std::size_t first = inputs / 3, in = inputs - first - inputs / 4;
  auto x = RandomNumbers(batch * inputs, 1);
  const auto w = RandomNumbers(in * out, 2), dy = RandomNumbers(batch * out, 3);
  std::vector<Real> y(batch * out, Real(99)), dx(batch * inputs, Real(99));
  for (std::size_t r = 0; r < batch; ++r) {
    for (std::size_t i = 0; i < inputs; ++i) {
      if (i < first || i >= first + in) x[r * inputs + i] = std::numeric_limits<Real>::quiet_NaN();
    }
  }
  ForwardProduct(y.data(), x.data() + first, w.data(), batch, in, out, inputs);
  InputGradientProduct(dx.data() + first, dy.data(), w.data(), batch, in, out, inputs);
  for (std::size_t r = 0; r < batch; ++r) {
    for (std::size_t j = 0; j < out; ++j) {
      double sum = 0;
      for (std::size_t i = 0; i < in; ++i)
        sum += static_cast<double>(x[r * inputs + first + i]) * w[i * out + j];
      ASSERT_NEAR(y[r * out + j], sum, Near(in));
    }
    for (std::size_t i = 0; i < inputs; ++i) {
      if (i < first || i >= first + in) {
        ASSERT_EQ(dx[r * inputs + i], Real(99));
        continue;
      }
      double sum = 0;
      for (std::size_t j = 0; j < out; ++j) {
        sum += static_cast<double>(dy[r * out + j]) * w[(i - first) * out + j];
      }
      ASSERT_NEAR(dx[r * inputs + i], sum, Near(out));
    }
  }
}

TEST(Blas, DoesNotFallBackToItsSlowestKernels) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2")) {
    EXPECT_NE(BlasKernels(), "Prescott") << BlasVersion();
  }
#endif
}

}  // namespace
}  // namespace mlp
