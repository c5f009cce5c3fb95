// The kernels of normalisation, regularizers and constraints on every instruction set, compared with plain
// loops in double.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "test/each_table.h"
#include "test/support.h"

namespace mlp {
namespace {

constexpr std::size_t kSizes[] = {1, 3, 16, 17, 64, 65, 150};

class Normalization : public EachTable {};
INSTANTIATE_TEST_SUITE_P(All, Normalization, testing::ValuesIn(Tables()), NameOfTable);

TEST_P(Normalization, ColumnMomentsAndCorrelationsAddToTheSums) {
  for (const std::size_t columns : kSizes) {
    for (const std::size_t rows : {1u, 2u, 33u}) {
      const auto x = RandomNumbers(rows * columns, 1), dy = RandomNumbers(rows * columns, 2),
                 mean = RandomNumbers(columns, 3);
      std::vector<double> moments(2 * columns, 0.5), correlations(2 * columns, -0.25);
      GetParam()->column_moments(moments.data(), x.data(), rows, columns);
      GetParam()->column_correlations(correlations.data(), dy.data(), x.data(), mean.data(), rows, columns);
      for (std::size_t j = 0; j < columns; ++j) {
        double sum = 0.5, squares = 0.5, gradient = -0.25, product = -0.25;
        for (std::size_t r = 0; r < rows; ++r) {
          const double value = x[r * columns + j], d = dy[r * columns + j];
          sum += value;
          squares += value * value;
          gradient += d;
          product += d * (value - mean[j]);
        }
        ASSERT_NEAR(moments[j], sum, 1e-12);
        ASSERT_NEAR(moments[columns + j], squares, 1e-12);
        ASSERT_NEAR(correlations[j], gradient, 1e-12);
        ASSERT_NEAR(correlations[columns + j], product, 1e-12);
      }
    }
  }
}

TEST_P(Normalization, BatchNormAndItsGradientMatchPlainLoops) {
  const std::size_t rows = 9;
  for (const std::size_t columns : kSizes) {
    for (const int tensors : {0, 1, 2, 3}) {  // bit 0: with gamma, bit 1: with beta
      const auto x = RandomNumbers(rows * columns, 1), dy = RandomNumbers(rows * columns, 2),
                 mean = RandomNumbers(columns, 3), gamma = RandomNumbers(columns, 4),
                 beta = RandomNumbers(columns, 5), sums = RandomNumbers(2 * columns, 6);
      std::vector<Real> variance = RandomNumbers(columns, 7), y(rows * columns), dx(rows * columns),
                        constant(rows * columns);
      for (Real& v : variance) v = v * v;
      const BatchNorm norm{mean.data(), variance.data(), tensors & 1 ? gamma.data() : nullptr,
                           tensors & 2 ? beta.data() : nullptr, Real(0.01)};
      GetParam()->batch_norm(y.data(), x.data(), rows, columns, norm);
      GetParam()->batch_norm_gradient(dx.data(), dy.data(), x.data(), rows, columns, norm, sums.data(),
                                      Real(1) / rows);
      GetParam()->batch_norm_gradient(constant.data(), dy.data(), x.data(), rows, columns, norm, nullptr, 0);
      for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t j = 0; j < columns; ++j) {
          const std::size_t at = r * columns + j;
          const double scale = 1 / std::sqrt(static_cast<double>(variance[j]) + Real(0.01));
          const double g = tensors & 1 ? gamma[j] : 1, b = tensors & 2 ? beta[j] : 0;
          const double normal = (static_cast<double>(x[at]) - mean[j]) * scale;
          const double tolerance = 20 * kTolerance * (1 + scale * scale);
          ASSERT_NEAR(y[at], normal * g + b, tolerance);
          ASSERT_NEAR(dx[at], g * scale * (dy[at] - sums[j] / rows - normal * sums[columns + j] / rows),
                      tolerance);
          ASSERT_NEAR(constant[at], g * scale * dy[at], tolerance);
        }
      }
    }
  }
}

