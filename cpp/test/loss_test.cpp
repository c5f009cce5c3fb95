#include "nn/loss.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "math/error.h"
#include "test/each_table.h"
#include "test/loss_cases.h"
#include "test/support.h"

namespace mlp {
namespace {

class EachLoss : public testing::TestWithParam<LossCase> {
 protected:
  static constexpr std::size_t kRows = 7;

  // Makes outputs (or logits, if the loss reads those) and targets.
  void Fill() {
    const LossCase& a_case = GetParam();
    y_ = RandomNumbers(kRows * a_case.outputs, 3);
    if (loss_.reads() == Layer::Output::kActivated) {
      ActiveKernels().bias_activation(y_.data(), nullptr, kRows, a_case.outputs, a_case.last, Real(0.1));
    }
    data_ = DataFor(a_case.loss.kind, kRows, 2, a_case.outputs);
    if (loss_.reads_classes())
      targets_.classes = data_->classes(0);
    else
      targets_.values = data_->values(0);
  }

  Loss loss_{GetParam().loss, {GetParam().last, Real(0.1)}, GetParam().outputs};
  std::vector<Real> y_;
  std::shared_ptr<Dataset> data_;
  Targets targets_;
};

INSTANTIATE_TEST_SUITE_P(All, EachLoss, testing::ValuesIn(LossCases()),
                         [](const auto& info) { return info.param.name; });

#ifdef PERCEPTRA_DOUBLE  // finite differences need it
TEST_P(EachLoss, GradientsOfWeightedRowsEqualCentralDifferences) {
  Fill();
  const std::vector<Real> weights = {1, 0, Real(0.5), 3, Real(0.25), 1, 2};
  for (const Real* w : {static_cast<const Real*>(nullptr), weights.data()}) {
    targets_.weights = w;
    std::vector<Real> dy(y_.size()), in_place = y_;
    const double value = loss_.Evaluate(dy.data(), y_.data(), targets_, kRows, Real(0.125));
    EXPECT_EQ(value, loss_.Evaluate(in_place.data(), in_place.data(), targets_, kRows, Real(0.125)));
    EXPECT_EQ(in_place, dy);
    EXPECT_NEAR(value, loss_.Evaluate(nullptr, y_.data(), targets_, kRows, 1), 1e-14 * std::abs(value));
    for (std::size_t i = 0; i < y_.size(); ++i) {
      const double step = 1e-5;
      const auto at = [&](double steps) {
        std::vector<Real> moved = y_;
        moved[i] = static_cast<Real>(moved[i] + steps * step);
        return loss_.Evaluate(nullptr, moved.data(), targets_, kRows, 1);
      };
      const double numeric = 0.125 * (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * step);
      ASSERT_NEAR(dy[i], numeric, 1e-7 * std::max(1.0, std::abs(numeric))) << i;
    }
  }
}
#endif

TEST_P(EachLoss, WeightsMultiplyTheLossAndTheGradientOfARow) {
  Fill();
  const std::size_t out = GetParam().outputs;
  std::vector<Real> weights(kRows, 1), dy(y_.size());
  weights[2] = 2;
  weights[4] = 0;
  y_[4 * out] = std::numeric_limits<Real>::quiet_NaN();  // weight 0: must have no effect
  targets_.weights = weights.data();
  const double value = loss_.Evaluate(dy.data(), y_.data(), targets_, kRows, 1);
  double expected = 0;
  for (std::size_t r = 0; r < kRows; ++r) {
    if (r == 4) continue;
    Targets row;
    if (targets_.values != nullptr) row.values = targets_.values + r * loss_.target_columns();
    if (targets_.classes != nullptr) row.classes = targets_.classes + r;
    std::vector<Real> drow(out);
    expected += weights[r] * loss_.Evaluate(drow.data(), y_.data() + r * out, row, 1, 1);
    for (std::size_t j = 0; j < out; ++j) {
      ASSERT_NEAR(dy[r * out + j], weights[r] * drow[j], 10 * kTolerance);
    }
  }
  EXPECT_NEAR(value, expected, 10 * kTolerance);
  for (std::size_t j = 0; j < out; ++j) EXPECT_EQ(dy[4 * out + j], 0);
}

TEST_P(EachLoss, IsFiniteForLargeOutputs) {
  Fill();
  const LossKind kind = GetParam().loss.kind;
  if (kind == LossKind::kPoisson || kind == LossKind::kGaussianNll)
    return;  // their formulas contain e^10000, which is infinite
  for (std::size_t i = 0; i < y_.size(); ++i) y_[i] = i % 3 == 0 ? Real(1e4) : i % 3 == 1 ? Real(-1e4) : 0;
  std::vector<Real> dy(y_.size());
  EXPECT_TRUE(std::isfinite(loss_.Evaluate(dy.data(), y_.data(), targets_, kRows, 1)));
  for (const Real d : dy) EXPECT_TRUE(std::isfinite(d));
}

TEST_P(EachLoss, IsNaNIfAnOutputIsNaN) {
  Fill();
  y_[y_.size() - 1] = std::numeric_limits<Real>::quiet_NaN();
  EXPECT_TRUE(std::isnan(loss_.Evaluate(nullptr, y_.data(), targets_, kRows, 1)));
}

TEST(Loss, RefusesIncompatibleLastLayers) {
  const auto make = [](LossKind kind, bool from_logits, Activation last, std::size_t outputs) {
    return Loss({kind, from_logits, {}}, {last, 0}, outputs);
  };
  EXPECT_THROW(make(LossKind::kBinaryCrossentropy, false, Activation::kSoftmax, 2), Error);
  EXPECT_THROW(make(LossKind::kCategoricalCrossentropy, true, Activation::kSoftmax, 2), Error);
  EXPECT_THROW(make(LossKind::kPoisson, true, Activation::kExponential, 2), Error);
  EXPECT_THROW(make(LossKind::kFocal, false, Activation::kLinear, 2), Error);
  EXPECT_THROW(make(LossKind::kGaussianNll, false, Activation::kLinear, 3), Error);
  EXPECT_THROW(make(LossKind::kGaussianNll, false, Activation::kTanh, 2), Error);
}

class EachLossKernel : public EachTable {};

INSTANTIATE_TEST_SUITE_P(All, EachLossKernel, testing::ValuesIn(Tables()), NameOfTable);

double Sigmoid(double z) { return 1 / (1 + std::exp(-z)); }
double Softplus(double z) { return std::max(z, 0.0) + std::log1p(std::exp(-std::abs(z))); }

// The definition of each loss in double, for one output; t is 0 or 1, for hinge losses -1 or 1.
double Reference(ElementLoss loss, double y, double t, const LossParameters& p) {
  switch (loss) {
    case ElementLoss::kSquared:
      return (y - t) * (y - t);
    case ElementLoss::kAbsolute:
      return std::abs(y - t);
    case ElementLoss::kHuber: {
      const double e = std::abs(y - t), d = p.delta;
      return e <= d ? e * e / 2 : d * e - d * d / 2;
    }
    case ElementLoss::kLogCosh:
      return std::abs(y - t) + std::log1p(std::expm1(-2 * std::abs(y - t)) / 2);
    case ElementLoss::kHinge:
      return std::max(1 - t * y, 0.0);
    case ElementLoss::kSquaredHinge:
      return std::pow(std::max(1 - t * y, 0.0), 2);
    case ElementLoss::kPoisson:
      return y - t * std::log(y + static_cast<double>(Real(1e-7)));
    case ElementLoss::kPoissonLogits:
      return std::exp(y) - t * y;
    case ElementLoss::kQuantile:
      return std::max(p.quantile * (t - y), (static_cast<double>(p.quantile) - 1) * (t - y));
    case ElementLoss::kSigmoidCrossentropy: {
      const double smooth = t * (1 - static_cast<double>(p.smoothing)) + p.smoothing / 2.0;
      return smooth * Softplus(-y) + (1 - smooth) * Softplus(y);
    }
    case ElementLoss::kSigmoidFocal:
      return t == 1 ? p.alpha * std::pow(Sigmoid(-y), p.gamma) * Softplus(-y)
                    : (1 - static_cast<double>(p.alpha)) * std::pow(Sigmoid(y), p.gamma) * Softplus(y);
    case ElementLoss::kSigmoidKullbackLeibler:
      return t * Softplus(-y);
    case ElementLoss::kClippedKullbackLeibler: {
      const double clipped = std::max(t, static_cast<double>(Real(1e-7)));
      return clipped * std::log(clipped / std::min(std::max(y, static_cast<double>(Real(1e-7))), 1.0));
    }
  }
  return 0;
}

TEST_P(EachLossKernel, ValuesMatchTheirFormulasOverWideRanges) {
  LossParameters p;
  p.smoothing = Real(0.1);
  p.quantile = Real(0.8);
  p.delta = Real(0.7);
  for (int k = 0; k <= static_cast<int>(ElementLoss::kClippedKullbackLeibler); ++k) {
    const auto loss = static_cast<ElementLoss>(k);
    const bool signs = loss == ElementLoss::kHinge || loss == ElementLoss::kSquaredHinge;
    const bool rates = loss == ElementLoss::kPoisson || loss == ElementLoss::kClippedKullbackLeibler;
    std::vector<double> outputs = {0, 1e-40, 1e-7, 1e-3, 0.3, 0.999, 1, 1.5, 12, 80};
    if (!rates) {
      for (double x = -30; x < 30; x += 0.37) outputs.push_back(x);
      outputs.push_back(-80);
      if (loss != ElementLoss::kPoissonLogits) outputs.insert(outputs.end(), {1e4, -1e4});
    }
    for (const double at : outputs) {
      for (const Real t : {signs ? Real(-1) : Real(0), Real(1)}) {
        const Real y = static_cast<Real>(at);
        const double expected = Reference(loss, y, t, p);
        const double value = GetParam()->element_loss(nullptr, &y, &t, nullptr, 1, 1, 1, loss, p);
        ASSERT_NEAR(value, expected, 4 * kTolerance * std::max(1.0, std::abs(expected)))
            << "loss " << k << ", output " << at << ", target " << t;
      }
    }
  }
}

// The logarithm of a cosh near 1 would lose the digits of small errors.
TEST_P(EachLossKernel, LogCoshOfSmallErrorsKeepsItsRelativePrecision) {
  const Real t = 0;
  for (double x = 1e-6; x < 1; x *= 1.9) {
    const Real y = static_cast<Real>(x);
    const double half = std::sinh(static_cast<double>(y) / 2);
    const double value =
        GetParam()->element_loss(nullptr, &y, &t, nullptr, 1, 1, 1, ElementLoss::kLogCosh, {});
    ASSERT_NEAR(value / std::log1p(2 * half * half), 1, 2 * kTolerance) << x;
  }
}

TEST_P(EachLossKernel, LossOfSeveralNumbersIsTheSumOfTheirLosses) {
  for (const std::size_t n : {2u, 15u, 16u, 37u}) {
    const auto numbers = RandomNumbers(n, 1);
    std::vector<Real> y(n), t(n);
    for (std::size_t i = 0; i < n; ++i) {
      y[i] = (numbers[i] + 2) / 4;
      t[i] = Real(i % 2);
    }
    for (int k = 0; k <= static_cast<int>(ElementLoss::kClippedKullbackLeibler); ++k) {
      const auto loss = static_cast<ElementLoss>(k);
      double sum = 0;
      for (std::size_t i = 0; i < n; ++i) {
        sum += GetParam()->element_loss(nullptr, &y[i], &t[i], nullptr, 1, 1, 1, loss, {});
      }
      EXPECT_NEAR(GetParam()->element_loss(nullptr, y.data(), t.data(), nullptr, n, 1, 1, loss, {}), sum,
                  kTolerance * (1 + sum))
          << n << " numbers, loss " << k;
    }
  }
}

TEST_P(EachLossKernel, GradientsMatchThoseOfTheBaseline) {
  const std::size_t rows = 11, out = 6;
  const auto y = RandomNumbers(rows * out, 1, 2);
  Vector t(rows * out);
  for (std::size_t i = 0; i < t.size(); ++i) t[i] = Real(i % 2);
  std::vector<Real> ours(y.size()), baseline(y.size());
  const auto compare = [&](const char* what) {
    for (std::size_t i = 0; i < y.size(); ++i)
      ASSERT_NEAR(ours[i], baseline[i], 20 * kTolerance) << what << i;
  };
  for (int k = 0; k <= static_cast<int>(ElementLoss::kClippedKullbackLeibler); ++k) {
    const auto loss = static_cast<ElementLoss>(k);
    std::vector<Real> positive = y;
    if (loss == ElementLoss::kPoisson) {
      for (Real& number : positive) number = std::abs(number) + Real(0.1);
    }
    GetParam()->element_loss(ours.data(), positive.data(), t.data(), nullptr, rows, out, 1, loss, {});
    Tables()[0]->element_loss(baseline.data(), positive.data(), t.data(), nullptr, rows, out, 1, loss, {});
    compare("element loss ");
  }
  GetParam()->softmax_focal(ours.data(), y.data(), t.data(), nullptr, rows, out, 1, {});
  Tables()[0]->softmax_focal(baseline.data(), y.data(), t.data(), nullptr, rows, out, 1, {});
  compare("focal ");
  GetParam()->gaussian_nll(ours.data(), y.data(), t.data(), nullptr, rows, out, 1);
  Tables()[0]->gaussian_nll(baseline.data(), y.data(), t.data(), nullptr, rows, out, 1);
  for (std::size_t i = 0; i < y.size(); ++i) {
    ASSERT_NEAR(ours[i], baseline[i], 20 * kTolerance * std::max(Real(1), std::abs(baseline[i])));
  }
}

// All losses of rows with weights, by one call and row by row. The row of weight 0 has no finite loss.
TEST_P(EachLossKernel, WeightsMultiplyTheLossAndTheGradientOfTheirRows) {
  const Kernels& k = *GetParam();
  const std::size_t rows = 37;
  for (const std::size_t out : {2u, 10u, 20u, 1u}) {
    auto y = RandomNumbers(rows * out, 1);
    auto weights = RandomNumbers(rows, 2);
    std::vector<Real> t(rows * out);
    for (std::size_t i = 0; i < t.size(); ++i) t[i] = Real(i % 3 == 0);
    for (Real& number : y) number = std::abs(number) + Real(0.1);
    for (Real& weight : weights) weight = std::abs(weight);
    weights[5] = 0;
    std::fill_n(y.begin() + static_cast<std::ptrdiff_t>(5 * out), out,
                std::numeric_limits<Real>::quiet_NaN());
    const std::vector<std::int32_t> classes(rows, static_cast<std::int32_t>(out - 1));
    const auto check = [&](const char* name, auto loss, std::size_t target_columns) {
      std::vector<Real> dy(rows * out), one(out);
      const double sum = loss(dy.data(), y.data(), t.data(), classes.data(), weights.data(), rows);
      double expected = 0;
      for (std::size_t r = 0; r < rows; ++r) {
        std::fill(one.begin(), one.end(), Real(0));
        if (weights[r] > 0) {
          const Real *row = y.data() + r * out, *targets = t.data() + r * target_columns;
          expected += weights[r] * loss(one.data(), row, targets, classes.data() + r, nullptr, 1);
        }
        for (std::size_t j = 0; j < out; ++j) {
          const double gradient = static_cast<double>(weights[r]) * one[j];
          ASSERT_NEAR(dy[r * out + j], gradient, 20 * kTolerance * std::max(1.0, std::abs(gradient)))
              << name << " row " << r << " of " << out;
        }
      }
      ASSERT_NEAR(sum, expected, 4 * kTolerance * std::max(1.0, std::abs(expected))) << name;
    };
    for (int kind = 0; kind <= static_cast<int>(ElementLoss::kClippedKullbackLeibler); ++kind) {
      const auto element = [&](Real* dy, const Real* a, const Real* b, const std::int32_t*, const Real* w,
                               std::size_t n) {
        return k.element_loss(dy, a, b, w, n, out, 1, static_cast<ElementLoss>(kind), {});
      };
      check("element loss", element, out);
    }
    const auto softmax = [&](Real* dy, const Real* a, const Real* b, const std::int32_t*, const Real* w,
                             std::size_t n) {
      return k.softmax_crossentropy(dy, a, b, w, n, out, 1, Real(0.1));
    };
    check("softmax", softmax, out);
    const auto sparse = [&](Real* dy, const Real* a, const Real*, const std::int32_t* c, const Real* w,
                            std::size_t n) {
      return k.sparse_softmax_crossentropy(dy, a, c, w, n, out, 1, Real(0.1));
    };
    check("sparse", sparse, out);
    const auto focal = [&](Real* dy, const Real* a, const Real* b, const std::int32_t*, const Real* w,
                           std::size_t n) { return k.softmax_focal(dy, a, b, w, n, out, 1, {}); };
    check("focal", focal, out);
    const auto gaussian = [&](Real* dy, const Real* a, const Real* b, const std::int32_t*, const Real* w,
                              std::size_t n) { return k.gaussian_nll(dy, a, b, w, n, out, 1); };
    if (out % 2 == 0) check("gaussian", gaussian, out / 2);
  }
}

}  // namespace
}  // namespace mlp
