#include "math/kernels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "test/each_table.h"
#include "test/support.h"

namespace mlp {
namespace {

class KernelsTest : public EachTable {};
INSTANTIATE_TEST_SUITE_P(All, KernelsTest, testing::ValuesIn(Tables()), NameOfTable);

TEST_P(KernelsTest, CrossEntropiesOfLargeLogitsAreExact) {
  const std::vector<Real> z = {Real(1e4), Real(-1e4), 0};
  std::vector<Real> dz(3);
  const std::vector<std::int32_t> worst = {1};
  EXPECT_NEAR(GetParam()->sparse_softmax_crossentropy(dz.data(), z.data(), worst.data(), nullptr, 1, 3, 1, 0),
              2e4, 1e-2);
  EXPECT_NEAR(dz[0], 1, 1e-6);
  EXPECT_NEAR(dz[1], -1, 1e-6);
  const std::vector<Real> targets = {0, 1, 1};
  EXPECT_NEAR(GetParam()->softmax_crossentropy(dz.data(), z.data(), targets.data(), nullptr, 1, 3, 1, 0), 3e4,
              1e-2);
  EXPECT_NEAR(GetParam()->element_loss(dz.data(), z.data(), targets.data(), nullptr, 1, 3, 1,
                                       ElementLoss::kSigmoidCrossentropy, {}),
              (2e4 + std::log(2.0)) / 3, 1e-2);
  EXPECT_NEAR(dz[2], -0.5 / 3, 1e-6);
}

TEST_P(KernelsTest, ProductsMatchPlainLoops) {
  // Tiles of every width, with and without overlapping vectors; all remainders of rows; more terms than a
  // panel.
  for (const std::size_t batch : {1u, 2u, 5u, 13u, 50u}) {
    for (const std::size_t in : {1u, 2u, 3u, 17u, 70u, 300u}) {
      for (const std::size_t out : {1u, 2u, 3u, 4u, 6u, 9u, 16u, 19u, 30u, 41u, 64u, 520u}) {
        if (in * out > 70 * 520) continue;
        const auto x = RandomNumbers(batch * in, 1), w = RandomNumbers(in * out, 2),
                   dy = RandomNumbers(batch * out, 3);
        std::vector<Real> y(batch * out), dx(batch * in), dw = RandomNumbers(in * out, 4);
        const std::vector<Real> old = dw;
        GetParam()->forward_product(y.data(), x.data(), w.data(), batch, in, out, in);
        GetParam()->input_gradient_product(dx.data(), dy.data(), w.data(), batch, in, out, in);
        GetParam()->weight_gradient_product(dw.data(), x.data(), dy.data(), batch, in, out, in, Real(-0.5),
                                            Real(0.25));
        for (std::size_t r = 0; r < batch; ++r) {
          for (std::size_t j = 0; j < out; ++j) {
            double sum = 0;
            for (std::size_t i = 0; i < in; ++i) sum += static_cast<double>(x[r * in + i]) * w[i * out + j];
            ASSERT_NEAR(y[r * out + j], sum, Near(in));
          }
        }
        for (std::size_t i = 0; i < in; ++i) {
          for (std::size_t j = 0; j < out; ++j) {
            double sum = 0;
            for (std::size_t r = 0; r < batch; ++r)
              sum += static_cast<double>(x[r * in + i]) * dy[r * out + j];
            ASSERT_NEAR(dw[i * out + j], -0.5 * sum + 0.25 * old[i * out + j], Near(batch));
          }
          for (std::size_t r = 0; r < batch; ++r) {
            double sum = 0;
            for (std::size_t j = 0; j < out; ++j)
              sum += static_cast<double>(dy[r * out + j]) * w[i * out + j];
            ASSERT_NEAR(dx[r * in + i], sum, Near(out));
          }
        }
      }
    }
  }
}

TEST_P(KernelsTest, DetectsInfinityAndNaN) {
  for (const std::size_t n : {1u, 15u, 16u, 33u, 200u}) {
    std::vector<Real> x(n, Real(1e30));
    EXPECT_TRUE(GetParam()->all_finite(x.data(), n));
    for (const Real bad : {std::numeric_limits<Real>::infinity(), -std::numeric_limits<Real>::infinity(),
                           std::numeric_limits<Real>::quiet_NaN()}) {
      for (std::size_t i = 0; i < n; i += 7) {
        std::vector<Real> numbers = x;
        numbers[i] = bad;
        EXPECT_FALSE(GetParam()->all_finite(numbers.data(), n)) << i;
      }
    }
  }
}

TEST_P(KernelsTest, ConvertsEveryByte) {
  std::vector<std::uint8_t> bytes(256);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i);
  std::vector<Real> x(256);
  GetParam()->widen_bytes(x.data(), bytes.data(), x.size());
  for (std::size_t i = 0; i < x.size(); ++i) ASSERT_EQ(x[i], static_cast<Real>(i));
}

TEST_P(KernelsTest, RescalesInPlaceAndIntoAnotherBuffer) {
  for (const std::size_t n : {1u, 7u, 8u, 100u}) {
    const auto x = RandomNumbers(n, 1);
    std::vector<Real> y(n), in_place = x;
    GetParam()->rescale(y.data(), x.data(), n, Real(0.5), Real(-3));
    GetParam()->rescale(in_place.data(), in_place.data(), n, Real(0.5), Real(-3));
    for (std::size_t i = 0; i < n; ++i) ASSERT_NEAR(y[i], 0.5 * x[i] - 3, 1e-6);
    EXPECT_EQ(in_place, y);
  }
}

TEST_P(KernelsTest, SumsTheColumnsOfStridedRows) {
  for (const std::size_t columns : {1u, 2u, 3u, 4u, 7u, 8u, 9u, 31u, 32u, 40u, 64u, 69u, 100u}) {
    for (const std::size_t rows : {0u, 1u, 2u, 33u, 300u}) {
      for (const std::size_t gap : {0u, 3u}) {
        for (const Real beta : {Real(0), Real(0.25)}) {
          const std::size_t stride = columns + gap;
          const auto x = RandomNumbers(rows * stride, 1), old = RandomNumbers(columns, 2);
          std::vector<Real> sums = old;
          GetParam()->column_sums(sums.data(), x.data(), rows, columns, stride, Real(-0.5), beta);
          for (std::size_t j = 0; j < columns; ++j) {
            double sum = 0;
            for (std::size_t r = 0; r < rows; ++r) sum += x[r * stride + j];
            ASSERT_NEAR(sums[j], -0.5 * sum + beta * old[j], Near(rows));
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace mlp
