// Training that is stopped by its stop flag.
#include <atomic>
#include <chrono>
#include <thread>

#include "test/trainer_cases.h"
#include "train/plan.h"

namespace mlp {
namespace {

TEST(Trainer, TakesNoStepWhenTheStopFlagIsSet) {
  Model model(SpecOf({40, 64, 10}, Activation::kRelu, Activation::kSoftmax));
  model.Compile({{kLoss, false}, {}, {}});
  const auto data = DataFor(kLoss, 1000, 40, 10);
  model.trainer().Begin(data, {10, false, 0, 2});
  const std::atomic<bool> stop{true};
  TrainSlice slice = SliceOf(1000, 0.1);
  slice.stop = &stop;
  RunSlice(model, slice);
  EXPECT_EQ(slice.steps_taken, 0u);
}

// A step of some hundred milliseconds: if it were finished, it would be counted.
TEST(Trainer, StopsInTheMiddleOfALongStep) {
  for (const OptimizerSpec& optimizer : Optimizers()) {
    for (const int threads : {1, 2}) {
      Model model(SpecOf({256, 1024, 1024, 10}, Activation::kRelu, Activation::kSoftmax));
      model.Compile({{kLoss, false}, optimizer, {}});
      const auto data = DataFor(kLoss, 8192, 256, 10);
      model.trainer().Begin(data, {8192, false, 0, threads});
      std::atomic<bool> stop{false};
      std::thread stopper([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        stop = true;
      });
      TrainSlice slice = SliceOf(1, 0.01);
      slice.stop = &stop;
      RunSlice(model, slice);
      stopper.join();
      EXPECT_EQ(slice.steps_taken, 0u);
    }
  }
}

// At any place in a step that is shared out by inputs, a stop makes all threads leave it, and the next epoch
// starts from finite weights. The stop comes later in each epoch, at last after the slice.
TEST(Trainer, StopsAtAnyPlaceInStepsSharedOutByInputs) {
  for (const int threads : {2, 3}) {
    Model model(SpecOf({1200, 800, 300, 10}, Activation::kRelu, Activation::kSoftmax));
    ASSERT_EQ(LayersByInputs(model.network(), 128, static_cast<std::size_t>(threads)), 2u);
    OptimizerSpec optimizer;
    optimizer.rules.clip_norm = threads == 3 ? 1 : 0;
    model.Compile({{kLoss, false}, optimizer, {}});
    const auto data = DataFor(kLoss, 512, 1200, 10);
    for (std::uint32_t epoch = 0; epoch < 40; ++epoch) {
      model.trainer().Begin(data, {128, true, epoch, threads});
      std::atomic<bool> stop{false};
      std::thread stopper([&] {
        std::this_thread::sleep_for(std::chrono::microseconds(100 * epoch));
        stop = true;
      });
      TrainSlice slice = SliceOf(1000, 0.01);
      slice.stop = &stop;
      RunSlice(model, slice, threads);
      stopper.join();
      EXPECT_TRUE(slice.finite);
      EXPECT_EQ(slice.epoch_done, slice.steps_taken == 4);
    }
    model.trainer().Begin(data, {128, true, 40, threads});
    TrainSlice whole = SliceOf(1000, 0.01);
    RunSlice(model, whole, threads);
    EXPECT_TRUE(whole.finite && whole.epoch_done);
  }
}

}  // namespace
}  // namespace mlp
