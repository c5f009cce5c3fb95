// Slices of steps, epochs in one slice, and numbers of threads.
#include <vector>

#include "test/trainer_cases.h"

namespace mlp {
namespace {

TEST(Trainer, SameSeedGivesTheSameBitsInSlicesOfAnyLength) {
  for (const OptimizerSpec& optimizer : WithMostSlots()) {
    for (const int threads : {1, 2, 3}) {
      const Vector whole = TrainTwoEpochs(optimizer, 1000, threads);
      EXPECT_EQ(whole, TrainTwoEpochs(optimizer, 1000, threads));
      EXPECT_EQ(whole, TrainTwoEpochs(optimizer, 1, threads));
      EXPECT_EQ(whole, TrainTwoEpochs(optimizer, 3, threads));
    }
  }
}

// In one slice several epochs are the same, each with its loss, penalty and metrics.
void ExpectEpochsInOneSlice(double penalty, const UpdateRules& rules, int threads) {
  constexpr std::size_t kEpochs = 4, kRows = 100;
  const auto data = DataFor(kLoss, kRows, 6, 3);
  OptimizerSpec optimizer;
  optimizer.kind = OptimizerSpec::Kind::kAdam;
  optimizer.rules = rules;
  const CompileSpec compile{{kLoss, false}, optimizer, {MetricKind::kSparseCategoricalAccuracy}};
  NetworkSpec spec = SpecOf({6, 9, 3}, Activation::kRelu, Activation::kSoftmax);
  DenseAt(spec, 0).kernel_rules.regularizer = {penalty, penalty};
  Model apart(spec), together(spec);
  apart.Compile(compile);
  together.Compile(compile);
  std::vector<double> sums;
  for (std::uint32_t epoch = 0; epoch < kEpochs; ++epoch) {
    apart.trainer().Begin(data, {32, true, epoch, threads});
    TrainSlice slice = SliceOf(1000, 0.01);
    RunSlice(apart, slice, threads);
    EXPECT_TRUE(slice.earlier_epochs.empty());
    sums.insert(sums.end(), {slice.sums.loss, slice.sums.penalty, slice.sums.metrics[0]});
  }
  EXPECT_EQ(sums[1] > 0, penalty > 0);
  const std::size_t steps = together.trainer().Begin(data, {32, true, 0, threads});
  TrainSlice all = SliceOf(kEpochs * steps, 0.01);
  all.epochs = kEpochs;
  RunSlice(together, all, threads);
  EXPECT_TRUE(all.epoch_done);
  EXPECT_EQ(all.steps_taken, kEpochs * steps);
  std::vector<double> reported = all.earlier_epochs;
  reported.insert(reported.end(), {all.sums.loss, all.sums.penalty, all.sums.metrics[0]});
  EXPECT_EQ(reported, sums);
  EXPECT_EQ(together.weights().AtRest(), apart.weights().AtRest());
  EXPECT_EQ(together.trainer().slots(), apart.trainer().slots());
}

TEST(Trainer, EpochsInOneSliceEqualEpochsInSlicesOfTheirOwn) {
  for (const double penalty : {0.0, 0.02}) {
    for (const UpdateRules& rules :
         {UpdateRules{}, UpdateRules{.weight_decay = 0.1, .clip_value = 0.01, .ema = 0.9},
          UpdateRules{.weight_decay = 0.1, .clip_norm = 0.1, .ema = 0.9, .accumulation_steps = 3}}) {
      for (const int threads : {1, 2, 3}) ExpectEpochsInOneSlice(penalty, rules, threads);
    }
  }
}

// Slices end by the clock: what is reported must not depend on it, down to the last bit.
TEST(Trainer, SumsOfAnEpochAreTheSameInSlicesOfAnyLength) {
  constexpr std::size_t kRows = 1000;
  const auto data = DataFor(kLoss, kRows, 6, 3);
  NetworkSpec spec = SpecOf({6, 9, 3}, Activation::kRelu, Activation::kSoftmax);
  DenseAt(spec, 0).kernel_rules.regularizer = {0.02, 0.03};
  const auto run = [&](std::size_t steps) {
    Model model(spec);
    model.Compile({{kLoss, false}, OptimizerSpec{}, {MetricKind::kSparseCategoricalAccuracy}});
    model.trainer().Begin(data, {7, true, 0, 2, true});
    for (;;) {
      TrainSlice slice = SliceOf(steps, 0.05);
      RunSlice(model, slice, 2);
      if (slice.epoch_done) return slice.sums;
    }
  };
  const Sums whole = run(1000);
  EXPECT_GT(whole.penalty, 0);
  for (const std::size_t steps : {1, 2, 13}) {
    const Sums sums = run(steps);
    EXPECT_EQ(sums.rows, kRows);
    EXPECT_EQ(sums.loss, whole.loss);
    EXPECT_EQ(sums.penalty, whole.penalty);
    EXPECT_EQ(sums.metrics, whole.metrics);
    EXPECT_EQ(sums.gradient_norms, whole.gradient_norms);
  }
}

TEST(Trainer, NumberOfThreadsChangesOnlyRounding) {
  for (const OptimizerSpec& optimizer : Optimizers()) {
    const Vector one = TrainTwoEpochs(optimizer, 1000, 1);
    for (const int threads : {2, 5}) {
      const Vector many = TrainTwoEpochs(optimizer, 1000, threads);
      for (std::size_t i = 0; i < one.size(); ++i) ASSERT_NEAR(one[i], many[i], 2e-3);
    }
  }
}

TEST(Trainer, BudgetEndsASliceAndTheEpochEndsTheSteps) {
  Model model(SpecOf({40, 64, 32, 10}, Activation::kRelu, Activation::kSoftmax));
  model.Compile({{kLoss, false}, {}, {}});
  const auto data = DataFor(kLoss, 1000, 40, 10);
  const std::size_t steps = model.trainer().Begin(data, {32, false, 0, 1});
  EXPECT_EQ(steps, 32u);
  TrainSlice none = SliceOf(1000, 0.1, 0), all = SliceOf(1000, 0.1);
  RunSlice(model, none);
  EXPECT_EQ(none.steps_taken, 1u);
  RunSlice(model, all);
  EXPECT_EQ(all.steps_taken, 31u);
  EXPECT_EQ(none.sums.rows, 32u);
  EXPECT_EQ(all.sums.rows, 1000u);
  TrainSlice after = SliceOf(1000, 0.1);
  RunSlice(model, after);
  EXPECT_EQ(after.steps_taken, 0u);
}

}  // namespace
}  // namespace mlp
