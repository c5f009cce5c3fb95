// Shares of a step's work on different numbers of threads.
#include <atomic>
#include <optional>
#include <utility>

#include "test/trainer_runs.h"

namespace mlp {
namespace {

void ExpectTheSameWhoeverTakesShares(const std::vector<std::size_t>& widths) {
  const auto data = DataFor(LossKind::kSparseCategoricalCrossentropy, 1000, widths.front(), 4);
  const auto train = [&](int team) {
    Model model(SpecOf(widths, Activation::kRelu, Activation::kSoftmax));
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

TEST(Trainer, SharesGiveTheSameBitsOnAnyThread) {
  ExpectTheSameWhoeverTakesShares({20, 33, 4});
  ExpectTheSameWhoeverTakesShares({500, 160, 130, 4});  // by inputs below, by rows above
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
