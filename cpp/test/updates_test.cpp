#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "math/kernels.h"
#include "optim/spec.h"
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

std::vector<OptimizerSpec> Specs() {
  using Kind = OptimizerSpec::Kind;
  std::vector<OptimizerSpec> specs;
  for (const char* name :
       {"sgd", "adagrad", "rmsprop", "adadelta", "adam", "adamax", "nadam", "adamw", "lion"}) {
    OptimizerSpec spec;
    spec.kind = OptimizerFromName(name);
    specs.push_back(spec);
    if (spec.kind == Kind::kSgd || spec.kind == Kind::kRmsprop) {
      spec.momentum = 0.9;
      specs.push_back(spec);
      spec.nesterov = spec.centered = true;
      specs.push_back(spec);
    }
    if (spec.kind == Kind::kAdam || spec.kind == Kind::kAdamW) {
      spec.amsgrad = true;
      spec.weight_decay = spec.kind == Kind::kAdamW ? 0.1 : 0;
      specs.push_back(spec);
    }
  }
  return specs;
}

// The weights after a few steps as a trainer takes them: with the gradient in the optimizer's target, or in a
// separate buffer.
Numbers Steps(const OptimizerSpec& spec, double rate, Real factor, bool separate = false) {
  const std::size_t n = 37;
  const auto optimizer = MakeOptimizer(spec);
  Numbers w = RandomNumbers(n, 1), slot_numbers(Optimizer::kMostSlots * n), scratch(n);
  Optimizer::Slots slots{};
  for (std::size_t s = 0; s < optimizer->slots(); ++s) {
    slots[s] = slot_numbers.data() + s * n;
    std::fill_n(slots[s], n, optimizer->slot_start(s));
  }
  for (std::uint32_t step = 0; step < 5; ++step) {
    const Numbers product = RandomNumbers(n, 10 + step);
    optimizer->Prepare(rate);
    if (separate) {
      optimizer->Update(w.data(), slots, product.data(), n, factor);
      optimizer->Advance();
      continue;
    }
    const Optimizer::Target target = optimizer->TargetFor(w.data(), slots, scratch.data(), factor);
    for (std::size_t i = 0; i < n; ++i) {
      target.grad[i] =
          target.alpha * product[i] + (target.beta == 0 ? Real(0) : target.beta * target.grad[i]);
    }
    optimizer->Update(w.data(), slots, target.grad, n, factor);
    optimizer->Advance();
  }
  return w;
}

TEST(Optimizers, AFactorMultipliesTheRate) {
  const Numbers start = RandomNumbers(37, 1);
  for (const OptimizerSpec& spec : Specs()) {
    const Numbers whole = Steps(spec, 0.125, 1), by_factor = Steps(spec, 0.5, Real(0.25)),
                  none = Steps(spec, 0.5, 0);
    for (std::size_t i = 0; i < whole.size(); ++i) {
      ASSERT_NEAR(by_factor[i], whole[i], sizeof(Real) == 4 ? 2e-6 : 1e-14) << static_cast<int>(spec.kind);
      ASSERT_EQ(none[i], start[i]) << static_cast<int>(spec.kind);
      ASSERT_NE(whole[i], start[i]) << static_cast<int>(spec.kind);
    }
  }
}

TEST(Optimizers, AcceptTheGradientInASeparateBuffer) {
  for (const OptimizerSpec& spec : Specs()) {
    const Numbers in_target = Steps(spec, 0.125, 1), in_buffer = Steps(spec, 0.125, 1, true);
    for (std::size_t i = 0; i < in_target.size(); ++i) {
      ASSERT_NEAR(in_target[i], in_buffer[i], sizeof(Real) == 4 ? 1e-6 : 1e-14)
          << static_cast<int>(spec.kind);
    }
  }
}

TEST(Optimizers, AdagradStartsFromTheInitialAccumulator) {
  OptimizerSpec spec;
  spec.kind = OptimizerSpec::Kind::kAdagrad;
  spec.initial_accumulator = 0.75;
  EXPECT_EQ(MakeOptimizer(spec)->slot_start(0), Real(0.75));
  EXPECT_NE(Steps(spec, 0.1, 1), Steps({OptimizerSpec::Kind::kAdagrad}, 0.1, 1));
}

TEST(Optimizers, AdamsRawEpsilonIsAddedBeforeTheCorrection) {
  OptimizerSpec spec;
  spec.kind = OptimizerSpec::Kind::kAdam;
  spec.epsilon = 0.5;
  spec.raw_epsilon = true;
  const auto optimizer = MakeOptimizer(spec);
  Numbers w = {1}, slots(2);
  double exact = 1, m = 0, v = 0;
  for (int t = 1; t <= 5; ++t) {
    const double g = 0.3 * t;
    const Real gradient = static_cast<Real>(g);
    optimizer->Prepare(0.1);
    optimizer->Update(w.data(), {&slots[0], &slots[1], nullptr}, &gradient, 1, 1);
    optimizer->Advance();
    m = spec.beta1 * m + (1 - spec.beta1) * g;
    v = spec.beta2 * v + (1 - spec.beta2) * g * g;
    const double rate = 0.1 * std::sqrt(1 - std::pow(spec.beta2, t)) / (1 - std::pow(spec.beta1, t));
    exact -= rate * m / (std::sqrt(v) + spec.epsilon);
    EXPECT_NEAR(w[0], exact, 1e-6);
  }
}

