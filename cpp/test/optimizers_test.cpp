#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "optim/spec.h"
#include "test/support.h"

namespace mlp {
namespace {

using Numbers = std::vector<Real>;

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

// A weight that starts at 1, after each of five steps with the gradients 0.3, 0.6, ...
Numbers WeightsOfSteps(const OptimizerSpec& spec) {
  const auto optimizer = MakeOptimizer(spec);
  Numbers w = {1}, slots(2), all;
  for (int t = 1; t <= 5; ++t) {
    const Real gradient = static_cast<Real>(0.3 * t);
    optimizer->Prepare(0.1);
    optimizer->Update(w.data(), {&slots[0], &slots[1], nullptr}, &gradient, 1, 1);
    optimizer->Advance();
    all.push_back(w[0]);
  }
  return all;
}

TEST(Optimizers, AdamsRawEpsilonIsAddedBeforeTheCorrection) {
  OptimizerSpec spec;
  spec.kind = OptimizerSpec::Kind::kAdam;
  spec.epsilon = 0.5;
  spec.raw_epsilon = true;
  double exact = 1, m = 0, v = 0;
  int t = 0;
  for (const Real w : WeightsOfSteps(spec)) {
    const double g = 0.3 * ++t;
    m = spec.beta1 * m + (1 - spec.beta1) * g;
    v = spec.beta2 * v + (1 - spec.beta2) * g * g;
    const double rate = 0.1 * std::sqrt(1 - std::pow(spec.beta2, t)) / (1 - std::pow(spec.beta1, t));
    exact -= rate * m / (std::sqrt(v) + spec.epsilon);
    EXPECT_NEAR(w, exact, 1e-6);
  }
  EXPECT_EQ(t, 5);
}

TEST(Optimizers, RmspropsEpsilonIsInTheRootOnRequest) {
  OptimizerSpec spec;
  spec.kind = OptimizerSpec::Kind::kRmsprop;
  spec.epsilon = 0.5;
  spec.epsilon_in_root = true;
  for (const bool centered : {false, true}) {
    spec.centered = centered;
    double exact = 1, square = 0, mean = 0;
    int t = 0;
    for (const Real w : WeightsOfSteps(spec)) {
      const double g = 0.3 * ++t;
      square = spec.rho * square + (1 - spec.rho) * g * g;
      mean = spec.rho * mean + (1 - spec.rho) * g;
      exact -= 0.1 * g / std::sqrt(square - (centered ? mean * mean : 0) + spec.epsilon);
      EXPECT_NEAR(w, exact, 1e-6);
    }
    EXPECT_EQ(t, 5);
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
