// Training in bfloat16 with layers that are shared out by inputs.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "test/bfloat16_support.h"
#include "test/trainer_cases.h"
#include "test/trainer_runs.h"
#include "train/plan.h"

namespace mlp {
namespace {

constexpr std::size_t kInputs = 800, kOutputs = 10, kRows = 85;

struct Way {
  std::size_t batch;
  OptimizerSpec optimizer;
  int shares;
};

class Bfloat16ByInputs : public testing::Test {
 protected:
  void SetUp() override {
    PrepareBfloat16();
    if (ActiveBfloat16Kernels() == nullptr) GTEST_SKIP() << NoBfloat16Reason();
  }

  static NetworkSpec Spec() {
    return SpecOf({kInputs, 800, 96, kOutputs}, Activation::kTanh, Activation::kSoftmax);
  }

  // Two epochs, the last batch of which is smaller.
  static Vector Train(const Way& way, int team, std::size_t slice_steps = 1000) {
    Model model(Spec());
    CompileSpec spec{{kLoss, false}, way.optimizer, {}};
    spec.precision = Precision::kBfloat16;
    model.Compile(spec);
    const auto data = DataFor(kLoss, kRows, kInputs, kOutputs);
    for (std::uint32_t epoch = 0; epoch < 2; ++epoch) {
      model.trainer().Begin(data, {way.batch, true, epoch, way.shares});
      for (bool done = false; !done;) {
        TrainSlice slice = SliceOf(slice_steps, 0.01);
        RunSlice(model, slice, team);
        EXPECT_TRUE(slice.finite);
        done = slice.epoch_done || !slice.finite;
      }
    }
    model.trainer().EndRun(model.weights());
    return model.weights().AtRest();
  }

  static std::vector<Way> Ways() {
    std::vector<Way> ways;
    const OptimizerSpec momentum = Sgd({}, 0.9), clipped = Sgd({.clip_norm = 0.5});
    for (const std::size_t batch : {17u, 64u}) {
      for (const OptimizerSpec& optimizer : {momentum, clipped}) {
        for (const int shares : {2, 3}) ways.push_back({batch, optimizer, shares});
      }
    }
    return ways;
  }
};

TEST_F(Bfloat16ByInputs, GivesTheSameBitsInSlicesAndOnAnyThreads) {
  for (const Way& way : Ways()) {
    SCOPED_TRACE("batch " + std::to_string(way.batch) + ", shares " + std::to_string(way.shares));
    ASSERT_GT(LayersByInputs(Network(Spec()), way.batch, static_cast<std::size_t>(way.shares), FixedMachine(),
                             RunnableBfloat16Kernels().front()),
              0u);
    const Vector once = Train(way, way.shares);
    EXPECT_EQ(Train(way, 1), once);
    EXPECT_EQ(Train(way, way.shares, 1), once);
  }
}

// Sums in another order may be rounded to another bfloat16 number, 2^-8 away: a small part of what a tensor
// learned.
TEST_F(Bfloat16ByInputs, GivesTheWeightsOfAStepThatIsNotSharedOut) {
  const Network network(Spec());
  const Vector start = Model(Spec()).weights().AtRest();
  for (const Way& way : Ways()) {
    SCOPED_TRACE("batch " + std::to_string(way.batch) + ", shares " + std::to_string(way.shares));
    const Vector shared = Train(way, 1), alone = Train({way.batch, way.optimizer, 1}, 1);
    EachTensor(network, [&](std::size_t, std::size_t, const Tensor& tensor) {
      double difference = 0, learned = 0;
      for (std::size_t i = tensor.offset; i < tensor.offset + tensor.size(); ++i) {
        difference = std::max(difference, std::abs(static_cast<double>(shared[i]) - alone[i]));
        learned = std::max(learned, std::abs(static_cast<double>(alone[i]) - start[i]));
      }
      EXPECT_GT(learned, 0) << tensor.name;
      EXPECT_LT(difference, 0.05 * learned) << tensor.name;
    });
  }
}

}  // namespace
}  // namespace mlp