TEST(Optimizers, RmspropsEpsilonIsInTheRootOnRequest) {
  OptimizerSpec spec;
  spec.kind = OptimizerSpec::Kind::kRmsprop;
  spec.epsilon = 0.5;
  spec.epsilon_in_root = true;
  for (const bool centered : {false, true}) {
    spec.centered = centered;
    const auto optimizer = MakeOptimizer(spec);
    Numbers w = {1}, slots(2);
    double exact = 1, square = 0, mean = 0;
    for (int t = 1; t <= 5; ++t) {
      const double g = 0.3 * t;
      const Real gradient = static_cast<Real>(g);
      optimizer->Prepare(0.1);
      optimizer->Update(w.data(), {&slots[0], &slots[1], nullptr}, &gradient, 1, 1);
      optimizer->Advance();
      square = spec.rho * square + (1 - spec.rho) * g * g;
      mean = spec.rho * mean + (1 - spec.rho) * g;
      exact -= 0.1 * g / std::sqrt(square - (centered ? mean * mean : 0) + spec.epsilon);
      EXPECT_NEAR(w[0], exact, 1e-6);
    }
  }
}

// A file holds only the number of steps.
TEST(Optimizers, NadamRestoresItsMomentumScheduleFromTheNumberOfSteps) {
  const OptimizerSpec spec{OptimizerSpec::Kind::kNadam};
  const auto optimizer = MakeOptimizer(spec), resumed = MakeOptimizer(spec);
  Numbers w(1), g = {1}, slots(2), resumed_w(1), resumed_slots(2);
  for (int step = 0; step < 50; ++step) {
    if (step == 20) {
      resumed_w = w;
      resumed_slots = slots;
      resumed->SetSteps(optimizer->steps());
    }
    optimizer->Prepare(0.1);
    optimizer->Update(w.data(), {&slots[0], &slots[1], nullptr}, g.data(), 1, 1);
    optimizer->Advance();
    if (step < 20) continue;
    resumed->Prepare(0.1);
    resumed->Update(resumed_w.data(), {&resumed_slots[0], &resumed_slots[1], nullptr}, g.data(), 1, 1);
    resumed->Advance();
    ASSERT_EQ(w[0], resumed_w[0]);
  }
  resumed->SetSteps(0);
  optimizer->SetSteps(std::uint64_t{1} << 52);  // must not loop over the steps
  resumed->Prepare(0.1);
  optimizer->Prepare(0.1);
}

// Keras's schedule is warm within some thousand steps, long before the product of its momenta is negligible.
TEST(Optimizers, NadamWarmsUpByItsMomentumDecay) {
  OptimizerSpec spec{OptimizerSpec::Kind::kNadam};
  spec.momentum_decay = 1;
  spec.beta1 = 0.9999;
  const auto optimizer = MakeOptimizer(spec), resumed = MakeOptimizer(spec);
  Numbers w(1), slots(2);
  double exact = 0, m = 0, v = 0, product = 1;
  const auto momentum = [&](double t) { return spec.beta1 * (1 - 0.5 * std::pow(0.96, t)); };
  for (int t = 1; t <= 3000; ++t) {
    const double g = std::sin(t);
    const Real gradient = static_cast<Real>(g);
    if (t == 2500) {
      Numbers resumed_w = w, resumed_slots = slots;
      resumed->SetSteps(optimizer->steps());
      resumed->Prepare(1e-3);
      resumed->Update(resumed_w.data(), {&resumed_slots[0], &resumed_slots[1], nullptr}, &gradient, 1, 1);
      optimizer->Prepare(1e-3);
      optimizer->Update(w.data(), {&slots[0], &slots[1], nullptr}, &gradient, 1, 1);
      ASSERT_EQ(w[0], resumed_w[0]);
    } else {
      optimizer->Prepare(1e-3);
      optimizer->Update(w.data(), {&slots[0], &slots[1], nullptr}, &gradient, 1, 1);
    }
    optimizer->Advance();
    m = spec.beta1 * m + (1 - spec.beta1) * g;
    v = spec.beta2 * v + (1 - spec.beta2) * g * g;
    product *= momentum(t);
    const double next = momentum(t + 1);
    const double direction = (1 - momentum(t)) / (1 - product) * g + next / (1 - product * next) * m;
    exact -= 1e-3 * direction / (std::sqrt(v / (1 - std::pow(spec.beta2, t))) + spec.epsilon);
    ASSERT_NEAR(w[0], exact, 2e-4) << "step " << t;
  }
  spec.beta1 = 1 - 1e-15;
  const auto slow = MakeOptimizer(spec);
  slow->SetSteps(std::uint64_t{1} << 52);  // must not loop over the steps
  slow->Prepare(0.1);
}

}  // namespace
}  // namespace mlp
