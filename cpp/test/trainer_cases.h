#ifndef PERCEPTRA_TEST_TRAINER_CASES_H_
#define PERCEPTRA_TEST_TRAINER_CASES_H_

#include <gtest/gtest.h>

#include <vector>

#include "test/support.h"

// Networks and optimizers for tests of steps.
namespace mlp {

constexpr LossKind kLoss = LossKind::kSparseCategoricalCrossentropy;

inline std::vector<OptimizerSpec> Optimizers() {
  return {{},
          {OptimizerSpec::Kind::kSgd, 0.9, false},
          {OptimizerSpec::Kind::kSgd, 0.9, true},
          {OptimizerSpec::Kind::kAdam}};
}

// Optimizers() and those with the most slots.
inline std::vector<OptimizerSpec> WithMostSlots() {
  std::vector<OptimizerSpec> optimizers = Optimizers();
  optimizers.push_back({OptimizerSpec::Kind::kRmsprop, 0.9, false, true});
  optimizers.push_back({OptimizerSpec::Kind::kAdam, 0, false, false, true});
  return optimizers;
}

// Every rule, with all vectors that it may keep.
inline std::vector<OptimizerSpec> EveryOptimizer() {
  using enum OptimizerSpec::Kind;
  std::vector<OptimizerSpec> optimizers = WithMostSlots();
  for (const auto kind : {kAdagrad, kRmsprop, kAdadelta, kAdamax, kNadam, kAdamW, kLion}) {
    OptimizerSpec& optimizer = optimizers.emplace_back();
    optimizer.kind = kind;
    optimizer.initial_accumulator = 0.1;
    optimizer.weight_decay = 0.05;
  }
  return optimizers;
}

// Trains two shuffled epochs in slices of at most `steps` steps.
inline Vector TrainTwoEpochs(const OptimizerSpec& optimizer, std::size_t steps, int threads) {
  Model model(SpecOf({40, 64, 32, 10}, Activation::kRelu, Activation::kSoftmax));
  model.Compile({{kLoss, false}, optimizer, {}});
  const auto data = DataFor(kLoss, 333, 40, 10);
  for (std::uint32_t epoch = 0; epoch < 2; ++epoch) {
    std::size_t left = model.trainer().Begin(data, {32, true, epoch, threads});
    while (left > 0) {
      TrainSlice slice = SliceOf(steps, 0.05);
      RunSlice(model, slice);
      EXPECT_TRUE(slice.finite);
      left -= slice.steps_taken;
    }
  }
  return model.weights().AtRest();
}

}  // namespace mlp

#endif  // PERCEPTRA_TEST_TRAINER_CASES_H_
