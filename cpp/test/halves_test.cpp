#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "math/kernels.h"
#include "test/each_table.h"
#include "test/support.h"

namespace mlp {
namespace {

class Halves : public EachTable {};
INSTANTIATE_TEST_SUITE_P(All, Halves, testing::ValuesIn(Tables()), NameOfTable);

// The value of a finite half with these bits (IEEE 754-2019, section 3.4).
double ValueOf(unsigned bits) {
  const int exponent = static_cast<int>((bits >> 10) & 31);
  const double fraction = (bits & 1023) / 1024.0;
  const double size = exponent == 0 ? std::ldexp(fraction, -14) : std::ldexp(1 + fraction, exponent - 15);
  return (bits & 0x8000) != 0 ? -size : size;
}

std::vector<Half> FiniteHalves() {
  std::vector<Half> halves;
  for (unsigned bits = 0; bits < 0x10000; ++bits) {
    if ((bits & 0x7c00) != 0x7c00) halves.push_back(static_cast<Half>(bits));
  }
  return halves;
}

TEST_P(Halves, WidensEveryFiniteHalfExactly) {
  const std::vector<Half> halves = FiniteHalves();
  std::vector<Real> y(halves.size());
  const Real one = 1;
  const std::size_t panels = RoundedMatrix::PanelsFor(halves.size());
  std::vector<Half> padded(panels * RoundedMatrix::kPanel);
  std::copy(halves.begin(), halves.end(), padded.begin());
  GetParam()->rounded_product(y.data(), &one, 1, {Rounding::kHalf, padded.data(), nullptr, 1, halves.size()},
                              0, panels);
  for (std::size_t i = 0; i < y.size(); ++i) {
    ASSERT_EQ(y[i], ValueOf(static_cast<unsigned>(halves[i]))) << static_cast<unsigned>(halves[i]);
  }
}

TEST_P(Halves, RoundsToTheNearestHalfAndTiesToEven) {
  std::vector<Real> from;
  for (const Half half : FiniteHalves()) from.push_back(Real(ValueOf(static_cast<unsigned>(half))));
  const auto draws = RandomNumbers(5000, 3);
  for (std::size_t i = 0; i < draws.size(); ++i) {
    from.push_back(std::ldexp(draws[i], static_cast<int>(i % 42) - 27));
  }
  std::vector<Half> halves(from.size());
  ASSERT_TRUE(GetParam()->narrow(halves.data(), from.data(), from.size()));
  for (std::size_t i = 0; i < from.size(); ++i) {
    const auto bits = static_cast<unsigned>(halves[i]);
    const double error = std::abs(ValueOf(bits) - from[i]);
    // Not farther away than either neighbour; the even one in a tie.
    for (const unsigned neighbour : {bits - 1, bits + 1}) {
      if ((neighbour & 0x7c00) == 0x7c00 || ((neighbour ^ bits) & 0x8000) != 0) continue;
      const double distance = std::abs(ValueOf(neighbour) - from[i]);
      ASSERT_LE(error, distance) << from[i];
      if (error == distance) {
        ASSERT_EQ(bits & 1, 0u) << from[i];
      }
    }
  }
}

TEST_P(Halves, RefusesNumbersThatRoundBeyondTheLargestHalf) {
  const auto fits = [](double x) {
    const std::vector<Real> from = {1, static_cast<Real>(x), 2};
    std::vector<Half> halves(3);
    return GetParam()->narrow(halves.data(), from.data(), 3);
  };
  EXPECT_TRUE(fits(65504));
  EXPECT_TRUE(fits(-65519));  // rounds to -65504
  EXPECT_FALSE(fits(65520));
  EXPECT_FALSE(fits(-1e9));
  EXPECT_FALSE(fits(std::numeric_limits<double>::infinity()));
  EXPECT_FALSE(fits(std::numeric_limits<double>::quiet_NaN()));
}

}  // namespace
}  // namespace mlp
