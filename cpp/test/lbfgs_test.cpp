#include "optim/lbfgs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>
#include <vector>

#include "test/lbfgs_iterates.h"

namespace mlp {
namespace {

using Numbers = std::vector<double>;
// Returns the value and writes the gradient.
using Function = std::function<double(const Numbers& x, Numbers& gradient)>;

constexpr bool kDouble = sizeof(Real) == 8;

double Quadratic(const Numbers& x, Numbers& gradient) {
  double value = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double scale = static_cast<double>(i + 1);
    gradient[i] = scale * (x[i] - 1);
    value += 0.5 * gradient[i] * (x[i] - 1);
  }
  return value;
}

double Rosenbrock(const Numbers& x, Numbers& gradient) {
  double value = 0;
  std::fill(gradient.begin(), gradient.end(), 0.0);
  for (std::size_t i = 0; i + 1 < x.size(); ++i) {
    const double bend = x[i + 1] - x[i] * x[i], rest = 1 - x[i];
    value += 100 * bend * bend + rest * rest;
    gradient[i] += -400 * x[i] * bend - 2 * rest;
    gradient[i + 1] += 200 * bend;
  }
  return value;
}

double BadlyScaled(const Numbers& x, Numbers& gradient) {
  double value = 0, scale = 1;
  for (std::size_t i = 0; i < x.size(); ++i, scale *= 10) {
    const double off = x[i] - 1;
    gradient[i] = scale * off + off * off * off;
    value += 0.5 * scale * off * off + 0.25 * off * off * off * off;
  }
  return value;
}

struct Step {
  Lbfgs::Status status;
  double loss;
};

Step Evaluate(Lbfgs& lbfgs, const Function& function) {
  const Numbers x(lbfgs.point().begin(), lbfgs.point().end());
  Numbers gradient(x.size());
  const double loss = function(x, gradient);
  const std::vector<Real> rounded(gradient.begin(), gradient.end());
  return {lbfgs.Tell(loss, rounded), loss};
}

// Runs to the end, or for at most so many evaluations.
Lbfgs::Status Minimise(Lbfgs& lbfgs, const Function& function, int evaluations = 1000) {
  Lbfgs::Status status = Lbfgs::Status::kEvaluate;
  for (int i = 0; i < evaluations && !Lbfgs::Done(status); ++i) status = Evaluate(lbfgs, function).status;
  return status;
}

Lbfgs Started(const std::vector<Real>& w, LbfgsOptions options = {}) {
  Lbfgs lbfgs(w.size(), options);
  lbfgs.Start(w);
  return lbfgs;
}

std::vector<Real> RosenbrockStart(std::size_t n) {
  std::vector<Real> w(n);
  for (std::size_t i = 0; i < n; ++i) w[i] = i % 2 == 0 ? Real(-1.2) : Real(1);
  return w;
}

#ifdef PERCEPTRA_DOUBLE

double Logistic(const Numbers& x, Numbers& gradient) {
  double value = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    gradient[i] = 1e-3 * x[i];
    value += 5e-4 * x[i] * x[i];
  }
  for (std::size_t r = 0; r < 40; ++r) {
    const auto at = [&](std::size_t i) { return std::sin(static_cast<double>(1 + r * x.size() + i)); };
    const double sign = r % 3 == 0 ? 1 : -1;
    double z = 0;
    for (std::size_t i = 0; i < x.size(); ++i) z += sign * at(i) * x[i];
    value += std::log1p(std::exp(-z)) / 40;
    for (std::size_t i = 0; i < x.size(); ++i) gradient[i] -= sign * at(i) / (1 + std::exp(z)) / 40;
  }
  return value;
}

// Each iterate of SciPy's, which computes in double, within 1e-6 of the larger of 1 and itself.
void ExpectIterates(const Function& function, const std::vector<Real>& w,
                    const std::vector<Numbers>& iterates) {
  Lbfgs lbfgs = Started(w, {10, 20, 0, 0});
  for (std::size_t k = 0; k < iterates.size(); ++k) {
    Lbfgs::Status status = Lbfgs::Status::kEvaluate;
    while (lbfgs.iterations() == k && !Lbfgs::Done(status)) status = Evaluate(lbfgs, function).status;
    ASSERT_EQ(lbfgs.iterations(), k + 1);
    for (std::size_t i = 0; i < w.size(); ++i) {
      const double expected = iterates[k][i];
      ASSERT_NEAR(lbfgs.best()[i], expected, 1e-6 * std::max(1.0, std::abs(expected)))
          << "iteration " << k + 1 << ", number " << i;
    }
  }
}

