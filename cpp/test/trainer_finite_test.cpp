// Weights stay finite, whatever the loss and the updates come to.
#include <cmath>
#include <limits>

#include "test/trainer_cases.h"

namespace mlp {
namespace {

// tanh turns infinite sums into ones: no loss shows that the weights are spoilt.
TEST(Trainer, SeesSpoiltWeightsThatTheLossDoesNotShow) {
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
