#include "train/plan.h"

#include <gtest/gtest.h>

#include <vector>

#include "test/support.h"

namespace mlp {
namespace {

TEST(CutSlabs, CoversEveryRowOnceForAnyNumberOfShares) {
  for (const std::vector<std::size_t>& widths :
       {std::vector<std::size_t>{2, 3, 1}, {784, 30, 10}, {5, 1, 1, 7}, {1, 1}}) {
    const Network network(SpecOf(widths, Activation::kRelu, Activation::kLinear));
    for (const std::size_t threads : {1u, 2u, 3u, 8u, 64u}) {
      for (std::size_t by_inputs = 0; by_inputs < widths.size(); ++by_inputs) {
        std::vector<int> covered(network.weight_count());
        for (const auto& slabs : CutSlabs(network, threads, by_inputs)) {
          for (const Slab& slab : slabs) {
            const Tensor& tensor = network.layers()[slab.layer]->tensors()[slab.tensor];
            for (std::size_t i = 0; i < slab.rows * tensor.columns; ++i)
              ++covered[tensor.offset + slab.first * tensor.columns + i];
          }
        }
        for (const int times : covered) ASSERT_EQ(times, 1) << threads;
      }
    }
  }
}

TEST(GradientsByRows, IsForBatchesWithMoreNumbersThanWeights) {
  const auto by_rows = [](const std::vector<std::size_t>& widths, std::size_t batch, std::size_t shares) {
    return GradientsByRows(Network(SpecOf(widths, Activation::kRelu, Activation::kSoftmax)), batch, shares);
  };
  EXPECT_FALSE(by_rows({20, 100, 1}, 200, 1));  // nothing to share
  EXPECT_TRUE(by_rows({20, 100, 1}, 200, 2));
  EXPECT_TRUE(by_rows({64, 100, 10}, 200, 2));
  EXPECT_FALSE(by_rows({64, 100, 10}, 32, 2));
  EXPECT_FALSE(by_rows({784, 128, 10}, 32, 2));
  NetworkSpec meets = SpecOf({20, 100, 1}, Activation::kRelu, Activation::kSigmoid);
  EXPECT_TRUE(GradientsByRows(Network(meets), 200, 2));
  meets.layers.insert(meets.layers.begin() + 1, LayerSpec{BatchNormalizationSpec{}});
  EXPECT_FALSE(GradientsByRows(Network(meets), 200, 2));
}

TEST(LayersByInputs, CountsTheLowestWideLayers) {
  const auto by_inputs = [](const std::vector<std::size_t>& widths, std::size_t batch, std::size_t shares) {
    return LayersByInputs(Network(SpecOf(widths, Activation::kRelu, Activation::kSoftmax)), batch, shares);
  };
  EXPECT_EQ(by_inputs({784, 128, 10}, 32, 1), 0u);  // nothing to share
  EXPECT_EQ(by_inputs({784, 128, 10}, 32, 2), 1u);
  EXPECT_EQ(by_inputs({784, 512, 512, 10}, 128, 2), 2u);
  EXPECT_EQ(by_inputs({784, 512, 512, 10}, 128, 32), 0u);  // too few inputs for each
  EXPECT_EQ(by_inputs({20, 100, 1}, 200, 2), 0u);          // more rows than inputs
  EXPECT_EQ(by_inputs({1024, 1024, 10}, 1024, 2), 0u);
}

// Weights in bfloat16 move between cores faster, sums do not.
TEST(LayersByInputs, AreFewerInBfloat16) {
  const auto by_inputs = [](const std::vector<std::size_t>& widths, std::size_t batch) {
    return LayersByInputs(Network(SpecOf(widths, Activation::kRelu, Activation::kSoftmax)), batch, 2,
                          FixedMachine(), RunnableBfloat16Kernels().front());
  };
  EXPECT_EQ(by_inputs({784, 128, 10}, 32), 1u);
  EXPECT_EQ(by_inputs({784, 512, 512, 10}, 128), 0u);
}

TEST(ChooseThreads, WeighsMeetingsAndSharedNumbersAgainstProducts) {
  Machine machine;
  const Work work{.multiply_adds = 1e6, .weights = 1e3, .most_shares = 100};
  EXPECT_EQ(ChooseThreads(work, 2, machine), 2);
  machine.meeting_ns = 1e4;
  EXPECT_EQ(ChooseThreads(work, 2, machine), 1);
  machine.products_per_ns = 5;
  EXPECT_EQ(ChooseThreads(work, 2, machine), 2);
  EXPECT_EQ(ChooseThreads({.multiply_adds = 1e6, .weights = 1e6, .most_shares = 100}, 2, Machine()), 1);
  EXPECT_EQ(ChooseThreads({.multiply_adds = 1e9, .most_shares = 3}, 8, machine), 3);
  EXPECT_EQ(ChooseThreads({.multiply_adds = 1e9, .most_shares = 1}, 8, machine), 1);
}

class PlanStepOn8Cores : public testing::Test {
 protected:
  static StepPlan Plan(const std::vector<std::size_t>& widths, const StepOptions& options) {
    Machine machine;
    machine.cores = 8;
    machine.cpus = 16;
    return PlanStep(Network(SpecOf(widths, Activation::kRelu, Activation::kSoftmax)), options, &machine);
  }
};

TEST_F(PlanStepOn8Cores, ATinyNetworkHasOneShareAndNoTrials) {
  const StepPlan plan = Plan({2, 3, 1}, {.batch = 4});
  EXPECT_EQ(plan.shares, 1u);
  EXPECT_EQ(plan.most_threads, 1);
  EXPECT_EQ(plan.threads, 1);
  EXPECT_FALSE(plan.has_trials);
}

TEST_F(PlanStepOn8Cores, AMediumNetworkHasTrials) {
  const StepPlan plan = Plan({784, 128, 10}, {.batch = 32});
  EXPECT_EQ(plan.shares, 8u);
  EXPECT_EQ(plan.most_threads, 8);
  EXPECT_TRUE(plan.has_trials);
  EXPECT_EQ(Plan({784, 128, 10}, {.batch = 5}).shares, 5u);  // a row each
}

TEST_F(PlanStepOn8Cores, ALongStepHasNoTrials) {
  const StepPlan plan = Plan({1024, 1024, 1024, 10}, {.batch = 1024});
  EXPECT_EQ(plan.shares, 8u);
  EXPECT_EQ(plan.threads, 8);
  EXPECT_FALSE(plan.has_trials);
}

TEST_F(PlanStepOn8Cores, OnlyALongStepHasSeveralSharesForEachThread) {
  const StepPlan few = Plan({784, 128, 10}, {.batch = 32});
  EXPECT_EQ(few.rows, few.shares);
  EXPECT_EQ(few.slabs, few.shares);
  const StepPlan by_rows = Plan({1024, 1024, 1024, 10}, {.batch = 1024, .threads = 2});
  EXPECT_TRUE(by_rows.gradients_by_rows);
  EXPECT_EQ(by_rows.slabs, 4u);  // of a large network
  EXPECT_EQ(by_rows.rows, 2u);   // each writes gradients of all weights
  const StepPlan large = Plan({1024, 2048, 2048, 10}, {.batch = 1024, .threads = 2});
  EXPECT_FALSE(large.gradients_by_rows);
  EXPECT_EQ(large.rows, 4u);  // of 256 rows: each reads all weights
  const StepPlan small = Plan({60, 400, 400, 10}, {.batch = 200, .threads = 2});
  EXPECT_EQ(small.rows, 8u);
  EXPECT_EQ(small.slabs, 8u);
  const StepPlan by_inputs = Plan({784, 512, 512, 10}, {.batch = 128, .threads = 2});
  EXPECT_EQ(by_inputs.layers_by_inputs, 2u);
  EXPECT_EQ(by_inputs.rows, 8u);
  // In bfloat16 a share of rows reads all weights in any case, and has at least a block.
  const auto rows_in_bfloat16 = [](std::size_t batch) {
    const Bfloat16Kernels* const tiles = RunnableBfloat16Kernels().front();
    return Plan({784, 512, 512, 10}, {.batch = batch, .threads = 2, .tiles = tiles}).rows;
  };
  EXPECT_EQ(rows_in_bfloat16(4096), 8u);
  EXPECT_EQ(rows_in_bfloat16(1024), 4u);
  EXPECT_EQ(rows_in_bfloat16(1023), 2u);
  const StepPlan alone = Plan({1024, 1024, 1024, 10}, {.batch = 1024, .threads = 1});
  EXPECT_EQ(alone.slabs, 1u);
}

TEST_F(PlanStepOn8Cores, ThreePartsAreForLargeBatches) {
  const Bfloat16Kernels& one = *RunnableBfloat16Kernels().front();
  ASSERT_NE(one.three_parts, nullptr);
  const std::vector<std::size_t> widths = {784, 512, 512, 10};
  for (const std::size_t batch : {511u, 512u}) {
    EXPECT_EQ(Plan(widths, {.batch = batch}).tiles, nullptr);
    EXPECT_EQ(Plan(widths, {.batch = batch, .tiles = &one}).tiles, &one);
    EXPECT_EQ(Plan(widths, {.batch = batch, .tiles = one.three_parts}).tiles,
              batch == 512 ? one.three_parts : nullptr);
  }
  const StepPlan plain = Plan(widths, {.batch = 511}),
                 small = Plan(widths, {.batch = 511, .tiles = one.three_parts});
  EXPECT_EQ(small.rows, plain.rows);
  EXPECT_EQ(small.gradients_by_rows, plain.gradients_by_rows);
}

TEST_F(PlanStepOn8Cores, MeetingsChangeOnlyTheFirstGuess) {
  const StepPlan few = Plan({784, 30, 10}, {.batch = 64}),
                 many = Plan({784, 30, 10}, {.batch = 64, .meetings = 40});
  EXPECT_EQ(few.shares, many.shares);
  EXPECT_GT(few.threads, many.threads);
  EXPECT_TRUE(many.has_trials);
}

TEST_F(PlanStepOn8Cores, TheOptionIsTheNumberOfShares) {
  for (const auto& [option, threads] : {std::pair(1, 1), {3, 3}, {12, 12}, {32, 16}}) {
    const StepPlan plan = Plan({784, 128, 10}, {.batch = 32, .threads = option});
    EXPECT_EQ(plan.shares, static_cast<std::size_t>(option));
    EXPECT_EQ(plan.most_threads, threads);  // no more than there are CPUs
    EXPECT_EQ(plan.threads, threads);
    EXPECT_FALSE(plan.has_trials);
  }
}

TEST(PlanStep, MeasuredCostsDoNotChangeShares) {
  const Network network(SpecOf({784, 128, 10}, Activation::kRelu, Activation::kSoftmax));
  for (const std::size_t batch : {1u, 8u, 32u, 100u, 1000u}) {
    const StepPlan plan = PlanStep(network, {.batch = batch});
    const Machine fixed = FixedMachine();
    const StepPlan expected = PlanStep(network, {.batch = batch}, &fixed);
    EXPECT_EQ(plan.shares, expected.shares);
    EXPECT_EQ(plan.rows, expected.rows);
    EXPECT_EQ(plan.slabs, expected.slabs);
    EXPECT_EQ(plan.layers_by_inputs, expected.layers_by_inputs);
    EXPECT_EQ(plan.gradients_by_rows, expected.gradients_by_rows);
    EXPECT_EQ(plan.most_threads, expected.most_threads);
  }
}

}  // namespace
}  // namespace mlp