// A mean that is large beside the deviation must cost no digits. The expected numbers are computed from the
// rounded x, so the rounding of x does not count.
TEST_P(Normalization, LayerNormAndItsGradientsMatchPlainLoops) {
  const std::size_t rows = 5;
  for (const std::size_t columns : kSizes) {
    for (const double offset : {0.0, 1000.0}) {
      for (const int tensors : {0, 1, 2, 3}) {
        std::vector<Real> x = RandomNumbers(rows * columns, 1);
        for (Real& value : x) value += static_cast<Real>(offset);
        const auto dy = RandomNumbers(rows * columns, 2), gamma = RandomNumbers(columns, 4),
                   beta = RandomNumbers(columns, 5);
        std::vector<Real> y(rows * columns), unsaved(rows * columns), dx(rows * columns), saved(3 * rows),
            dgamma(columns, Real(0.5));
        const Real* const g = tensors & 1 ? gamma.data() : nullptr;
        const Real* const b = tensors & 2 ? beta.data() : nullptr;
        GetParam()->layer_norm(y.data(), saved.data(), x.data(), g, b, rows, columns, Real(0.01));
        GetParam()->layer_norm(unsaved.data(), nullptr, x.data(), g, b, rows, columns, Real(0.01));
        EXPECT_EQ(y, unsaved);
        GetParam()->layer_norm_gradient(dx.data(), dy.data(), x.data(), saved.data(), g, rows, columns);
        GetParam()->layer_norm_gamma_gradient(dgamma.data(), dy.data(), x.data(), saved.data(), rows, columns,
                                              Real(-0.5), Real(2));
        std::vector<double> gradients(columns);
        for (std::size_t r = 0; r < rows; ++r) {
          double mean = 0, variance = 0, bias = 0, slope = 0;
          const auto n = static_cast<double>(columns);
          const auto at = [&](const std::vector<Real>& v, std::size_t j) {
            return static_cast<double>(v[r * columns + j]);
          };
          for (std::size_t j = 0; j < columns; ++j) mean += at(x, j) / n;
          for (std::size_t j = 0; j < columns; ++j) variance += std::pow(at(x, j) - mean, 2) / n;
          const double scale = 1 / std::sqrt(variance + Real(0.01));
          for (std::size_t j = 0; j < columns; ++j) {
            const double d = at(dy, j) * (g ? gamma[j] : 1), normal = (at(x, j) - mean) * scale;
            bias += d / n;
            slope += d * normal / n;
            gradients[j] += at(dy, j) * normal;
          }
          const double tolerance = 20 * kTolerance * (1 + scale);
          for (std::size_t j = 0; j < columns; ++j) {
            const double normal = (at(x, j) - mean) * scale, gain = g ? gamma[j] : 1;
            ASSERT_NEAR(at(y, j), normal * gain + (b ? beta[j] : 0), tolerance * (1 + std::abs(gain)));
            ASSERT_NEAR(at(dx, j), scale * (at(dy, j) * gain - bias - normal * slope),
                        tolerance * (1 + scale))
                << columns << " columns, offset " << offset;
          }
        }
        for (std::size_t j = 0; j < columns; ++j) {
          ASSERT_NEAR(dgamma[j], -0.5 * gradients[j] + 1, 200 * kTolerance) << "offset " << offset;
        }
      }
    }
  }
}

class Rules : public EachTable {};
INSTANTIATE_TEST_SUITE_P(All, Rules, testing::ValuesIn(Tables()), NameOfTable);

TEST_P(Rules, PenaltiesAndTheirGradientsMatchTheirFormulas) {
  for (const std::size_t n : kSizes) {
    std::vector<Real> w = RandomNumbers(n, 1), grad = RandomNumbers(n, 2);
    w[n / 2] = 0;
    const std::vector<Real> old = grad;
    const double penalty = GetParam()->regularize(grad.data(), w.data(), n, Real(0.25), Real(0.5));
    double sum = 0;
    for (std::size_t i = 0; i < n; ++i) {
      sum += 0.25 * std::abs(w[i]) + 0.5 * static_cast<double>(w[i]) * w[i];
      const double sign = w[i] > 0 ? 1 : w[i] < 0 ? -1 : 0;
      ASSERT_NEAR(grad[i], old[i] + 0.25 * sign + w[i], 5 * kTolerance);
    }
    EXPECT_NEAR(penalty, sum, 100 * kTolerance);
    EXPECT_EQ(GetParam()->regularize(nullptr, w.data(), n, Real(0.25), Real(0.5)), penalty);
  }
}

