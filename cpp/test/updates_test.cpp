#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "math/kernels.h"
#include "test/support.h"

namespace mlp {
namespace {

using Numbers = std::vector<Real>;

// An update rule: its kernel, and its formula for one weight in double.
struct Rule {
  std::string name;
  std::size_t slots;
  Real start;
  std::function<void(const Kernels&, Real* w, const std::array<Real*, 3>& s, const Real* g, std::size_t n)>
      kernel;
  std::function<void(double& w, std::array<double, 3>& s, double g)> formula;
};

constexpr double kRate = 0.05, kBeta1 = 0.8, kBeta2 = 0.95, kEpsilon = 1e-3, kMomentum = 0.7, kDecay = 0.01;

AdamStep Adam() {
  AdamStep step{};
  step.rate = Real(kRate);
  step.gradient_rate = Real(kRate / 4);
  step.decay = Real(kDecay);
  step.root_correction = Real(1.5);
  step.beta1 = Real(kBeta1);
  step.beta2 = Real(kBeta2);
  step.rest1 = Real(1 - kBeta1);
  step.rest2 = Real(1 - kBeta2);
  step.epsilon = Real(kEpsilon);
  return step;
}

RmspropStep Rmsprop() {
  RmspropStep step{};
  step.rate = Real(kRate);
  step.momentum = Real(kMomentum);
  step.epsilon = Real(kEpsilon);
  step.rho = Real(kBeta2);
  step.rest = Real(1 - kBeta2);
  return step;
}

void Means(std::array<double, 3>& s, double g) {
  s[0] = kBeta1 * s[0] + (1 - kBeta1) * g;
  s[1] = kBeta2 * s[1] + (1 - kBeta2) * g * g;
}

// s[0] is the mean of squares (where the kernel keeps the variance), s[1] the mean, s[2] the velocity.
double Scaled(std::array<double, 3>& s, double g, bool centered) {
  s[0] = kBeta2 * s[0] + (1 - kBeta2) * g * g;
  s[1] = kBeta2 * s[1] + (1 - kBeta2) * g;
  return g / (std::sqrt(centered ? s[0] - s[1] * s[1] : s[0]) + kEpsilon);
}

std::vector<Rule> Rules() {
  using S = std::array<Real*, 3>;
  using D = std::array<double, 3>;
  std::vector<Rule> rules;
  rules.push_back(
      {"sgd", 0, 0,
       [](const Kernels& k, Real* w, const S&, const Real* g, std::size_t n) { k.sgd(w, g, n, Real(kRate)); },
       [](double& w, D&, double g) { w -= kRate * g; }});
  rules.push_back({"nesterov", 1, 0,
                   [](const Kernels& k, Real* w, const S& s, const Real* g, std::size_t n) {
                     k.nesterov(w, s[0], g, n, Real(kRate), Real(kMomentum));
                   },
                   [](double& w, D& s, double g) {
                     s[0] = kMomentum * s[0] + g;
                     w -= kRate * (g + kMomentum * s[0]);
                   }});
  rules.push_back({"adam", 2, 0,
                   [](const Kernels& k, Real* w, const S& s, const Real* g, std::size_t n) {
                     k.adam(w, s[0], s[1], g, n, Adam());
                   },
                   [](double& w, D& s, double g) {
                     Means(s, g);
                     w = (1 - kDecay) * w - kRate * s[0] / (1.5 * std::sqrt(s[1]) + kEpsilon);
                   }});
  rules.push_back({"amsgrad", 3, 0,
                   [](const Kernels& k, Real* w, const S& s, const Real* g, std::size_t n) {
                     k.amsgrad(w, s[0], s[1], s[2], g, n, Adam());
                   },
                   [](double& w, D& s, double g) {
                     Means(s, g);
                     s[2] = std::max(s[2], s[1]);
                     w = (1 - kDecay) * w - kRate * s[0] / (1.5 * std::sqrt(s[2]) + kEpsilon);
                   }});
  rules.push_back({"adamax", 2, 0,
                   [](const Kernels& k, Real* w, const S& s, const Real* g, std::size_t n) {
                     k.adamax(w, s[0], s[1], g, n, Adam());
                   },
                   [](double& w, D& s, double g) {
                     s[0] = kBeta1 * s[0] + (1 - kBeta1) * g;
                     s[1] = std::max(kBeta2 * s[1], std::abs(g) + kEpsilon);
                     w -= kRate * s[0] / s[1];
                   }});
  rules.push_back({"nadam", 2, 0,
                   [](const Kernels& k, Real* w, const S& s, const Real* g, std::size_t n) {
                     k.nadam(w, s[0], s[1], g, n, Adam());
                   },
                   [](double& w, D& s, double g) {
                     Means(s, g);
                     w -= (kRate / 4 * g + kRate * s[0]) / (1.5 * std::sqrt(s[1]) + kEpsilon);
                   }});
  rules.push_back({"lion", 1, 0,
                   [](const Kernels& k, Real* w, const S& s, const Real* g, std::size_t n) {
                     k.lion(w, s[0], g, n, Adam());
                   },
                   [](double& w, D& s, double g) {
                     const double mean = kBeta1 * s[0] + (1 - kBeta1) * g;
                     w -= mean > 0 ? kRate : mean < 0 ? -kRate : 0;
                     s[0] = kBeta2 * s[0] + (1 - kBeta2) * g;
                   }});
  rules.push_back({"adagrad", 1, Real(0.25),
                   [](const Kernels& k, Real* w, const S& s, const Real* g, std::size_t n) {
                     k.adagrad(w, s[0], g, n, Real(kRate), Real(kEpsilon));
                   },
                   [](double& w, D& s, double g) {
                     s[0] += g * g;
                     w -= kRate * g / (std::sqrt(s[0]) + kEpsilon);
                   }});
  rules.push_back({"rmsprop", 1, 0,
                   [](const Kernels& k, Real* w, const S& s, const Real* g, std::size_t n) {
                     k.rmsprop(w, s[0], nullptr, nullptr, g, n, Rmsprop());
                   },
                   [](double& w, D& s, double g) { w -= kRate * Scaled(s, g, false); }});
  rules.push_back({"rmsprop with momentum", 2, 0,
                   [](const Kernels& k, Real* w, const S& s, const Real* g, std::size_t n) {
                     k.rmsprop(w, s[0], nullptr, s[1], g, n, Rmsprop());
                   },
                   [](double& w, D& s, double g) {
                     s[2] = kMomentum * s[2] + Scaled(s, g, false);
                     w -= kRate * s[2];
                   }});
  rules.push_back({"centered rmsprop", 2, 0,
                   [](const Kernels& k, Real* w, const S& s, const Real* g, std::size_t n) {
                     k.rmsprop(w, s[0], s[1], nullptr, g, n, Rmsprop());
                   },
                   [](double& w, D& s, double g) { w -= kRate * Scaled(s, g, true); }});
  rules.push_back({"centered rmsprop with momentum", 3, 0,
                   [](const Kernels& k, Real* w, const S& s, const Real* g, std::size_t n) {
                     k.rmsprop(w, s[0], s[1], s[2], g, n, Rmsprop());
                   },
                   [](double& w, D& s, double g) {
                     s[2] = kMomentum * s[2] + Scaled(s, g, true);
                     w -= kRate * s[2];
                   }});
  rules.push_back({"adadelta", 2, 0,
                   [](const Kernels& k, Real* w, const S& s, const Real* g, std::size_t n) {
                     k.adadelta(w, s[0], s[1], g, n, Rmsprop());
                   },
                   [](double& w, D& s, double g) {
                     s[0] = kBeta2 * s[0] + (1 - kBeta2) * g * g;
                     const double delta = std::sqrt(s[1] + kEpsilon) / std::sqrt(s[0] + kEpsilon) * g;
                     s[1] = kBeta2 * s[1] + (1 - kBeta2) * delta * delta;
                     w -= kRate * delta;
                   }});
  return rules;
}

// Eight steps of every rule on every instruction set, for sizes with all kinds of remainders.
TEST(Updates, MatchTheirFormulasInDouble) {
  const double tolerance = sizeof(Real) == 4 ? 1e-5 : 1e-13;
  for (const Rule& rule : Rules()) {
    for (const Kernels* table : RunnableKernels()) {
      for (const std::size_t n : {1u, 3u, 8u, 16u, 31u, 100u}) {
        Numbers w = RandomNumbers(n, 1), slots(3 * n, rule.start);
        std::vector<double> expected(w.begin(), w.end());
        std::vector<std::array<double, 3>> state(n, {rule.start, rule.start, rule.start});
        for (std::uint32_t step = 0; step < 8; ++step) {
          Numbers g = RandomNumbers(n, 2 + step);
          g[n / 2] = 0;
          rule.kernel(*table, w.data(), {slots.data(), slots.data() + n, slots.data() + 2 * n}, g.data(), n);
          for (std::size_t i = 0; i < n; ++i) rule.formula(expected[i], state[i], g[i]);
        }
        for (std::size_t i = 0; i < n; ++i) {
          ASSERT_NEAR(w[i], expected[i], tolerance) << rule.name << ", " << table->name << ", " << i;
        }
        for (std::size_t i = rule.slots * n; i < slots.size(); ++i) ASSERT_EQ(slots[i], rule.start);
      }
    }
  }
}

// PyTorch subtracts two means, which cancel if gradients hardly vary: its variance may become negative.
TEST(Updates, CenteredRmspropOfEqualGradientsHasNoNegativeVariance) {
  Numbers w(64), variance(64), mean(64);
  const Numbers g(64, Real(1234.567));
  for (int step = 0; step < 2000; ++step) {
    ActiveKernels().rmsprop(w.data(), variance.data(), mean.data(), nullptr, g.data(), g.size(), Rmsprop());
  }
  for (const Real v : variance) {
    EXPECT_GE(v, 0);
    EXPECT_LT(v, 1e-3);
  }
}

}  // namespace
}  // namespace mlp
