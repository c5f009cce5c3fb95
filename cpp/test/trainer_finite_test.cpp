// Weights stay finite when a loss, a gradient or an update does not.
#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <vector>

#include "test/trainer_cases.h"
#include "test/trainer_runs.h"
#include "train/plan.h"

namespace mlp {
namespace {

// tanh turns infinite sums into ones: the loss stays finite when weights are infinite.
TEST(Trainer, ReportsInfiniteWeightsThatTheLossDoesNotShow) {
  Model model(SpecOf({4, 8, 1}, Activation::kTanh, Activation::kLinear));
  model.Compile({{LossKind::kMeanSquaredError, false}, {}, {}});
  const auto data = DataFor(LossKind::kMeanSquaredError, 64, 4, 1);
  const Vector start = model.weights().AtRest();
  model.weights().Change()[0] = std::numeric_limits<Real>::infinity();
  model.trainer().Begin(data, {8, false, 0, 2});
  TrainSlice slice = SliceOf(100, 1e-6);
  RunSlice(model, slice);
  EXPECT_FALSE(slice.finite);
  EXPECT_EQ(slice.steps_taken, 0u);
  EXPECT_EQ(model.weights().AtRest(), start);
}

// With layers that are shared out by inputs, each thread checks its own columns of a gradient.
// Three finite batches, then one whose targets are so large that a gradient overflows: in one column of the
// lowest layer, which no output depends on, or in the loss itself.
TEST(Trainer, LosesNoStepWhenOneShareOfInputsOverflows) {
  constexpr std::size_t kBatch = 16, kInputs = 400, kHidden = 200;
  constexpr Real kMost = std::numeric_limits<Real>::max();
  for (const int threads : {2, 3}) {
    for (const std::size_t column : {std::size_t{0}, kHidden / 2, kHidden - 1}) {
      for (const bool in_loss : {false, true}) {
        NetworkSpec spec = SpecOf({kInputs, kHidden, 150, 3}, Activation::kTanh, Activation::kLinear);
        DenseAt(spec, 0).use_bias = false;
        DenseAt(spec, 1).activation.kind = Activation::kLinear;
        ASSERT_EQ(LayersByInputs(Network(spec), kBatch, static_cast<std::size_t>(threads)), 2u);
        // All inputs of the finite batches are 0: only biases learn, and no output depends on the column.
        const std::vector<Real> numbers = RandomNumbers(kBatch * kInputs, 3);
        Vector x(4 * kBatch * kInputs, Real(0)), y(4 * kBatch * 3, Real(0.5));
        std::copy(numbers.begin(), numbers.end(), x.end() - static_cast<std::ptrdiff_t>(numbers.size()));
        std::fill(y.end() - kBatch * 3, y.end(), in_loss ? kMost : Real(1e6));
        const auto data = std::make_shared<Dataset>(x, kInputs);
        data->SetValues(y, 3);

        const auto train = [&](std::size_t steps, TrainSlice& slice) {
          auto model = std::make_unique<Model>(spec);
          Vector& w = model->weights().Change();
          for (std::size_t i = 0; i < kInputs; ++i) w[i * kHidden + column] = 0;
          w[model->network().layers()[1]->tensors()[0].offset + column * 150] = in_loss ? Real(1) : kMost;
          model->Compile({{kSquared, false}, Sgd({}, 0.9), {}});
          model->trainer().Begin(data, {kBatch, false, 0, threads});
          slice = SliceOf(steps, 1e-3);
          RunSlice(*model, slice, threads);
          return model;
        };
        TrainSlice good, bad;
        const auto before = train(3, good), after = train(100, bad);
        EXPECT_TRUE(good.finite);
        EXPECT_FALSE(bad.finite);
        EXPECT_EQ(bad.steps_taken, 3u);
        EXPECT_EQ(bad.steps_back, 0u);
        EXPECT_EQ(bad.sums.loss, good.sums.loss);
        EXPECT_EQ(after->weights().AtRest(), before->weights().AtRest());
        EXPECT_EQ(after->trainer().slots(), before->trainer().slots());
        EXPECT_EQ(after->trainer().steps(), 3u);
        EXPECT_NE(before->weights().AtRest().back(), Real(0));  // the last bias has learned
      }
    }
  }
}

// The largest rates overflow in the update itself, where the loss before it was still finite.
TEST(Trainer, LeavesFiniteWeightsWhenTheLossIsNotANumber) {
  const double huge = static_cast<double>(std::numeric_limits<Real>::max()) / 10;
  for (const OptimizerSpec& optimizer : Optimizers()) {
    for (const double rate : {std::sqrt(huge), huge}) {
      for (const int threads : {1, 2}) {
        Model model(SpecOf({40, 64, 32, 3}, Activation::kTanh, Activation::kLinear));
        model.Compile({{LossKind::kMeanSquaredError, false}, optimizer, {}});
        const auto data = DataFor(LossKind::kMeanSquaredError, 64, 40, 3);
        bool blew_up = false;
        for (std::uint32_t epoch = 0; epoch < 20 && !blew_up; ++epoch) {
          model.trainer().Begin(data, {16, true, epoch, threads});
          TrainSlice slice = SliceOf(1000, rate);
          RunSlice(model, slice);
          blew_up = !slice.finite;
        }
        EXPECT_TRUE(blew_up || optimizer.kind == OptimizerSpec::Kind::kAdam);
        for (const Real w : model.weights().AtRest()) ASSERT_TRUE(std::isfinite(w));
        if (!blew_up) continue;  // Adam's steps are as long as its rate, whatever the gradient
        for (const Vector& slot : model.trainer().slots()) {
          for (const Real m : slot) ASSERT_TRUE(std::isfinite(m));
        }
      }
    }
  }
}

}  // namespace
}  // namespace mlp
