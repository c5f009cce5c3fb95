// Training with products in bfloat16.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>
#include <string_view>

#include "math/cpu.h"
#include "math/error.h"
#include "test/bfloat16_support.h"
#include "test/trainer_cases.h"
#include "test/trainer_runs.h"
#include "train/plan.h"

namespace mlp {
namespace {

struct Case {
  std::string name;
  std::function<void(NetworkSpec&, OptimizerSpec&)> change;
};

// Whatever changes weights, or decides when they change.
std::vector<Case> Cases() {
  std::vector<Case> cases = {
      {"clipped_norm", [](auto&, auto& o) { o.rules.clip_norm = 0.01; }},
      {"clipped_value", [](auto&, auto& o) { o.rules.clip_value = 0.01; }},
      {"accumulation", [](auto&, auto& o) { o.rules.accumulation_steps = 3; }},
      {"average", [](auto&, auto& o) { o.rules.ema = 0.9; }},
      {"decay", [](auto&, auto& o) { o.rules.weight_decay = 0.1; }},
      {"regularizer", [](auto& n, auto&) { DenseAt(n, 1).kernel_rules.regularizer.l2 = 0.1; }},
      {"max_norm",
       [](auto& n, auto&) {
         DenseAt(n, 0).kernel_rules.constraint = {ConstraintKind::kMaxNorm, 0.5};
       }},
      {"non_negative",
       [](auto& n, auto&) {
         DenseAt(n, 1).kernel_rules.constraint = {ConstraintKind::kNonNegative, 0};
       }},
      {"frozen_first", [](auto& n, auto&) { n.layers[0].trainable = false; }},
      {"frozen_middle", [](auto& n, auto&) { n.layers[1].trainable = false; }},
      {"dropout", [](auto& n, auto&) { n.layers.insert(n.layers.begin() + 1, {DropoutSpec{0.3}}); }},
      {"gelu", [](auto& n, auto&) { DenseAt(n, 0).activation.kind = Activation::kGelu; }},
      {"batch_normalization",
       [](auto& n, auto&) { n.layers.insert(n.layers.begin() + 1, {BatchNormalizationSpec{}}); }},
      {"layer_normalization",
       [](auto& n, auto&) { n.layers.insert(n.layers.begin() + 2, {LayerNormalizationSpec{}}); }},
      {"no_bias", [](auto& n, auto&) { DenseAt(n, 1).use_bias = false; }},
      {"one_wide_layer", [](auto& n, auto&) { n.layers.erase(n.layers.begin(), n.layers.begin() + 2); }}};
  const auto optimizers = EveryOptimizer();
  for (std::size_t i = 0; i < optimizers.size(); ++i) {
    cases.push_back({"optimizer_" + std::to_string(i), [o = optimizers[i]](auto&, auto& to) { to = o; }});
  }
  return cases;
}

class Bfloat16Training : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    PrepareBfloat16();
    if (ActiveBfloat16Kernels() == nullptr) GTEST_SKIP() << NoBfloat16Reason();
  }
};

INSTANTIATE_TEST_SUITE_P(All, Bfloat16Training, testing::ValuesIn(Cases()),
                         [](const auto& info) { return info.param.name; });

constexpr std::size_t kInputs = 40, kOutputs = 10, kRows = 333;

std::unique_ptr<Model> ModelFor(const Case& c, Precision precision) {
  NetworkSpec network = SpecOf({kInputs, 70, 33, kOutputs}, Activation::kTanh, Activation::kSoftmax);
  OptimizerSpec optimizer;
  c.change(network, optimizer);
  auto model = std::make_unique<Model>(network);
  CompileSpec spec{{kLoss, false}, optimizer, {}};
  spec.precision = precision;
  model->Compile(spec);
  return model;
}

// Trains two epochs. `touch`: between slices the weights count as changed, so each slice packs all again.
Vector TrainFor(const Case& c, std::size_t slice_steps, int team, bool touch = false,
                std::size_t batch_size = 50) {
  const auto made = ModelFor(c, Precision::kBfloat16);
  Model& model = *made;
  EXPECT_TRUE(model.bfloat16());
  const auto data = DataFor(kLoss, kRows, kInputs, kOutputs);
  for (std::uint32_t epoch = 0; epoch < 2; ++epoch) {
    model.trainer().Begin(data, {batch_size, true, epoch, 2});
    for (bool done = false; !done;) {
      TrainSlice slice = SliceOf(slice_steps, 0.05);
      if (touch) model.weights().Change();
      RunSlice(model, slice, team);
      EXPECT_TRUE(slice.finite);
      done = slice.epoch_done || !slice.finite;
    }
  }
  model.trainer().EndRun(model.weights());
  return model.weights().AtRest();
}

TEST_P(Bfloat16Training, KeepsPackedWeightsUpToDate) {
  const Vector kept = TrainFor(GetParam(), 1000, 2);
  EXPECT_EQ(TrainFor(GetParam(), 1, 2, /*touch=*/true), kept);
}

