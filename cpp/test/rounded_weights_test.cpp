#include "nn/rounded_weights.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "math/kernels.h"
#include "test/each_table.h"
#include "test/support.h"

namespace mlp {
namespace {

class RoundedProducts : public EachTable {};
INSTANTIATE_TEST_SUITE_P(All, RoundedProducts, testing::ValuesIn(Tables()), NameOfTable);

constexpr Rounding kRoundings[] = {Rounding::kHalf, Rounding::kBfloat16, Rounding::kInt8};

// How far a weight may be from the rounded one: half the distance between two neighbours.
double MostError(Rounding rounding, double weight, double largest_of_column) {
  switch (rounding) {
    case Rounding::kHalf:
      return std::max(std::ldexp(std::abs(weight), -11), std::ldexp(1, -25));
    case Rounding::kBfloat16:
      return std::ldexp(std::abs(weight), -8);
    case Rounding::kInt8:
      return 1.0001 * largest_of_column / 254;
    case Rounding::kNone:
      break;
  }
  return 0;
}

// Each weight as the product reads it: the output for a row of zeros and a one.
TEST_P(RoundedProducts, EachWeightIsOneOfTheNearest) {
  for (const std::size_t out : {64u, 70u, 97u}) {
    constexpr std::size_t kIn = 9;
    Network network(SpecOf({kIn, out}, Activation::kLinear, Activation::kLinear));
    auto weights = RandomNumbers(network.weight_count(), 1, 0.3);
    for (std::size_t j = 0; j < out; j += 5) weights[3 * out + j] = Real(1e-9);
    for (std::size_t i = 0; i < kIn; ++i) weights[i * out + 11] = 0;  // a scale of 0
    for (const Rounding rounding : kRoundings) {
      const RoundedWeights rounded(network, rounding, weights.data());
      ASSERT_TRUE(rounded.fits());
      const RoundedMatrix& matrix = *rounded.MatrixOf(0);
      std::vector<Real> largest(out), y(kIn * out), x(kIn * kIn);
      for (std::size_t i = 0; i < kIn; ++i) {
        x[i * kIn + i] = 1;
        for (std::size_t j = 0; j < out; ++j) {
          largest[j] = std::max(largest[j], std::abs(weights[i * out + j]));
        }
      }
      GetParam()->rounded_product(y.data(), x.data(), kIn, matrix, 0, RoundedMatrix::PanelsFor(out));
      for (std::size_t k = 0; k < kIn * out; ++k) {
        ASSERT_LE(std::abs(static_cast<double>(y[k]) - weights[k]),
                  MostError(rounding, weights[k], largest[k % out]))
            << weights[k];
      }
    }
  }
}

TEST_P(RoundedProducts, MatchPlainLoopsAndARowHasTheSameBitsAlone) {
  for (const std::size_t in : {1u, 3u, 4u, 13u, 300u}) {
    for (const std::size_t out : {64u, 65u, 160u}) {
      Network network(SpecOf({in, out}, Activation::kLinear, Activation::kLinear));
      const auto weights = RandomNumbers(network.weight_count(), 2);
      for (const Rounding rounding : kRoundings) {
        const RoundedWeights rounded(network, rounding, weights.data());
        const RoundedMatrix& matrix = *rounded.MatrixOf(0);
        const std::size_t panels = RoundedMatrix::PanelsFor(out);
        // The weights as the products read them.
        std::vector<Real> units(in * in), w(in * out);
        for (std::size_t i = 0; i < in; ++i) units[i * in + i] = 1;
        GetParam()->rounded_product(w.data(), units.data(), in, matrix, 0, panels);
        for (const std::size_t rows : {1u, 2u, 3u, 5u, 16u}) {
          const auto x = RandomNumbers(rows * in, 3);
          std::vector<Real> y(rows * out, std::numeric_limits<Real>::quiet_NaN()), alone(out);
          GetParam()->rounded_product(y.data(), x.data(), rows, matrix, 0, 1);
          GetParam()->rounded_product(y.data(), x.data(), rows, matrix, 1, panels - 1);
          for (std::size_t r = 0; r < rows; ++r) {
            GetParam()->rounded_product(alone.data(), x.data() + r * in, 1, matrix, 0, panels);
            for (std::size_t j = 0; j < out; ++j) {
              double sum = 0;
              for (std::size_t i = 0; i < in; ++i) sum += static_cast<double>(x[r * in + i]) * w[i * out + j];
              ASSERT_NEAR(y[r * out + j], sum, Near(in));
              ASSERT_EQ(y[r * out + j], alone[j]);
            }
          }
        }
      }
    }
  }
}

TEST(RoundedWeights, RefuseWhatTheirNumbersCannotHold) {
  Network network(SpecOf({5, 64}, Activation::kLinear, Activation::kLinear));
  const auto fits = [&](Rounding rounding, double number) {
    auto weights = RandomNumbers(network.weight_count(), 4);
    weights[77] = static_cast<Real>(number);
    return RoundedWeights(network, rounding, weights.data()).fits();
  };
  EXPECT_TRUE(fits(Rounding::kHalf, 65504));
  EXPECT_FALSE(fits(Rounding::kHalf, -70000));
  EXPECT_TRUE(fits(Rounding::kBfloat16, -3.38e38));
  EXPECT_FALSE(fits(Rounding::kBfloat16, 3.4e38));
  EXPECT_TRUE(fits(Rounding::kInt8, 3.4e38));
  for (const Rounding rounding : kRoundings) {
    EXPECT_FALSE(fits(rounding, std::numeric_limits<double>::infinity()));
    EXPECT_FALSE(fits(rounding, std::numeric_limits<double>::quiet_NaN()));
  }
}

TEST(RoundedWeights, FewRowsAreCloseToFloat32AndTheSameAloneAndTogether) {
  Model model(SpecOf({300, 512, 200, 10}, Activation::kRelu, Activation::kSoftmax));
  for (const std::size_t rows : {1u, 4u, 16u}) {
    const auto x = RandomNumbers(rows * 300, 5);
    std::vector<Real> exact(rows * 10), y(rows * 10), alone(10);
    model.RoundWeights(Rounding::kNone);
    model.PredictAtRest(exact.data(), x.data(), rows);
    for (const Rounding rounding : kRoundings) {
      model.RoundWeights(rounding);
      model.PredictAtRest(y.data(), x.data(), rows);
      EXPECT_NE(y, exact);
      for (std::size_t k = 0; k < y.size(); ++k) ASSERT_NEAR(y[k], exact[k], 0.03);
      model.PredictAtRest(alone.data(), x.data() + (rows - 1) * 300, 1);
      for (std::size_t j = 0; j < 10; ++j) ASSERT_NEAR(y[(rows - 1) * 10 + j], alone[j], 1e-6);
    }
  }
}

}  // namespace
}  // namespace mlp
