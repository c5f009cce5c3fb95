// Training with products in three bfloat16 parts.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <string>

#include "test/bfloat16_support.h"
#include "test/trainer_cases.h"
#include "test/trainer_runs.h"

namespace mlp {
namespace {

// As few weights and rows as products in three parts are used for: the reference kernels are slow.
constexpr std::size_t kWidth = 450, kOutputs = 10, kRows = 600, kBatch = 512;

bool HasThreeParts() {
  PrepareBfloat16();
  return ActiveBfloat16Kernels() != nullptr && ActiveBfloat16Kernels()->three_parts != nullptr;
}

NetworkSpec Wide() { return SpecOf({kWidth, kWidth, kOutputs}, Activation::kTanh, Activation::kSoftmax); }

std::unique_ptr<Model> ModelFor(const NetworkSpec& network, const OptimizerSpec& optimizer,
                                Precision precision) {
  auto model = std::make_unique<Model>(network);
  CompileSpec spec{{kLoss, false}, optimizer, {}};
  spec.precision = precision;
  model->Compile(spec);
  return model;
}

std::shared_ptr<Dataset> Data() { return DataFor(kLoss, kRows, kWidth, kOutputs); }

struct Case {
  std::string name;
  std::function<void(NetworkSpec&, OptimizerSpec&)> change;
};

double Difference(const Vector& a, const Vector& b) {
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    most = std::max(most, std::abs(static_cast<double>(a[i]) - b[i]));
  return most;
}

class ThreePartTraining : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    if (!HasThreeParts()) GTEST_SKIP() << "No kernels for three parts.";
  }

  // An epoch of two batches, the last one smaller. `touch`: between slices the weights count as changed, so
  // each slice packs all again.
  static Vector Trained(Precision precision, std::size_t slice_steps, int team, bool touch = false) {
    NetworkSpec network = Wide();
    OptimizerSpec optimizer;
    GetParam().change(network, optimizer);
    const auto model = ModelFor(network, optimizer, precision);
    EXPECT_EQ(model->precision(), precision);
    const auto data = Data();
    model->trainer().Begin(data, {kBatch, true, 0, 2});
    for (bool done = false; !done;) {
      TrainSlice slice = SliceOf(slice_steps, 0.01);
      if (touch) model->weights().Change();
      RunSlice(*model, slice, team);
      EXPECT_TRUE(slice.finite);
      done = slice.epoch_done || !slice.finite;
    }
    return model->weights().AtRest();
  }
};

INSTANTIATE_TEST_SUITE_P(
    All, ThreePartTraining,
    testing::Values(Case{"gradient_descent", [](auto&, auto&) {}},
                    // The larger epsilon keeps Adam from making a gradient's last bits a whole step.
                    Case{"adam_dropout_batch_normalization",
                         [](auto& network, auto& optimizer) {
                           network.layers.insert(network.layers.begin() + 1, {DropoutSpec{0.3}});
                           network.layers.insert(network.layers.begin() + 1, {BatchNormalizationSpec{}});
                           optimizer.kind = OptimizerSpec::Kind::kAdam;
                           optimizer.epsilon = 1e-2;
                         }}),
    [](const auto& info) { return info.param.name; });

TEST_P(ThreePartTraining, IsThatOfFloat32UpToRounding) {
  const Vector fast = Trained(Precision::kFloat32Fast, 100, 2), plain = Trained(Precision::kFloat32, 100, 2);
  const Vector rounded = Trained(Precision::kBfloat16, 100, 2);
  EXPECT_NE(fast, plain);
  EXPECT_LT(Difference(fast, plain), Difference(rounded, plain) / 20);
}

TEST_P(ThreePartTraining, GivesTheSameBitsInSlicesAndOnOneThread) {
  const Vector once = Trained(Precision::kFloat32Fast, 100, 2);
  EXPECT_EQ(Trained(Precision::kFloat32Fast, 100, 1), once);
  EXPECT_EQ(Trained(Precision::kFloat32Fast, 1, 2, /*touch=*/true), once);
}

// Smaller batches are in plain float32, and the packed weights follow.
TEST(ThreeParts, AreForLargeBatchesOfAModel) {
  if (!HasThreeParts()) GTEST_SKIP() << "No kernels for three parts.";
  const auto data = Data();
  const auto model = ModelFor(Wide(), {}, Precision::kFloat32Fast);
  for (const std::size_t batch : {kBatch, kBatch - 1, kBatch}) {
    const Vector before = model->weights().AtRest();
    const auto trained_from_here = [&](Precision precision) {
      const auto fresh = ModelFor(Wide(), {}, precision);
      std::copy(before.begin(), before.end(), fresh->weights().Change().begin());
      Train(*fresh, data, {.batch_size = batch, .threads = 2});
      return fresh->weights().AtRest();
    };
    Train(*model, data, {.batch_size = batch, .threads = 2});
    const Vector& after = model->weights().AtRest();
    EXPECT_EQ(trained_from_here(Precision::kFloat32Fast), after);
    EXPECT_EQ(trained_from_here(Precision::kFloat32) == after, batch < kBatch);
  }
}

TEST(ThreeParts, AreForLargeLayersAndNotForPrediction) {
  const Precision fast = HasThreeParts() ? Precision::kFloat32Fast : Precision::kFloat32;
  const auto model = ModelFor(Wide(), {}, Precision::kFloat32Fast);
  EXPECT_EQ(model->precision(), fast);
  EXPECT_EQ(model->Packed(model->weights().AtRest(), 1), nullptr);
  const NetworkSpec narrow = SpecOf({kWidth, 440, kOutputs}, Activation::kTanh, Activation::kSoftmax);
  EXPECT_EQ(ModelFor(narrow, {}, Precision::kFloat32Fast)->precision(), Precision::kFloat32);
  OptimizerSpec lbfgs;
  lbfgs.kind = OptimizerSpec::Kind::kLbfgs;
  EXPECT_EQ(ModelFor(Wide(), lbfgs, Precision::kFloat32Fast)->precision(), Precision::kFloat32);
  EXPECT_EQ(PrecisionFromName("float32-fast"), Precision::kFloat32Fast);
}

}  // namespace
}  // namespace mlp