TEST_P(Rules, ClippingScalingAveragesAndNonNegativityMatchTheirFormulas) {
  for (const std::size_t n : kSizes) {
    const std::vector<Real> x = RandomNumbers(n, 1, 2), start = RandomNumbers(n, 2);
    std::vector<Real> clipped = x, scaled = x, average = start, above = x;
    GetParam()->clip(clipped.data(), n, Real(0.75));
    GetParam()->scale(scaled.data(), n, Real(-0.5));
    GetParam()->move_average(average.data(), x.data(), n, Real(0.75));
    GetParam()->not_below_zero(above.data(), n);
    double squares = 0;
    for (std::size_t i = 0; i < n; ++i) {
      ASSERT_EQ(clipped[i], std::clamp(x[i], Real(-0.75), Real(0.75)));
      ASSERT_EQ(scaled[i], Real(-0.5) * x[i]);
      ASSERT_NEAR(average[i], 0.75 * start[i] + 0.25 * x[i], 5 * kTolerance);
      ASSERT_EQ(above[i], std::max(x[i], Real(0)));
      squares += static_cast<double>(x[i]) * x[i];
    }
    EXPECT_NEAR(GetParam()->sum_of_squares(x.data(), n), squares, 1e-10);
    // With momentum 0 the average is x, whatever it was before.
    GetParam()->move_average(average.data(), x.data(), n, 0);
    for (std::size_t i = 0; i < n; ++i) ASSERT_NEAR(average[i], x[i], 5 * kTolerance);
  }
}

// Keras's formula: w * limit / (1e-7 + norm). Columns with a norm of at most the limit do not change.
TEST_P(Rules, ColumnNormsAreLimited) {
  const std::size_t rows = 7;
  for (const std::size_t columns : kSizes) {
    const std::size_t stride = columns + 3;
    for (const double limit : {0.0, 1.5}) {
      std::vector<Real> w = RandomNumbers(rows * stride, 1);
      for (std::size_t r = 0; r < rows; ++r) w[r * stride] = Real(0.1);  // a norm below the limit
      const std::vector<Real> old = w;
      GetParam()->limit_columns(w.data(), rows, stride, columns, static_cast<Real>(limit));
      for (std::size_t j = 0; j < stride; ++j) {
        double squares = 0;
        for (std::size_t r = 0; r < rows; ++r) {
          squares += static_cast<double>(old[r * stride + j]) * old[r * stride + j];
        }
        const double norm = std::sqrt(squares), target = limit == 0 ? 1 : std::min(norm, limit);
        const bool unchanged = j >= columns || (limit != 0 && norm <= limit);
        for (std::size_t r = 0; r < rows; ++r) {
          const std::size_t at = r * stride + j;
          const double tolerance = unchanged ? 0 : 10 * kTolerance;
          ASSERT_NEAR(w[at], unchanged ? old[at] : old[at] * target / (norm + 1e-7), tolerance);
        }
      }
    }
  }
  std::vector<Real> zeros(5, Real(0));
  GetParam()->limit_columns(zeros.data(), 5, 1, 1, 0);
  EXPECT_EQ(zeros, std::vector<Real>(5, Real(0)));
}

class TableKernels : public EachTable {};
INSTANTIATE_TEST_SUITE_P(All, TableKernels, testing::ValuesIn(Tables()), NameOfTable);

TEST_P(TableKernels, BlendsAndScalesMatchPlainLoops) {
  const std::size_t rows = 5;
  for (const std::size_t out : kSizes) {
    const auto x = RandomNumbers(rows * out, 1), f = RandomNumbers(rows * out, 2),
               alphas = RandomNumbers(out, 3), dy = RandomNumbers(rows * out, 4);
    std::vector<Real> blended(rows * out), scaled(rows * out), dalphas(out, 1), dfactors(out, 1);
    GetParam()->blend(blended.data(), x.data(), f.data(), alphas.data(), rows, out);
    GetParam()->scale_columns(scaled.data(), x.data(), alphas.data(), rows, out);
    GetParam()->blend_gradient(dalphas.data(), dy.data(), x.data(), f.data(), rows, out, 2, Real(0.5));
    GetParam()->scale_columns_gradient(dfactors.data(), dy.data(), x.data(), rows, out, 2, Real(0.5));
    for (std::size_t j = 0; j < out; ++j) {
      double dalpha = 0, dfactor = 0;
      for (std::size_t i = j; i < rows * out; i += out) {
        ASSERT_NEAR(blended[i], x[i] + static_cast<double>(alphas[j]) * (f[i] - x[i]), kTolerance);
        ASSERT_NEAR(scaled[i], static_cast<double>(alphas[j]) * x[i], kTolerance);
        dalpha += static_cast<double>(dy[i]) * (f[i] - x[i]);
        dfactor += static_cast<double>(dy[i]) * x[i];
      }
      ASSERT_NEAR(dalphas[j], 2 * dalpha + 0.5, 10 * kTolerance);
      ASSERT_NEAR(dfactors[j], 2 * dfactor + 0.5, 10 * kTolerance);
    }
  }
}

