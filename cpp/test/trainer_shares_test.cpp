// Shares of a step's work on different numbers of threads.
#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "test/bfloat16_support.h"
#include "test/trainer_runs.h"
#include "train/plan.h"

namespace mlp {
namespace {

void ExpectTheSameBitsOnAnyTeam(const NetworkSpec& network, const OptimizerSpec& optimizer,
                                std::size_t batch = 50, Precision precision = Precision::kFloat32) {
  const auto data = DataFor(LossKind::kSparseCategoricalCrossentropy, 1000, network.inputs, 4);
  const auto train = [&](int team) {
    Model model(network);
    CompileSpec spec{{LossKind::kSparseCategoricalCrossentropy, false}, optimizer, {}};
    spec.precision = precision;
    model.Compile(spec);
    model.trainer().BeginRun();
    model.trainer().Begin(data, {batch, true, 0, /*threads=*/4});
    TrainSlice slice = SliceOf(1000, 0.01);
    RunSlice(model, slice, team);
    EXPECT_TRUE(slice.epoch_done);
    model.trainer().EndRun(model.weights());
    return std::pair(model.weights().AtRest(), slice.sums.loss);
  };
  const auto alone = train(1);
  EXPECT_NE(alone.first, Model(network).weights().AtRest());
  for (const int team : {2, 3, 4}) EXPECT_EQ(train(team), alone) << team;
}

NetworkSpec Classifier(const std::vector<std::size_t>& widths) {
  return SpecOf(widths, Activation::kRelu, Activation::kSoftmax);
}

TEST(Trainer, SharesGiveTheSameBitsOnAnyNumberOfThreads) {
  OptimizerSpec adam;
  adam.kind = OptimizerSpec::Kind::kAdam;
  ExpectTheSameBitsOnAnyTeam(Classifier({20, 33, 4}), adam);
  ExpectTheSameBitsOnAnyTeam(Classifier({500, 160, 130, 4}), adam);  // by inputs below, by rows above
}

// If a phase has meetings, a thread computes all of its shares up to a meeting.
TEST(Trainer, MeetingsWithinAPhaseGiveTheSameBitsOnAnyNumberOfThreads) {
  for (const std::ptrdiff_t place : {0, 1}) {
    NetworkSpec network = Classifier({20, 33, 4});
    network.layers.insert(network.layers.begin() + place, LayerSpec{BatchNormalizationSpec{}});
    ExpectTheSameBitsOnAnyTeam(network, Sgd({}, 0.9));
    network.layers.insert(network.layers.begin() + place + 1, LayerSpec{BatchNormalizationSpec{}});
    network.layers[0].trainable = false;
    ExpectTheSameBitsOnAnyTeam(network, Sgd({.global_clip_norm = 0.1}));
  }
  for (const auto& widths : {std::vector<std::size_t>{20, 33, 4}, {500, 160, 130, 4}}) {
    ExpectTheSameBitsOnAnyTeam(Classifier(widths), Sgd({.clip_norm = 0.01}));
    ExpectTheSameBitsOnAnyTeam(Classifier(widths), Sgd({.accumulation_steps = 3}));
    NetworkSpec bounded = Classifier(widths);
    std::get<DenseSpec>(bounded.layers[0].kind).kernel_rules.constraint = {ConstraintKind::kMaxNorm, 0.5};
    ExpectTheSameBitsOnAnyTeam(bounded, Sgd());
    OptimizerSpec lbfgs;
    lbfgs.kind = OptimizerSpec::Kind::kLbfgs;
    ExpectTheSameBitsOnAnyTeam(Classifier(widths), lbfgs);
  }
}

// Long steps are cut into several shares for each thread.
TEST(Trainer, SharesOfLongStepsGiveTheSameBitsOnAnyNumberOfThreads) {
  OptimizerSpec adam;
  adam.kind = OptimizerSpec::Kind::kAdam;
  const NetworkSpec by_inputs = Classifier({1200, 300, 300, 4}), by_rows = Classifier({60, 400, 400, 4});
  const auto plan_of = [](const NetworkSpec& network, std::size_t batch) {
    return PlanStep(Network(network), {.batch = batch, .threads = 4});
  };
  ASSERT_EQ(plan_of(by_inputs, 70).layers_by_inputs, 2u);
  ASSERT_EQ(plan_of(by_inputs, 70).slabs, 16u);
  ASSERT_GT(plan_of(by_rows, 150).rows, 4u);
  for (const OptimizerSpec& optimizer :
       {adam, Sgd(), Sgd({.global_clip_norm = 0.1}), Sgd({.accumulation_steps = 2})}) {
    ExpectTheSameBitsOnAnyTeam(by_inputs, optimizer, 70);
    ExpectTheSameBitsOnAnyTeam(by_rows, optimizer, 150);
  }
  NetworkSpec meets = by_rows;
  meets.layers.insert(meets.layers.begin() + 2, LayerSpec{BatchNormalizationSpec{}});
  meets.layers.insert(meets.layers.begin() + 1, LayerSpec{BatchNormalizationSpec{}});
  std::get<DenseSpec>(meets.layers[0].kind).kernel_rules.constraint = {ConstraintKind::kMaxNorm, 0.5};
  ExpectTheSameBitsOnAnyTeam(meets, adam, 150);
  ExpectTheSameBitsOnAnyTeam(meets, Sgd({.clip_norm = 0.01}), 150);
  OptimizerSpec lbfgs;
  lbfgs.kind = OptimizerSpec::Kind::kLbfgs;
  ExpectTheSameBitsOnAnyTeam(by_rows, lbfgs, 150);
}

TEST(Trainer, SharesOfLongStepsInBfloat16GiveTheSameBitsOnAnyNumberOfThreads) {
  PrepareBfloat16();
  if (ActiveBfloat16Kernels() == nullptr) GTEST_SKIP() << "No kernels for bfloat16.";
  OptimizerSpec adam;
  adam.kind = OptimizerSpec::Kind::kAdam;
  ExpectTheSameBitsOnAnyTeam(Classifier({60, 400, 400, 4}), adam, 150, Precision::kBfloat16);
}

// Sums that are left from a batch with more shares of rows do not count.
TEST(Trainer, SmallerBatchesAfterLargerOnesGiveTheBitsOfANewModel) {
  NetworkSpec network = Classifier({60, 400, 400, 4});
  network.layers.insert(network.layers.begin() + 1, LayerSpec{BatchNormalizationSpec{}});
  const auto plan_of = [&](std::size_t batch) {
    return PlanStep(Network(network), {.batch = batch, .threads = 2});
  };
  ASSERT_GT(plan_of(200).rows, plan_of(100).rows);
  ASSERT_EQ(plan_of(200).slabs, plan_of(100).slabs);
  const auto data = DataFor(LossKind::kSparseCategoricalCrossentropy, 400, 60, 4);
  const auto make = [&] {
    auto model = std::make_unique<Model>(network);
    model->Compile({{LossKind::kSparseCategoricalCrossentropy, false}, Sgd(), {}});
    return model;
  };
  const auto used = make(), fresh = make();
  Train(*used, data, {.batch_size = 200, .threads = 2});
  const Vector weights = used->weights().AtRest();
  std::copy(weights.begin(), weights.end(), fresh->weights().Change().begin());
  fresh->trainer().WeightsChanged();
  for (const auto& model : {used.get(), fresh.get()}) Train(*model, data, {.batch_size = 100, .threads = 2});
  EXPECT_NE(used->weights().AtRest(), weights);
  EXPECT_EQ(used->weights().AtRest(), fresh->weights().AtRest());
}

// Layers that several threads share out by inputs, and one thread by rows.
TEST(Trainer, SharingByInputsChangesOnlyRounding) {
  NetworkSpec wide = SpecOf({300, 150, 140, 3}, Activation::kTanh, Activation::kLinear);
  NetworkSpec unlike = wide;  // no bias, a rule of its own, noise above
  auto& first = std::get<DenseSpec>(unlike.layers[0].kind);
  first.use_bias = false;
  first.kernel_rules.regularizer.l2 = 0.01;
  unlike.layers.insert(unlike.layers.begin() + 1, LayerSpec{DropoutSpec{0.3}});
  NetworkSpec frozen = wide;
  frozen.layers[1].trainable = false;
  std::vector<std::uint8_t> numbers(90 * 300);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<std::uint8_t>(i * 37 % 11);
  auto bytes = std::make_shared<Dataset>(AlignedVector<std::uint8_t>(numbers.begin(), numbers.end()), 300);
  bytes->SetValues(Vector(90 * 3, Real(0.5)), 3);

  for (const NetworkSpec& spec : {wide, unlike, frozen}) {
    for (const auto& data : {DataFor(kSquared, 90, 300, 3), bytes}) {
      for (const UpdateRules& rules : {UpdateRules{}, UpdateRules{.global_clip_norm = 0.5}}) {
        const auto train = [&](int threads) {
          Model model(spec);
          CompileSpec compile;
          compile.loss.kind = kSquared;
          compile.optimizer = Sgd(rules, 0.9);
          model.Compile(compile);
          // The last batch is a smaller one.
          const auto losses =
              Train(model, data, {.batch_size = 20, .threads = threads, .epochs = 2, .rate = 1e-3});
          return std::pair(model.weights().AtRest(), losses);
        };
        const auto alone = train(1);
        for (const int threads : {2, 3, 4}) {
          const auto together = train(threads);
          ExpectNear(together.first, alone.first, 10 * kClose);
          for (std::size_t e = 0; e < 2; ++e) {
            EXPECT_NEAR(together.second[e], alone.second[e], 10 * kClose * (1 + alone.second[e]));
          }
        }
      }
    }
  }
}

// Trials of numbers of threads do not change results.
TEST(Trainer, TrialsOfThreadCountsDoNotChangeTheBits) {
  const auto data = DataFor(LossKind::kSparseCategoricalCrossentropy, 2000, 100, 10);
  NetworkSpec meets = Classifier({100, 64, 10});
  meets.layers.insert(meets.layers.begin() + 1, LayerSpec{BatchNormalizationSpec{}});
  for (const NetworkSpec& network : {Classifier({100, 64, 10}), meets}) {
    std::optional<Vector> first;
    for (int run = 0; run < 3; ++run) {
      Model model(network);
      CompileSpec spec;
      spec.loss.kind = LossKind::kSparseCategoricalCrossentropy;
      model.Compile(spec);
      Train(model, data, {.batch_size = 40, .threads = 0, .epochs = 30, .slice = 7});
      if (!first) first = model.weights().AtRest();
      EXPECT_EQ(model.weights().AtRest(), *first);
    }
  }
}

TEST(Trainer, AMachineInTheOptionsDecidesShares) {
  const auto data = DataFor(LossKind::kSparseCategoricalCrossentropy, 400, 100, 10);
  const auto train = [&](const EpochOptions& options) {
    Model model(Classifier({100, 64, 10}));
    model.Compile({{LossKind::kSparseCategoricalCrossentropy, false}, Sgd(), {}});
    model.trainer().Begin(data, options);
    for (bool done = false; !done;) {
      TrainSlice slice = SliceOf(1000, 0.1);
      RunSlice(model, slice);
      done = slice.epoch_done;
    }
    return model.weights().AtRest();
  };
  Vector before;
  for (const int cores : {1, 2, 4}) {
    Machine machine;
    machine.cores = machine.cpus = cores;
    const Vector weights = train({.batch_size = 200, .machine = machine});
    EXPECT_EQ(weights, train({.batch_size = 200, .threads = cores})) << cores;
    EXPECT_NE(weights, before) << cores;  // other shares round differently
    before = weights;
  }
}

}  // namespace
}  // namespace mlp
