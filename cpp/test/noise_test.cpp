// Masks and noise: compared with a scalar Philox on every instruction set, and their distributions.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "test/each_table.h"
#include "test/support.h"

namespace mlp {
namespace {

// Column c of a row uses word (c / 16) % 4 of block 16 * (c / 64) + c % 16.
std::uint32_t WordAt(const NoiseStream& stream, std::size_t row, std::size_t column) {
  const auto block = static_cast<std::uint32_t>(16 * (column / 64) + column % 16);
  const auto words = Philox(
      {block, static_cast<std::uint32_t>(stream.first_row + row), stream.epoch, stream.purpose()},
      {static_cast<std::uint32_t>(stream.seed), static_cast<std::uint32_t>(stream.seed >> 32)}, kNoiseRounds);
  return words[column / 16 % 4];
}

// Column c of a mask has the lower half of a word, column c + 64 the upper half.
std::uint32_t HalfAt(const NoiseStream& stream, std::size_t row, std::size_t column) {
  const std::uint32_t word = WordAt(stream, row, column / 128 * 64 + column % 64);
  return column % 128 < 64 ? word & 0xffff : word >> 16;
}

constexpr NoiseStream kStreams[] = {
    {1, 0, 0, 0}, {0xFEDCBA9876543210, 3, 7, 12345}, {42, 250, 0xFFFFFFFF, 0xFFFFFFF0}};

class Noise : public EachTable {};
INSTANTIATE_TEST_SUITE_P(All, Noise, testing::ValuesIn(Tables()), NameOfTable);

TEST_P(Noise, MasksCompareHalvesOfPhiloxsWordsWithTheRate) {
  for (const NoiseStream& stream : kStreams) {
    for (const std::size_t columns : {1u, 15u, 16u, 63u, 64u, 65u, 127u, 128u, 129u, 300u, 2049u}) {
      for (const double rate : {0.0, 0.25, 0.5, 1 - 0x1p-16}) {
        const std::size_t rows = 9;
        std::vector<Real> mask(rows * columns, Real(-1)), y(rows * columns);
        const std::vector<Real> x = RandomNumbers(rows * columns, 5);
        GetParam()->drop(y.data(), mask.data(), x.data(), rows, columns, stream,
                         {rate, Real(1.5), Real(0.5), Real(-2)});
        for (std::size_t r = 0; r < rows; ++r) {
          for (std::size_t c = 0; c < columns; ++c) {
            const bool kept = HalfAt(stream, r, c) >= static_cast<std::uint32_t>(rate * 65536);
            const std::size_t at = r * columns + c;
            ASSERT_EQ(mask[at], kept ? Real(1.5) : Real(0)) << r << ", " << c;
            // A fused multiply-add rounds once less.
            ASSERT_NEAR(y[at], kept ? x[at] * Real(1.5) + Real(0.5) : Real(-2), 1e-6);
          }
        }
      }
    }
  }
}

// Two words give the normal numbers of column c and column c + 16 (Box and Muller 1958): the cosine and the
// sine of one angle.
TEST_P(Noise, NormalsMatchBoxAndMuller) {
  for (const NoiseStream& stream : kStreams) {
    for (const std::size_t columns : {1u, 17u, 64u, 130u, 1025u}) {
      const std::size_t rows = 7;
      const std::vector<Real> x = RandomNumbers(rows * columns, 3);
      std::vector<Real> y(rows * columns);
      GetParam()->add_noise(y.data(), x.data(), rows, columns, stream, Real(0.5));
      for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t c = 0; c < columns; ++c) {
          const std::size_t left = c - (c / 16 % 2) * 16;
          const double u = ((WordAt(stream, r, left) >> 8) + 1) * 0x1p-24;
          const double turn = (WordAt(stream, r, left + 16) >> 8) * 0x1p-24 - 0.5;
          const double angle = 2 * std::acos(-1.0) * turn;
          const double normal = std::sqrt(-2 * std::log(u)) * (c == left ? std::cos(angle) : std::sin(angle));
          ASSERT_NEAR(y[r * columns + c], x[r * columns + c] + 0.5 * normal, 2e-6) << r << ", " << c;
        }
      }
    }
  }
}

TEST_P(Noise, DoesNotDependOnTheBlocksOfRows) {
  const std::size_t rows = 40, columns = 37;
  const std::vector<Real> x = RandomNumbers(rows * columns, 4);
  std::vector<Real> mask(rows * columns), y(rows * columns);
  const Dropping dropping{0.25, 1, 0, 0};
  GetParam()->drop(y.data(), mask.data(), x.data(), rows, columns, {9, 2, 5, 100}, dropping);
  GetParam()->add_noise(y.data(), x.data(), rows, columns, {9, 2, 5, 100}, 1);
  for (const std::size_t block : {1u, 7u, 16u}) {
    std::vector<Real> blocked_mask(rows * columns), blocked_y(rows * columns);
    for (std::size_t first = 0; first < rows; first += block) {
      const std::size_t count = std::min(block, rows - first), at = first * columns;
      const NoiseStream stream{9, 2, 5, 100 + first};
      GetParam()->drop(blocked_y.data() + at, blocked_mask.data() + at, x.data() + at, count, columns, stream,
                       dropping);
      GetParam()->add_noise(blocked_y.data() + at, x.data() + at, count, columns, stream, 1);
    }
    EXPECT_EQ(blocked_mask, mask);
    EXPECT_EQ(blocked_y, y);
  }
}