TEST_P(Bfloat16Training, GivesTheSameBitsInSlicesAndOnOneThread) {
  const Vector once = TrainFor(GetParam(), 1000, 2);
  EXPECT_EQ(TrainFor(GetParam(), 3, 2), once);
  EXPECT_EQ(TrainFor(GetParam(), 1000, 1), once);
}

TEST_P(Bfloat16Training, TakesBatchesOfOneRowAndOfAllRows) {
  const auto finite = [](const Vector& v) {
    return std::all_of(v.begin(), v.end(), [](Real x) { return std::isfinite(x); });
  };
  EXPECT_TRUE(finite(TrainFor(GetParam(), 1000, 2, false, 1)));
  EXPECT_TRUE(finite(TrainFor(GetParam(), 1000, 2, false, kRows)));
}

// A step of gradient descent with rate 1 subtracts the gradient.
Vector Gradient(const Case& c, Precision precision, const Vector& weights) {
  const auto made = ModelFor(c, precision);
  Model& model = *made;
  std::copy(weights.begin(), weights.end(), model.weights().Change().begin());
  model.trainer().WeightsChanged();
  const auto data = DataFor(kLoss, kRows, kInputs, kOutputs);
  model.trainer().Begin(data, {kRows, false, 0, 2});
  TrainSlice slice = SliceOf(1, 1);
  RunSlice(model, slice);
  Vector gradient = weights;
  for (std::size_t i = 0; i < weights.size(); ++i) gradient[i] -= model.weights().AtRest()[i];
  return gradient;
}

double Cosine(const Vector& a, const Vector& b) {
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += static_cast<double>(a[i]) * b[i];
    aa += static_cast<double>(a[i]) * a[i];
    bb += static_cast<double>(b[i]) * b[i];
  }
  return ab / std::sqrt(aa * bb);
}

TEST(Bfloat16Gradients, PointWhereThoseOfFloat32Do) {
  PrepareBfloat16();
  if (ActiveBfloat16Kernels() == nullptr) GTEST_SKIP() << NoBfloat16Reason();
  const Case plain{"plain", [](auto&, auto&) {}};
  const Vector start = ModelFor(plain, Precision::kFloat32)->weights().AtRest();
  const Vector trained = TrainFor(plain, 1000, 2);
  for (const Vector& weights : {start, trained}) {
    const Vector exact = Gradient(plain, Precision::kFloat32, weights);
    const Vector rounded = Gradient(plain, Precision::kBfloat16, weights);
    EXPECT_GT(Cosine(rounded, exact), 0.999);
    EXPECT_NE(rounded, exact);
  }
}

TEST(Bfloat16Precision, RefusesLbfgsAndIsRefusedWithoutKernels) {
  PrepareBfloat16();
  Model model(Small());
  CompileSpec spec{{kSquared, false}, Sgd(), {}};
  spec.precision = Precision::kBfloat16;
  if (ActiveBfloat16Kernels() == nullptr) {
    EXPECT_THROW(model.Compile(spec), Error);
    EXPECT_FALSE(model.compiled());
    return;
  }
  spec.optimizer.kind = OptimizerSpec::Kind::kLbfgs;
  EXPECT_THROW(model.Compile(spec), Error);
  spec.precision = Precision::kAuto;
  model.Compile(spec);
  EXPECT_FALSE(model.bfloat16());
}

TEST(Bfloat16Precision, IsChosenForLargeNetworksOfFastKernelsAlone) {
  PrepareBfloat16();
  const auto uses = [](std::size_t units) {
    Model model(SpecOf({784, units, 10}, Activation::kRelu, Activation::kSoftmax));
    CompileSpec spec{{kLoss, false}, Sgd(), {}};
    spec.precision = Precision::kAuto;
    model.Compile(spec);
    return model.bfloat16();
  };
  const std::string_view kernels =
      ActiveBfloat16Kernels() == nullptr ? "none" : ActiveBfloat16Kernels()->name;
  EXPECT_EQ(uses(512), Bfloat16IsFaster(kernels, IsAmd(), 784 * 512));
  EXPECT_FALSE(uses(2));
}

// Measured on a CPU of each kind.
TEST(Bfloat16Precision, IsFasterWithSomeKernelsForLargeLayers) {
  for (const bool is_amd : {false, true}) {
    EXPECT_TRUE(Bfloat16IsFaster("amx", is_amd, 50'000));
    EXPECT_FALSE(Bfloat16IsFaster("amx", is_amd, 49'999));
    EXPECT_EQ(Bfloat16IsFaster("avx512", is_amd, 50'000), is_amd);
    EXPECT_FALSE(Bfloat16IsFaster("avx512", is_amd, 49'999));
    EXPECT_FALSE(Bfloat16IsFaster("none", is_amd, 1'000'000));
  }
}

}  // namespace
}  // namespace mlp
