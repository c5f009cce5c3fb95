// Each way to share out a step, with every rule and optimizer, gives the weights of a single thread.
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "test/trainer_cases.h"
#include "test/trainer_runs.h"
#include "train/plan.h"

namespace mlp {
namespace {

constexpr std::size_t kBatch = 16;

// How the steps of a network with these widths are expected to be shared out: see ShareCut.
struct Way {
  const char* name;
  std::vector<std::size_t> widths;
  std::size_t layers_by_inputs;
  bool gradients_by_rows;
};

const Way kWays[] = {{"Inputs", {400, 200, 150, 3}, 2, false},
                     {"Rows", {8, 9, 7, 3}, 0, true},
                     {"Weights", {20, 30, 25, 3}, 0, false}};

class EveryWay : public testing::TestWithParam<Way> {};
INSTANTIATE_TEST_SUITE_P(All, EveryWay, testing::ValuesIn(kWays),
                         [](const auto& way) { return std::string(way.param.name); });

std::shared_ptr<Dataset> Bytes(std::size_t rows, std::size_t inputs, std::size_t outputs) {
  AlignedVector<std::uint8_t> numbers(rows * inputs);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<std::uint8_t>(i * 37 % 4);
  auto data = std::make_shared<Dataset>(std::move(numbers), inputs);
  SetTargets(*data, kSquared, outputs);
  return data;
}

struct Case {
  explicit Case(const Way& expected) : way(expected) {}