TEST_P(Noise, ProductsWithMasksMatchPlainLoops) {
  for (const std::size_t n : {1u, 15u, 16u, 100u}) {
    const std::vector<Real> x = RandomNumbers(n, 5), mask = RandomNumbers(n, 6);
    std::vector<Real> y(n);
    GetParam()->multiply(y.data(), x.data(), mask.data(), n);
    for (std::size_t i = 0; i < n; ++i) EXPECT_EQ(y[i], x[i] * mask[i]);
  }
}

// The bounds are six standard deviations of a binomial distribution: one stream in 5e8 exceeds them.
TEST(NoiseDistribution, DropsTheFractionThatTheRateGives) {
  const std::size_t rows = 500, columns = 400;
  const double n = rows * columns;
  std::vector<Real> x(rows * columns), y(rows * columns), mask(rows * columns);
  for (const double rate : {0.01, 0.2, 0.5, 0.9}) {
    for (std::uint32_t epoch = 0; epoch < 5; ++epoch) {
      ActiveKernels().drop(y.data(), mask.data(), x.data(), rows, columns, {31, 1, epoch, 0},
                           {rate, 1, 0, 0});
      const auto dropped = static_cast<double>(std::count(mask.begin(), mask.end(), Real(0)));
      EXPECT_NEAR(dropped / n, rate, 6 * std::sqrt(rate * (1 - rate) / n));
    }
  }
}

std::vector<Real> NormalsOf(const NoiseStream& stream, std::size_t rows, std::size_t columns) {
  std::vector<Real> zeros(rows * columns), y(rows * columns);
  ActiveKernels().add_noise(y.data(), zeros.data(), rows, columns, stream, 1);
  return y;
}

double Correlation(const Real* a, std::size_t a_stride, const Real* b, std::size_t b_stride, std::size_t n) {
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) sum += static_cast<double>(a[i * a_stride]) * b[i * b_stride];
  return sum / static_cast<double>(n);
}

// The bounds are six standard errors of each moment.
TEST(NoiseDistribution, NormalsHaveTheMomentsAndTailsOfNormalNumbers) {
  const std::size_t rows = 2000, columns = 1000;
  const std::vector<Real> y = NormalsOf({77, 0, 3, 0}, rows, columns);
  const double n = rows * columns;
  double mean = 0, square = 0, cube = 0, fourth = 0, largest = 0, beyond2 = 0, beyond4 = 0;
  for (const Real value : y) {
    const double v = value;
    mean += v / n;
    square += v * v / n;
    cube += v * v * v / n;
    fourth += v * v * v * v / n;
    largest = std::max(largest, std::abs(v));
    beyond2 += std::abs(v) > 2;
    beyond4 += std::abs(v) > 4;
  }
  EXPECT_NEAR(mean, 0, 6 / std::sqrt(n));
  EXPECT_NEAR(square, 1, 6 * std::sqrt(2 / n));
  EXPECT_NEAR(cube, 0, 6 * std::sqrt(15 / n));
  EXPECT_NEAR(fourth, 3, 6 * std::sqrt(96 / n));
  const double share2 = std::erfc(2 / std::sqrt(2.0)), share4 = std::erfc(4 / std::sqrt(2.0));
  EXPECT_NEAR(beyond2 / n, share2, 6 * std::sqrt(share2 / n));
  EXPECT_NEAR(beyond4 / n, share4, 6 * std::sqrt(share4 / n));
  EXPECT_GT(largest, 4.5);
  EXPECT_LT(largest, 5.8);  // sqrt(-2 ln 2^-24) = 5.77
}

TEST(NoiseDistribution, IsNotCorrelatedBetweenColumnsRowsEpochsLayersAndSeeds) {
  const std::size_t rows = 20000, columns = 70;
  const std::vector<Real> y = NormalsOf({5, 1, 2, 0}, rows, columns);
  const double bound = 6 / std::sqrt(static_cast<double>(rows));
  for (std::size_t c = 1; c < columns; ++c) {
    EXPECT_LT(std::abs(Correlation(y.data(), columns, y.data() + c, columns, rows)), bound) << c;
  }
  const double whole = 6 / std::sqrt(static_cast<double>((rows - 1) * columns));
  EXPECT_LT(std::abs(Correlation(y.data(), 1, y.data() + columns, 1, (rows - 1) * columns)), whole);
  for (const NoiseStream& other : {NoiseStream{6, 1, 2, 0}, {5, 2, 2, 0}, {5, 1, 3, 0}, {5, 1, 2, rows}}) {
    const std::vector<Real> z = NormalsOf(other, rows, columns);
    EXPECT_LT(std::abs(Correlation(y.data(), 1, z.data(), 1, rows * columns)), whole);
  }
}

// Klambauer et al. 2017: numbers of mean 0 and variance 1 keep both.
TEST(NoiseDistribution, AlphaDropoutKeepsMeanAndVariance) {
  const std::size_t rows = 1000, columns = 200;
  const double n = rows * columns;
  const std::vector<Real> x = NormalsOf({1, 9, 0, 0}, rows, columns);
  for (const double rate : {0.05, 0.2, 0.5}) {
    NetworkSpec spec;
    spec.inputs = columns;
    spec.layers = {{AlphaDropoutSpec{rate}}};
    const Network network(spec);
    std::vector<Real> y(rows * columns), saved(rows * columns);
    Pass pass;
    pass.training = true;
    pass.seed = 3;
    pass.saved = saved.data();
    network.layers()[0]->Forward(y.data(), x.data(), rows, Layer::Output::kActivated, pass);
    double mean = 0, square = 0;
    for (const Real value : y) {
      mean += value / n;
      square += static_cast<double>(value) * value / n;
    }
    EXPECT_NEAR(mean, 0, 0.015) << rate;
    EXPECT_NEAR(square - mean * mean, 1, 0.02) << rate;
  }
}

}  // namespace
}  // namespace mlp
