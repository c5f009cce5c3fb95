#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "test/each_table.h"
#include "test/support.h"

namespace mlp {
namespace {

class EachActivation : public EachTable {};

INSTANTIATE_TEST_SUITE_P(All, EachActivation, testing::ValuesIn(Tables()), NameOfTable);

constexpr Activation kElementwise[] = {
    Activation::kLinear,   Activation::kRelu,        Activation::kLeakyRelu, Activation::kElu,
    Activation::kSelu,     Activation::kGelu,        Activation::kGeluTanh,  Activation::kSilu,
    Activation::kMish,     Activation::kSigmoid,     Activation::kTanh,      Activation::kHardSigmoid,
    Activation::kSoftplus, Activation::kExponential, Activation::kSoftsign,  Activation::kStep};

constexpr double kAlpha = 0.1;

double Sigmoid(double z) { return 1 / (1 + std::exp(-z)); }
double Softplus(double z) { return std::max(z, 0.0) + std::log1p(std::exp(-std::abs(z))); }
double Cdf(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }
double TanhGate(double z) { return 0.5 * (1 + std::tanh(std::sqrt(2 / M_PI) * (z + 0.044715 * z * z * z))); }

// The definition of each activation in double.
double Reference(Activation f, double z) {
  const double selu_alpha = 1.6732632423543772, selu_scale = 1.0507009873554805;
  switch (f) {
    case Activation::kRelu:
      return z > 0 ? z : 0;
    case Activation::kLeakyRelu:
      return z > 0 ? z : static_cast<double>(static_cast<Real>(kAlpha)) * z;
    case Activation::kElu:
      return z > 0 ? z : static_cast<double>(static_cast<Real>(kAlpha)) * std::expm1(z);
    case Activation::kSelu:
      return selu_scale * (z > 0 ? z : selu_alpha * std::expm1(z));
    case Activation::kGelu:
      return z * Cdf(z);
    case Activation::kGeluTanh:
      return z * TanhGate(z);
    case Activation::kSilu:
      return z * Sigmoid(z);
    case Activation::kMish:
      return z * std::tanh(Softplus(z));
    case Activation::kSigmoid:
      return Sigmoid(z);
    case Activation::kHardSigmoid:
      return std::min(std::max(z + 3, 0.0), 6.0) / 6;
    case Activation::kTanh:
      return std::tanh(z);
    case Activation::kSoftplus:
      return Softplus(z);
    case Activation::kSoftsign:
      return z / (1 + std::abs(z));
    case Activation::kExponential:
      return std::exp(z);
    case Activation::kStep:
      return z > 0 ? 1 : 0;
    default:
      return z;
  }
}

// The derivatives in double; at kinks the value that PyTorch uses.
double ReferenceSlope(Activation f, double z) {
  const double selu_alpha = 1.6732632423543772, selu_scale = 1.0507009873554805;
  const double alpha = static_cast<double>(static_cast<Real>(kAlpha));
  switch (f) {
    case Activation::kRelu:
      return z > 0 ? 1 : 0;
    case Activation::kLeakyRelu:
      return z > 0 ? 1 : alpha;
    case Activation::kElu:
      return z > 0 ? 1 : alpha * std::exp(z);
    case Activation::kSelu:
      return selu_scale * (z > 0 ? 1 : selu_alpha * std::exp(z));
    case Activation::kGelu:
      return Cdf(z) + z * std::exp(-z * z / 2) / std::sqrt(2 * M_PI);
    case Activation::kGeluTanh: {
      const double t = 2 * TanhGate(z) - 1;
      const double slope = std::sqrt(2 / M_PI) * (1 + 3 * 0.044715 * z * z);
      return 0.5 * (1 + t) + 0.5 * z * (1 - t * t) * slope;
    }
    case Activation::kSilu:
      return Sigmoid(z) * (1 + z * Sigmoid(-z));
    case Activation::kMish: {
      const double t = std::tanh(Softplus(z));
      return t + z * (1 - t * t) * Sigmoid(z);
    }
    case Activation::kSigmoid:
      return Sigmoid(z) * Sigmoid(-z);
    case Activation::kHardSigmoid:
      return z > -3 && z < 3 ? 1.0 / 6 : 0;
    case Activation::kTanh:
      return 1 - std::tanh(z) * std::tanh(z);
    case Activation::kSoftplus:
      return Sigmoid(z);
    case Activation::kSoftsign:
      return 1 / ((1 + std::abs(z)) * (1 + std::abs(z)));
    case Activation::kExponential:
      return std::exp(z);
    case Activation::kStep:
      return 0;
    default:
      return 1;
  }
}

// Numbers of both signs from denormals to 1e4, dense near zero, where the functions bend.
std::vector<Real> WholeRange() {
  std::vector<Real> z;
  for (double x = -100; x <= 100; x += 0.0371) z.push_back(static_cast<Real>(x));
  for (double x = -12; x <= 12; x += 0.00173) z.push_back(static_cast<Real>(x));
  for (double x = 1e-44; x < 1; x *= 3) z.insert(z.end(), {static_cast<Real>(x), static_cast<Real>(-x)});
  const auto denormal = std::numeric_limits<Real>::denorm_min();
  z.insert(z.end(), {Real(1e4), Real(-1e4), Real(0), Real(-0.0), denormal, -denormal, Real(3), Real(-3)});
  return z;
}

TEST_P(EachActivation, MatchesItsDefinitionOverTheWholeRange) {
  const std::vector<Real> z = WholeRange();
  for (const Activation f : kElementwise) {
    std::vector<Real> y = z;
    GetParam()->bias_activation(y.data(), nullptr, 1, y.size(), f, Real(kAlpha));
    for (std::size_t i = 0; i < z.size(); ++i) {
      const double expected = Reference(f, z[i]);
      if (!std::isfinite(static_cast<Real>(expected))) {
        ASSERT_EQ(y[i], static_cast<Real>(expected)) << static_cast<int>(f) << ", z = " << z[i];
        continue;
      }
      // e^z is ill-conditioned: it multiplies the relative rounding error by z.
      const double factor =
          f == Activation::kExponential ? std::max(1.0, std::abs(static_cast<double>(z[i])) / 4) : 1;
      ASSERT_NEAR(y[i], expected, factor * kTolerance * std::max(1.0, std::abs(expected)))
          << static_cast<int>(f) << ", z = " << z[i];
    }
  }
}

TEST_P(EachActivation, DerivativesMatchTheirDefinitionsOverTheWholeRange) {
  const std::vector<Real> z = WholeRange();
  for (const Activation f : kElementwise) {
    std::vector<Real> y = z, dy(z.size(), Real(2));
    GetParam()->bias_activation(y.data(), nullptr, 1, y.size(), f, Real(kAlpha));
    GetParam()->activation_gradient(dy.data(), y.data(), NeedsInput(f) ? z.data() : nullptr, 1, y.size(), f,
                                    Real(kAlpha));
    for (std::size_t i = 0; i < z.size(); ++i) {
      const double expected = 2 * ReferenceSlope(f, z[i]);
      if (!std::isfinite(static_cast<Real>(expected))) continue;
      const double factor =
          f == Activation::kExponential ? std::max(1.0, std::abs(static_cast<double>(z[i])) / 4) : 1;
      ASSERT_NEAR(dy[i], expected, 2 * factor * kTolerance * std::max(1.0, std::abs(expected)))
          << static_cast<int>(f) << ", z = " << z[i];
    }
  }
}

#ifdef PERCEPTRA_DOUBLE
// Finite differences: a check of the definitions above, too.
TEST_P(EachActivation, DerivativesEqualCentralDifferences) {
  for (const Activation f : kElementwise) {
    for (double x = -9.013; x < 9; x += 0.0217) {
      if (f == Activation::kStep) continue;
      const double step = 1e-6;
      std::vector<Real> z = {static_cast<Real>(x)}, dy = {1};
      std::vector<Real> y = z;
      std::vector<Real> sides = {static_cast<Real>(x + step), static_cast<Real>(x - step)};
      GetParam()->bias_activation(y.data(), nullptr, 1, 1, f, Real(kAlpha));
      GetParam()->bias_activation(sides.data(), nullptr, 1, 2, f, Real(kAlpha));
      GetParam()->activation_gradient(dy.data(), y.data(), z.data(), 1, 1, f, Real(kAlpha));
      const double numeric = (static_cast<double>(sides[0]) - sides[1]) / (2 * step);
      ASSERT_NEAR(dy[0], numeric, 1e-8 * std::max(1.0, std::abs(numeric)))
          << static_cast<int>(f) << ", " << x;
    }
  }
}
#endif

TEST_P(EachActivation, SmallInputsKeepTheirRelativePrecision) {
  for (const Activation f : {Activation::kTanh, Activation::kElu, Activation::kSelu, Activation::kGelu,
                             Activation::kSilu, Activation::kMish, Activation::kSoftsign}) {
    for (double x = 1e-20; x < 1; x *= 1.7) {
      for (const double sign : {1.0, -1.0}) {
        Real y = static_cast<Real>(sign * x);
        const double expected = Reference(f, y);
        GetParam()->bias_activation(&y, nullptr, 1, 1, f, Real(kAlpha));
        ASSERT_NEAR(y / expected, 1.0, kTolerance) << static_cast<int>(f) << ", " << x;
      }
    }
  }
}

// A formula of the form 1 - x would lose the digits of these tails.
TEST_P(EachActivation, LowerTailsKeepTheirRelativePrecision) {
  for (const Activation f : {Activation::kSoftplus, Activation::kGelu, Activation::kGeluTanh,
                             Activation::kSilu, Activation::kMish, Activation::kExponential}) {
    for (double x = -1; x > -9; x -= 0.37) {
      Real y = static_cast<Real>(x);
      const double s = std::sqrt(2 / M_PI) * (y + 0.044715 * y * y * static_cast<double>(y));
      const double expected = f == Activation::kGeluTanh ? y * Sigmoid(2 * s) : Reference(f, y);
      GetParam()->bias_activation(&y, nullptr, 1, 1, f, Real(kAlpha));
      ASSERT_NEAR(y / expected, 1.0, 20 * kTolerance) << static_cast<int>(f) << ", " << x;
    }
  }
}

TEST_P(EachActivation, NaNStaysNaN) {
  const Real nan = std::numeric_limits<Real>::quiet_NaN();
  std::vector<Activation> kinds(std::begin(kElementwise), std::end(kElementwise));
  kinds.insert(kinds.end(), {Activation::kSoftmax, Activation::kPrelu});
  for (const Activation f : kinds) {
    std::vector<Real> y(40, Real(0.5));
    y[17] = nan;
    GetParam()->bias_activation(y.data(), nullptr, 1, y.size(), f, Real(kAlpha));
    EXPECT_TRUE(std::isnan(y[17])) << static_cast<int>(f);
  }
  std::vector<Real> y(40, nan), slopes(40, Real(0.25)), sums(40);
  GetParam()->prelu(y.data(), y.data(), slopes.data(), 1, 40);
  EXPECT_TRUE(std::isnan(y[21]));
  GetParam()->prelu_slope_gradient(sums.data(), slopes.data(), y.data(), 1, 40, 1, 0);
  EXPECT_TRUE(std::isnan(sums[21]));
}

TEST_P(EachActivation, AddsTheBiasOfEachUnit) {
  for (const std::size_t out : {1u, 2u, 3u, 4u, 6u, 8u, 9u, 10u, 17u}) {
    for (const Activation f : kElementwise) {
      const std::size_t rows = f == Activation::kRelu ? 150 : 13;  // many: several rows to a vector
      std::vector<Real> y = RandomNumbers(rows * out, 1), plain = y;
      const std::vector<Real> b = RandomNumbers(out, 2);
      GetParam()->bias_activation(y.data(), b.data(), rows, out, f, Real(kAlpha));
      for (std::size_t i = 0; i < plain.size(); ++i) plain[i] += b[i % out];
      GetParam()->bias_activation(plain.data(), nullptr, rows, out, f, Real(kAlpha));
      for (std::size_t i = 0; i < plain.size(); ++i) ASSERT_NEAR(y[i], plain[i], kTolerance);
    }
  }
}

TEST_P(EachActivation, SoftmaxOfLargeLogitsIsADistribution) {
  for (const std::size_t out : {2u, 3u, 10u, 33u}) {
    std::vector<Real> y(out, Real(-1e4));
    y[1] = Real(1e4);
    GetParam()->bias_activation(y.data(), nullptr, 1, out, Activation::kSoftmax, 0);
    EXPECT_EQ(y[1], Real(1));
    EXPECT_LT(y[0], Real(1e-30));
  }
}

TEST_P(EachActivation, PreluAndItsGradientsMatchPlainLoops) {
  for (const std::size_t out : {1u, 5u, 64u, 70u}) {
    const std::size_t rows = 7;
    const auto z = RandomNumbers(rows * out, 1), dy = RandomNumbers(rows * out, 2);
    const auto slopes = RandomNumbers(out, 3), old = RandomNumbers(out, 4);
    std::vector<Real> y = z, dz = dy, dslopes = old;
    GetParam()->prelu(y.data(), y.data(), slopes.data(), rows, out);
    GetParam()->prelu_gradient(dz.data(), dz.data(), z.data(), slopes.data(), rows, out);
    GetParam()->prelu_slope_gradient(dslopes.data(), dy.data(), z.data(), rows, out, Real(0.5), Real(0.25));
    for (std::size_t j = 0; j < out; ++j) {
      double sum = 0;
      for (std::size_t r = 0; r < rows; ++r) {
        const std::size_t i = r * out + j;
        const double slope = z[i] > 0 ? 1 : static_cast<double>(slopes[j]);
        ASSERT_NEAR(y[i], slope * z[i], kTolerance);
        ASSERT_NEAR(dz[i], slope * dy[i], 4 * kTolerance);
        sum += static_cast<double>(dy[i]) * std::min<double>(z[i], 0);
      }
      ASSERT_NEAR(dslopes[j], 0.5 * sum + 0.25 * old[j], 10 * kTolerance);
    }
    // With beta 0 the old values have no effect, not even NaN.
    std::vector<Real> fresh(out, std::numeric_limits<Real>::quiet_NaN());
    GetParam()->prelu_slope_gradient(fresh.data(), dy.data(), z.data(), rows, out, 1, 0);
    EXPECT_TRUE(std::isfinite(fresh[0]));
  }
}

}  // namespace
}  // namespace mlp
