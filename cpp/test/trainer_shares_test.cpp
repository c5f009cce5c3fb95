// Shares of a step's work, and who takes them.
#include <atomic>
#include <optional>
#include <utility>

#include "test/trainer_runs.h"

namespace mlp {
namespace {

TEST(Trainer, SharesGiveTheSameBitsWhoeverTakesThem) {
  const auto data = DataFor(LossKind::kSparseCategoricalCrossentropy, 1000, 20, 4);
  const auto train = [&](int team) {
    Model model(SpecOf({20, 33, 4}, Activation::kRelu, Activation::kSoftmax));
    CompileSpec spec;
    spec.loss.kind = LossKind::kSparseCategoricalCrossentropy;
    spec.optimizer.kind = OptimizerSpec::Kind::kAdam;
    model.Compile(spec);
    model.trainer().Begin(data, {50, true, 0, /*threads=*/4});
    TrainSlice slice = SliceOf(1000, 0.01);
    static const std::atomic<bool> never{false};
    slice.stop = &never;
    slice.data = data;
    ComputePool::ProcessWide().Run(team, [&](Team& t) { model.trainer().Run(t, model.weights(), slice); });
    EXPECT_EQ(slice.steps_taken, 20u);
    return std::pair(model.weights().AtRest(), slice.sums.loss);
  };
  const auto alone = train(1);
  for (const int team : {2, 3, 4}) EXPECT_EQ(train(team), alone) << team;
}

// The number of threads is found by trial, and changes nothing.
TEST(Trainer, SameSeedGivesTheSameBitsWhateverNumberOfThreadsIsTried) {
  const auto data = DataFor(LossKind::kSparseCategoricalCrossentropy, 2000, 100, 10);
  std::optional<Vector> first;
  for (int run = 0; run < 3; ++run) {
    Model model(SpecOf({100, 64, 10}, Activation::kRelu, Activation::kSoftmax));
    CompileSpec spec;
    spec.loss.kind = LossKind::kSparseCategoricalCrossentropy;
    model.Compile(spec);
    Train(model, data, {.batch_size = 40, .threads = 0, .epochs = 30, .slice = 7});
    if (!first) first = model.weights().AtRest();
    EXPECT_EQ(model.weights().AtRest(), *first);
  }
}

}  // namespace
}  // namespace mlp