  Way way;
  NetworkSpec network = SpecOf(way.widths, Activation::kTanh, Activation::kLinear);
  CompileSpec compile{{kSquared, false}, Sgd(), {}};
  std::shared_ptr<Dataset> data =
      DataFor(kSquared, 85, way.widths.front(), 3);  // the last batch has five rows
  std::uint32_t epochs = 2;
  double rate = 0.01;
  double tolerance = 10 * kClose;
};

// Each share has a thread of its own, even where there are fewer cores.
std::pair<Vector, std::vector<double>> Train(const Case& run, int threads) {
  Model model(run.network);
  model.Compile(run.compile);
  model.trainer().BeginRun();
  const std::vector<double> losses =
      Train(model, run.data, {kBatch, threads, run.epochs, 1000, run.rate, true, threads});
  model.trainer().EndRun(model.weights());
  return {model.weights().AtRest(), losses};
}

void ExpectWeightsOfOneThread(const Case& run, const std::string& what) {
  SCOPED_TRACE(what);
  const auto [weights, losses] = Train(run, 1);
  EXPECT_NE(weights, Model(run.network).weights().AtRest());
  for (const int threads : {2, 3}) {
    const Network network(run.network);
    const auto shares = static_cast<std::size_t>(threads);
    EXPECT_EQ(LayersByInputs(network, kBatch, shares), run.way.layers_by_inputs);
    EXPECT_EQ(run.way.layers_by_inputs == 0 && GradientsByRows(network, kBatch, shares),
              run.way.gradients_by_rows);
    const auto [team_weights, team_losses] = Train(run, threads);
    ExpectNear(team_weights, weights, run.tolerance);
    for (std::size_t e = 0; e < losses.size(); ++e) {
      EXPECT_NEAR(team_losses[e], losses[e], run.tolerance * (1 + losses[e]));
    }
  }
}

TEST_P(EveryWay, EveryOptimizerGivesTheWeightsOfOneThread) {
  for (const OptimizerSpec& optimizer : EveryOptimizer()) {
    // Lion steps by the sign of a gradient, which rounding may change near 0.
    if (sizeof(Real) == 4 && optimizer.kind == OptimizerSpec::Kind::kLion) continue;
    Case run(GetParam());
    run.compile.optimizer = optimizer;
    run.compile.optimizer.epsilon = 1e-3;  // with less, tiny gradients amplify their rounding
    run.rate = 1e-3;
    ExpectWeightsOfOneThread(run, "optimizer " + std::to_string(static_cast<int>(optimizer.kind)));
  }
}

TEST_P(EveryWay, EveryRuleGivesTheWeightsOfOneThread) {
  const auto expect = [](const UpdateRules& rules, const std::string& what) {
    Case run(GetParam());
    run.compile.optimizer = Sgd(rules, 0.9);
    ExpectWeightsOfOneThread(run, what);
  };
  expect({.weight_decay = 0.3}, "decay");
  expect({.clip_value = 1e-4}, "clipping by value");
  expect({.clip_norm = 0.01}, "clipping by norm");
  expect({.global_clip_norm = 0.02}, "clipping by global norm");
  expect({.ema = 0.8}, "average");
  expect({.accumulation_steps = 4}, "accumulation");  // the last update has two of six batches
  expect(
      {.weight_decay = 0.1, .clip_value = 1e-3, .global_clip_norm = 0.1, .ema = 0.9, .accumulation_steps = 2},
      "all of them");
}

TEST_P(EveryWay, RegularizersAndConstraintsGiveTheWeightsOfOneThread) {
  for (const bool whole : {false, true}) {  // gradients before any update
    Case run(GetParam());
    run.network.layers[2].rate_factor = 0.5;
    DenseAt(run.network, 0).kernel_rules = {{0.001, 0.01}, {ConstraintKind::kMaxNorm, 0.9}};
    DenseAt(run.network, 0).bias_rules.constraint = {ConstraintKind::kMaxNorm, 0.001};
    DenseAt(run.network, 1).kernel_rules.constraint = {ConstraintKind::kUnitNorm, 0};
    DenseAt(run.network, 2).kernel_rules.constraint = {ConstraintKind::kNonNegative, 0};
    run.compile.optimizer = Sgd({.clip_norm = whole ? 0.05 : 0});
    ExpectWeightsOfOneThread(run, whole ? "whole" : "at once");
  }
}

TEST_P(EveryWay, LbfgsGivesTheWeightsOfOneThread) {
  Case run(GetParam());
  run.compile.optimizer.kind = OptimizerSpec::Kind::kLbfgs;
  run.epochs = 3;
  run.tolerance = 100 * kClose;  // the line search divides by differences
  DenseAt(run.network, 0).kernel_rules.regularizer = {0, 0.01};
  ExpectWeightsOfOneThread(run, "L-BFGS");
}

TEST_P(EveryWay, NoiseAndTheLayersAboveItGiveTheWeightsOfOneThread) {
  const auto with = [](std::ptrdiff_t place, const LayerSpec& layer, std::size_t below) {
    Case run(GetParam());
    run.network.layers.insert(run.network.layers.begin() + place, layer);
    run.way.layers_by_inputs = std::min(run.way.layers_by_inputs, below);
    run.way.gradients_by_rows =
        run.way.gradients_by_rows && !std::holds_alternative<BatchNormalizationSpec>(layer.kind);
    ExpectWeightsOfOneThread(run,
                             "at " + std::to_string(place) + ", kind " + std::to_string(layer.kind.index()));
  };
  with(0, {DropoutSpec{0.3}}, 0);
  with(0, {GaussianNoiseSpec{0.1}}, 0);
  with(0, {RescalingSpec{0.5, 0.1}}, 0);
  with(1, {DropoutSpec{0.3}}, 1);
  with(2, {AlphaDropoutSpec{0.2}}, 2);
  with(2, {LayerNormalizationSpec{}}, 2);
  with(1, {BatchNormalizationSpec{}}, 1);
  with(2, {BatchNormalizationSpec{}}, 2);
}

TEST_P(EveryWay, RowsOfEveryKindGiveTheWeightsOfOneThread) {
  Case bytes(GetParam());
  bytes.data = Bytes(85, bytes.network.inputs, 3);
  bytes.rate = 1e-4;
  ExpectWeightsOfOneThread(bytes, "bytes");
  Case one_left(GetParam());
  one_left.data = DataFor(kSquared, 81, one_left.network.inputs, 3);
  ExpectWeightsOfOneThread(one_left, "fewer rows in the last batch than threads");
  Case weighted(GetParam());
  Vector weights(85);
  for (std::size_t r = 0; r < weights.size(); ++r) weights[r] = static_cast<Real>(r % 3);
  weighted.data->SetWeights(weights);
  weighted.compile.mean = Mean::kWeights;
  ExpectWeightsOfOneThread(weighted, "weighted");
}

// A share's gradients are added up over its blocks of rows.
TEST(TrainerRows, SharesOfSeveralBlocksGiveTheWeightsOfOneThread) {
  for (const bool lbfgs : {false, true}) {
    const NetworkSpec network = SpecOf({8, 9, 7, 3}, Activation::kTanh, Activation::kLinear);
    const auto data = DataFor(kSquared, 1700, 8, 3);
    const auto train = [&](int threads) {
      Model model(network);
      CompileSpec compile{{kSquared, false}, Sgd(), {}};
      if (lbfgs) compile.optimizer.kind = OptimizerSpec::Kind::kLbfgs;
      model.Compile(compile);
      model.trainer().BeginRun();
      Train(model, data, {1600, threads, 3, 1000, 0.1, true, threads});
      model.trainer().EndRun(model.weights());
      return model.weights().AtRest();
    };
    const Vector alone = train(1);
    EXPECT_NE(alone, Model(network).weights().AtRest());
    for (const int threads : {2, 3}) {
      ASSERT_TRUE(GradientsByRows(Network(network), 1600, static_cast<std::size_t>(threads)));
      ExpectNear(train(threads), alone, (lbfgs ? 100 : 10) * kClose);
    }
  }
}

// The way changes with the batch size and the number of threads.
TEST(TrainerRows, EpochsMayBeSharedOutInDifferentWays) {
  const NetworkSpec network = SpecOf({8, 9, 7, 3}, Activation::kTanh, Activation::kLinear);
  const auto data = DataFor(kSquared, 90, 8, 3);
  Model model(network), alone(network);
  for (Model* trained : {&model, &alone}) trained->Compile({{kSquared, false}, Sgd({}, 0.9), {}});
  std::size_t by_rows = 0;
  for (const auto& [batch, threads] :
       {std::pair<std::size_t, int>{30, 2}, {4, 2}, {90, 3}, {5, 1}, {30, 2}}) {
    by_rows += GradientsByRows(Network(network), batch, static_cast<std::size_t>(threads)) ? 1 : 0;
    Train(model, data, {.batch_size = batch, .threads = threads, .team = threads});
    Train(alone, data, {.batch_size = batch});
    ExpectNear(model.weights().AtRest(), alone.weights().AtRest(), 10 * kClose);
  }
  EXPECT_EQ(by_rows, 3u);
}

// The layer whose logits the loss reads is shared out, too.
TEST(TrainerInputs, AllLayersMayBeSharedOutByInputs) {
  for (const std::vector<std::size_t>& widths : {std::vector<std::size_t>{400, 150}, {400, 200, 150}}) {
    for (const auto& [loss, last, from_logits] :
         {std::tuple(kSquared, Activation::kLinear, false),
          {kSquared, Activation::kTanh, false},
          {LossKind::kBinaryCrossentropy, Activation::kSigmoid, false},
          {LossKind::kBinaryCrossentropy, Activation::kLinear, true}}) {
      Case run({"Inputs", widths, widths.size() - 1, false});
      run.network = SpecOf(widths, Activation::kRelu, last);
      run.compile.loss = {loss, from_logits};
      run.compile.metrics = {MetricKind::kMeanSquaredError};
      run.data = DataFor(loss, 85, 400, 150);
      ExpectWeightsOfOneThread(run, "loss " + std::to_string(static_cast<int>(loss)));
    }
  }
}

// In slices of one step, of some, and of several epochs.
TEST_P(EveryWay, SlicesAndTeamsChangeNoBit) {
  const NetworkSpec network = SpecOf(GetParam().widths, Activation::kTanh, Activation::kLinear);
  const auto data = DataFor(kSquared, 85, network.inputs, 3);
  UpdateRules rules;
  rules.weight_decay = 0.1;
  rules.ema = 0.9;
  rules.clip_value = 1e-3;
  for (const int threads : {2, 3}) {
    Vector whole;
    for (const int team : {1, 2, 3}) {
      for (const std::size_t slice : {1000u, 1u, 4u}) {
        if (team > threads) continue;
        Model model(network);
        model.Compile({{kSquared, false}, Sgd(rules, 0.9), {}});
        Train(model, data, {kBatch, threads, 2, slice, 0.01, true, team});
        if (whole.empty()) whole = model.weights().AtRest();
        EXPECT_EQ(model.weights().AtRest(), whole) << threads << ", " << team << ", " << slice;
      }
    }
    Model together(network);
    together.Compile({{kSquared, false}, Sgd(rules, 0.9), {}});
    together.trainer().Begin(data, {kBatch, true, 0, threads});
    TrainSlice slice = SliceOf(1000, 0.01);
    slice.epochs = 2;
    RunSlice(together, slice, threads);
    EXPECT_TRUE(slice.epoch_done);
    EXPECT_EQ(slice.steps_taken, 12u);
    EXPECT_EQ(together.weights().AtRest(), whole);
  }
}

}  // namespace
}  // namespace mlp
