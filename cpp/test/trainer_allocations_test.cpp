// Steps and predictions allocate nothing.
#include <atomic>
#include <memory>
#include <vector>

#include "test/allocations.h"
#include "test/bfloat16_support.h"
#include "test/trainer_cases.h"
#include "train/plan.h"

namespace mlp {
namespace {

// The first step may allocate; the steps after it must not, on any thread of the team.
void ExpectStepsWithoutAllocations(Model& model, const std::shared_ptr<Dataset>& data, std::size_t batch,
                                   int threads) {
  const std::size_t steps = model.trainer().Begin(data, {batch, true, 0, threads}) - 1;
  TrainSlice first = SliceOf(1, 0.01), rest = SliceOf(steps, 0.01);
  RunSlice(model, first, threads);
  const std::atomic<bool> never{false};
  rest.stop = &never;
  rest.data = data;
  rest.sums.metrics.resize(model.trainer().metrics().count());
  long during = -1;
  ComputePool::ProcessWide().Run(threads, [&](Team& team) {
    long before = 0;
    team.Meet();
    if (team.rank() == 0) before = allocations;
    team.Meet();
    model.trainer().Run(team, model.weights(), rest);
    team.Meet();
    if (team.rank() == 0) during = allocations - before;
  });
  EXPECT_EQ(rest.steps_taken, steps);
  EXPECT_TRUE(rest.finite);
  EXPECT_EQ(during, 0);
}

TEST(Trainer, StepsAllocateNothing) {
  const auto data = DataFor(kLoss, 1600, 40, 10);
  for (const OptimizerSpec& optimizer : EveryOptimizer()) {
    for (const int threads : {1, 2, 3}) {
      for (const std::size_t batch : {16u, 80u}) {
        Model model(SpecOf({40, 64, 32, 10}, Activation::kRelu, Activation::kSoftmax));
        ASSERT_EQ(GradientsByRows(model.network(), batch, static_cast<std::size_t>(threads)),
                  threads > 1 && batch == 80);
        model.Compile({{kLoss, false}, optimizer, {MetricKind::kSparseCategoricalAccuracy}});
        ExpectStepsWithoutAllocations(model, data, batch, threads);
      }
    }
  }
}

// Before and after batches that are too small for them.
TEST(Trainer, StepsInThreePartsAllocateNothing) {
  PrepareBfloat16();
  const auto data = DataFor(kLoss, 1100, 450, 10);
  Model model(SpecOf({450, 450, 10}, Activation::kTanh, Activation::kSoftmax));
  CompileSpec spec{{kLoss, false}, {}, {}};
  spec.precision = Precision::kFloat32Fast;
  model.Compile(spec);
  for (const std::size_t batch : {512u, 300u, 512u}) ExpectStepsWithoutAllocations(model, data, batch, 2);
}

TEST(Trainer, StepsSharedOutByInputsAllocateNothing) {
  const auto data = DataFor(kLoss, 170, 400, 10);
  for (OptimizerSpec optimizer : EveryOptimizer()) {
    for (const bool whole : {false, true}) {
      for (const int threads : {2, 3}) {
        optimizer.rules.global_clip_norm = whole ? 1 : 0;
        optimizer.rules.accumulation_steps = whole ? 3 : 1;
        Model model(SpecOf({400, 200, 150, 10}, Activation::kTanh, Activation::kSoftmax));
        ASSERT_EQ(LayersByInputs(model.network(), 16, static_cast<std::size_t>(threads)), 2u);
        model.Compile({{kLoss, false}, optimizer, {MetricKind::kSparseCategoricalAccuracy}});
        ExpectStepsWithoutAllocations(model, data, 16, threads);
      }
    }
  }
}

// Layers with batch statistics, noise, whole gradients and the rules on them.
TEST(Trainer, StepsOfLayersOfEveryKindAllocateNothing) {
  const auto data = DataFor(kLoss, 1600, 40, 10);
  for (const bool whole : {false, true}) {
    NetworkSpec spec = SpecOf({40, 64, 32, 10}, Activation::kGelu, Activation::kSoftmax);
    DenseAt(spec, 0).kernel_rules = {{0.01, 0.01}, {ConstraintKind::kMaxNorm, 1}};
    spec.layers.insert(spec.layers.begin() + 2, LayerSpec{LayerNormalizationSpec{}});
    spec.layers.insert(spec.layers.begin() + 1, LayerSpec{DropoutSpec{0.5}});
    spec.layers.insert(spec.layers.begin() + 1, LayerSpec{BatchNormalizationSpec{}});
    spec.layers.insert(spec.layers.begin(), LayerSpec{GaussianNoiseSpec{0.1}});
    OptimizerSpec optimizer;
    optimizer.rules.ema = 0.9;
    optimizer.rules.weight_decay = 0.01;
    optimizer.rules.clip_norm = whole ? 1 : 0;
    optimizer.rules.accumulation_steps = whole ? 3 : 1;
    for (const int threads : {1, 2, 3}) {
      Model model(spec);
      model.Compile({{kLoss, false}, optimizer, {}});
      ExpectStepsWithoutAllocations(model, data, 16, threads);
    }
  }
}

TEST(Trainer, StepsOfMembersAllocateNothing) {
  const auto data = DataFor(kLoss, 160, 40, 10);
  for (const bool share : {false, true}) {
    NetworkSpec spec = SpecOf({40, 64, 32}, Activation::kGelu, Activation::kRelu);
    MemberDenseSpec heads;
    heads.units = 10;
    heads.activation.kind = Activation::kSoftmax;
    DenseBatchEnsembleSpec ensemble;
    ensemble.dense.units = 24;
    spec.layers.insert(spec.layers.begin(), LayerSpec{MemberScaleSpec{}});
    spec.layers.push_back({ensemble});
    spec.layers.push_back({DropoutSpec{0.1}});
    spec.layers.push_back({heads});
    spec.members = 8;
    OptimizerSpec optimizer;
    optimizer.kind = OptimizerSpec::Kind::kAdamW;
    optimizer.rules.global_clip_norm = share ? 1 : 0;
    for (const int threads : {1, 2, 3}) {
      Model model(spec);
      model.Compile({{kLoss, false}, optimizer, {MetricKind::kSparseCategoricalAccuracy}});
      ExpectStepsWithoutAllocations(model, data, 16, threads);
    }
  }
}

// predictSync of one row or several, after a first call has made room.
TEST(Model, PredictingAllocatesNothing) {
  for (const Activation hidden : {Activation::kRelu, Activation::kGelu}) {
    for (const std::vector<std::size_t>& widths :
         {std::vector<std::size_t>{2, 3, 1}, {40, 64, 32, 10}, {784, 512, 512, 10}}) {
      Model model(SpecOf(widths, hidden, Activation::kSigmoid));
      for (const std::size_t rows : {1u, 5u, 300u}) {
        const std::vector<Real> x = RandomNumbers(rows * widths.front(), 1);
        std::vector<Real> out(rows * widths.back());
        const auto predict = [&] { model.Predict(out.data(), x.data(), rows, model.weights().AtRest()); };
        predict();
        const long before = allocations;
        for (int i = 0; i < 10; ++i) predict();
        EXPECT_EQ(allocations - before, 0);
      }
      for (const Rounding rounding : {Rounding::kNone, Rounding::kHalf, Rounding::kInt8}) {
        model.RoundWeights(rounding);
        const std::vector<Real> x = RandomNumbers(widths.front(), 1);
        std::vector<Real> out(widths.back());
        const auto allocates = [&] {
          const long before = allocations;
          for (int i = 0; i < 10; ++i) model.PredictAtRest(out.data(), x.data(), 1);
          return allocations != before;
        };
        allocates();
        // A helper that comes late keeps its memory, so the next prediction needs new memory: rare even on a
        // busy machine.
        int attempts = 1;
        while (allocates() && attempts < 100) ++attempts;
        EXPECT_LT(attempts, 100);
      }
    }
  }
}

}  // namespace
}  // namespace mlp