// The waves of columns from -900 to 900, and those of arguments without a fraction, which must stay finite.
TEST_P(TableKernels, WavesAreCosinesAndSines) {
  for (const std::size_t frequencies : {1u, 5u, 16u, 37u}) {
    const std::size_t rows = 9, width = 2 * frequencies;
    const auto slopes = RandomNumbers(frequencies, 1), phases = RandomNumbers(frequencies, 2);
    std::vector<Real> x(rows), kernel(width * width), bias(width), y(rows * width),
        saved(rows * 3 * frequencies);
    for (std::size_t r = 0; r + 1 < rows; ++r) x[r] = (static_cast<Real>(r) - 4) * Real(225.25);
    x[rows - 1] = Real(3e38);
    for (std::size_t k = 0; k < width; ++k) kernel[k * width + k] = 1;  // the units themselves
    const std::uint32_t column = 0;
    const PeriodicPart part{&column, 1,     frequencies,   width,         true,          false,
                            false,   false, slopes.data(), phases.data(), kernel.data(), bias.data()};
    const PartRows block{rows, x.data(), 1, width, saved.data(), 3 * frequencies};
    GetParam()->periodic(y.data(), block, part);
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t k = 0; k < frequencies; ++k) {
        const Real turns = slopes[k] * x[r];
        const double angle = 2 * std::numbers::pi * turns + phases[k];
        const Real cosine = y[r * width + k], sine = y[r * width + frequencies + k];
        if (r + 1 == rows) {
          ASSERT_LE(std::abs(cosine), Real(1.001));
          ASSERT_LE(std::abs(sine), Real(1.001));
          continue;
        }
        const double tolerance = 20 * kTolerance * (1 + std::abs(turns));
        ASSERT_NEAR(cosine, std::cos(angle), tolerance);
        ASSERT_NEAR(sine, std::sin(angle), tolerance);
      }
    }
  }
}

TEST_P(TableKernels, PiecewiseEmbeddingsMatchPlainLoops) {
  const std::vector<Real> edges{-1, Real(-0.5), Real(0.25), 2};
  const std::size_t bins = edges.size() - 1, first_bins[] = {0, bins};
  const std::vector<Real> x{-3, -1, Real(-0.5), 0, 1, 2, 7};
  for (const std::size_t width : {1u, 3u, 16u, 21u}) {
    const auto slopes = RandomNumbers(width, 1), bias = RandomNumbers(width, 2),
               kernel = RandomNumbers(bins * width, 3);
    std::vector<Real> y(x.size() * width);
    const std::uint32_t column = 0;
    const PiecewisePart part{&column,       1,           width,        first_bins, edges.data(),
                             slopes.data(), bias.data(), kernel.data()};
    GetParam()->piecewise(y.data(), {x.size(), x.data(), 1, width, nullptr, 0}, part);
    for (std::size_t r = 0; r < x.size(); ++r) {
      for (std::size_t j = 0; j < width; ++j) {
        double expected = static_cast<double>(bias[j]) + static_cast<double>(slopes[j]) * x[r];
        for (std::size_t k = 0; k < bins; ++k) {
          double share =
              (static_cast<double>(x[r]) - edges[k]) / (static_cast<double>(edges[k + 1]) - edges[k]);
          if (k > 0) share = std::max(share, 0.0);
          if (k + 1 < bins) share = std::min(share, 1.0);
          expected += share * kernel[k * width + j];
        }
        ASSERT_NEAR(y[r * width + j], expected, 50 * kTolerance);
      }
    }
  }
}

}  // namespace
}  // namespace mlp
