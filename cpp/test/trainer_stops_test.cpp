// Training that is asked to stop.
#include <atomic>
#include <chrono>
#include <thread>

#include "test/trainer_cases.h"

namespace mlp {
namespace {

TEST(Trainer, StopsWhenAsked) {
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

// A step of some hundred milliseconds; whole, it would be counted.
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

}  // namespace
}  // namespace mlp