TEST(Lbfgs, IteratesEqualScipysOnAQuadratic) {
  ExpectIterates(Quadratic, std::vector<Real>(20), kQuadraticIterates);
}

TEST(Lbfgs, IteratesEqualScipysOnRosenbrocksFunction) {
  ExpectIterates(Rosenbrock, RosenbrockStart(10), kRosenbrockIterates);
}

TEST(Lbfgs, IteratesEqualScipysOnABadlyScaledFunction) {
  ExpectIterates(BadlyScaled, std::vector<Real>(7, 3), kBadlyScaledIterates);
}

TEST(Lbfgs, IteratesEqualScipysOnALogisticLoss) {
  ExpectIterates(Logistic, std::vector<Real>(6), kLogisticIterates);
}

#endif  // PERCEPTRA_DOUBLE

TEST(Lbfgs, FindsTheMinimum) {
  const double gradient = kDouble ? 1e-8 : 1e-3, near = kDouble ? 1e-6 : 2e-3;
  const LbfgsOptions options{10, 20, gradient, 0};
  for (const Function& function : {Function(Quadratic), Function(Rosenbrock), Function(BadlyScaled)}) {
    Lbfgs lbfgs = Started(RosenbrockStart(6), options);
    EXPECT_EQ(Minimise(lbfgs, function), Lbfgs::Status::kConverged);
    EXPECT_LE(lbfgs.largest_gradient(), gradient);
    for (const Real x : lbfgs.best()) EXPECT_NEAR(x, 1, near);
  }
}

TEST(Lbfgs, EndsWhenRoundingHidesAnyLowerPoint) {
  Lbfgs lbfgs = Started(RosenbrockStart(10), {10, 20, 0, 0});
  EXPECT_TRUE(Lbfgs::Done(Minimise(lbfgs, Rosenbrock)));
  for (const Real x : lbfgs.best()) EXPECT_NEAR(x, 1, kDouble ? 1e-7 : 1e-3);
}

TEST(Lbfgs, StopsByTheDecreaseOfTheLoss) {
  Lbfgs exact = Started(RosenbrockStart(10), {10, 20, 0, 1e-10}),
        loose = Started(RosenbrockStart(10), {10, 20, 0, 1e-2});
  EXPECT_EQ(Minimise(loose, Rosenbrock), Lbfgs::Status::kConverged);
  Minimise(exact, Rosenbrock);
  EXPECT_LT(loose.iterations(), exact.iterations());
}

TEST(Lbfgs, ConvergesAtOnceAtAMinimum) {
  Lbfgs lbfgs = Started(std::vector<Real>(4, 1));
  EXPECT_EQ(Evaluate(lbfgs, Rosenbrock).status, Lbfgs::Status::kConverged);
  EXPECT_EQ(lbfgs.iterations(), 0u);
}

TEST(Lbfgs, KeepsTheWolfeConditionsInEveryIteration) {
  Lbfgs lbfgs = Started(RosenbrockStart(8), {5, 20, 0, 0});
  Numbers before(8), after(8);
  double loss = Rosenbrock({lbfgs.best().begin(), lbfgs.best().end()}, before);
  Numbers x(lbfgs.best().begin(), lbfgs.best().end());
  for (int k = 0; k < 25; ++k) {
    while (Evaluate(lbfgs, Rosenbrock).status == Lbfgs::Status::kEvaluate) {
    }
    const Numbers next(lbfgs.best().begin(), lbfgs.best().end());
    const double next_loss = Rosenbrock(next, after);
    double slope_before = 0, slope_after = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      slope_before += before[i] * (next[i] - x[i]);
      slope_after += after[i] * (next[i] - x[i]);
    }
    EXPECT_LE(next_loss, loss + LineSearch::kDecrease * slope_before + 1e-6);
    EXPECT_LE(std::abs(slope_after), -(LineSearch::kCurvature + 1e-3) * slope_before);
    EXPECT_DOUBLE_EQ(lbfgs.loss(), next_loss);
    x = next;
    loss = next_loss;
    std::swap(before, after);
  }
}

TEST(Lbfgs, ReturnsFromPointsWhereTheFunctionIsNotDefined) {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double outside : {infinity, -infinity, std::numeric_limits<double>::quiet_NaN()}) {
    // x - log x, far from its minimum at 1: the first steps overshoot 0.
    Lbfgs lbfgs = Started({Real(0.05), Real(4)}, {10, 20, 1e-4, 0});
    const auto status = Minimise(lbfgs, [outside](const Numbers& x, Numbers& gradient) {
      double value = 0;
      for (std::size_t i = 0; i < x.size(); ++i) {
        value += x[i] > 0 ? x[i] - std::log(x[i]) : outside;
        gradient[i] = x[i] > 0 ? 1 - 1 / x[i] : outside;
      }
      return value;
    });
    EXPECT_EQ(status, Lbfgs::Status::kConverged);
    for (const Real x : lbfgs.best()) EXPECT_NEAR(x, 1, 1e-3);
  }
}

TEST(Lbfgs, FailsWhenTheFirstLossIsNotFinite) {
  Lbfgs lbfgs = Started({1, 2});
  const std::vector<Real> gradient = {1, 1}, spoilt = {1, std::numeric_limits<Real>::quiet_NaN()};
  EXPECT_EQ(lbfgs.Tell(std::numeric_limits<double>::quiet_NaN(), gradient), Lbfgs::Status::kFailed);
  lbfgs.Start(std::vector<Real>{1, 2});
  EXPECT_EQ(lbfgs.Tell(1, spoilt), Lbfgs::Status::kFailed);
  EXPECT_EQ(lbfgs.best()[1], Real(2));
}

TEST(Lbfgs, FailsAtTheBestPointWhenTheGradientIsWrong) {
  Lbfgs lbfgs = Started({1, 2});
  const auto status = Minimise(lbfgs, [](const Numbers& x, Numbers& gradient) {
    gradient = {-2 * x[0], -2 * x[1]};
    return x[0] * x[0] + x[1] * x[1];
  });
  EXPECT_EQ(status, Lbfgs::Status::kFailed);
  EXPECT_EQ(lbfgs.best()[0], Real(1));
  EXPECT_EQ(lbfgs.iterations(), 0u);
}

TEST(Lbfgs, ContinuesBitByBitFromASavedState) {
  for (const int evaluations : {1, 2, 9, 30}) {
    Lbfgs straight = Started(RosenbrockStart(10), {4, 20, 0, 0});
    Lbfgs::Status status = Lbfgs::Status::kEvaluate;
    for (int i = 0; i < evaluations || status != Lbfgs::Status::kIterationDone; ++i) {
      status = Evaluate(straight, Rosenbrock).status;
    }
    Lbfgs resumed(10, {4, 20, 0, 0});
    resumed.Restore(straight.state());
    for (int i = 0; i < 20; ++i) {
      ASSERT_TRUE(std::equal(straight.point().begin(), straight.point().end(), resumed.point().begin()));
      ASSERT_EQ(Evaluate(straight, Rosenbrock).status, Evaluate(resumed, Rosenbrock).status);
    }
    EXPECT_EQ(straight.iterations(), resumed.iterations());
  }
}

TEST(Lbfgs, WorksWithoutHistoryAndRestarts) {
  Lbfgs descent = Started(std::vector<Real>(3), {0, 20, 1e-3, 0});
  EXPECT_EQ(Minimise(descent, Quadratic), Lbfgs::Status::kConverged);
  Lbfgs lbfgs = Started(RosenbrockStart(6)), fresh = Started(RosenbrockStart(6));
  Minimise(lbfgs, Rosenbrock);
  lbfgs.Start(RosenbrockStart(6));
  for (int i = 0; i < 15; ++i) {
    ASSERT_TRUE(std::equal(fresh.point().begin(), fresh.point().end(), lbfgs.point().begin()));
    ASSERT_EQ(Evaluate(fresh, Rosenbrock).status, Evaluate(lbfgs, Rosenbrock).status);
  }
}

}  // namespace
}  // namespace mlp
