// Predictions on the express thread while a team trains the same model.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <thread>
#include <vector>

#include "test/support.h"
#include "train/inference.h"

namespace mlp {
namespace {

struct Prediction {
  Prediction(Model& model, const Dataset& data) : slice(model.network(), data, 0, 1e9, kNever) {
    outputs.resize(data.rows() * model.network().outputs());
  }

  static inline const std::atomic<bool> kNever{false};
  InferenceSlice slice;
  std::shared_ptr<const Vector> weights;  // as the job read them
  std::vector<Real> outputs;
  std::promise<void> done;
};

// As `predict` of the binding: an urgent job of one thread.
void Submit(Model& model, const std::shared_ptr<Prediction>& prediction) {
  auto job = std::make_shared<ComputePool::Job>();
  job->urgent = true;
  job->run = [&model, prediction](Team&) {
    std::uint64_t version = 0;
    prediction->weights = model.weights().Read(&version);
    prediction->slice.UsePacked(model.Packed(*prediction->weights, version));
    prediction->slice.Predict(*prediction->weights, prediction->outputs.data());
  };
  job->done = [prediction](const std::exception_ptr&) { prediction->done.set_value(); };
  ComputePool::ProcessWide().Submit(job);
}

TEST(PredictWhileTraining, EachPredictionIsOfOneStateOfTheWeights) {
  Model model(SpecOf({20, 64, 32, 3}, Activation::kRelu, Activation::kSoftmax));
  CompileSpec spec;
  spec.loss = {LossKind::kSparseCategoricalCrossentropy, false};
  model.Compile(spec);
  const auto data = DataFor(LossKind::kSparseCategoricalCrossentropy, 640, 20, 3);
  Dataset rows(ToVector(RandomNumbers(70 * 20, 9)), 20);
  std::atomic<bool> stop{false};
  std::thread trains([&] {
    for (std::uint32_t epoch = 0; !stop.load(std::memory_order_relaxed); ++epoch) {
      model.trainer().Begin(data, {.batch_size = 32, .epoch = epoch, .threads = ComputePool::Cores()});
      TrainSlice slice = SliceOf(1000, 0.01);
      RunSlice(model, slice);
    }
  });
  std::shared_ptr<const Vector> last;  // kept, so that no other state gets its memory
  int states = 0;
  // On a busy machine a hundred predictions may end before the first step.
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  for (int n = 0; n < 100 || (states < 2 && std::chrono::steady_clock::now() < end); ++n) {
    auto prediction = std::make_shared<Prediction>(model, rows);
    auto done = prediction->done.get_future();
    Submit(model, prediction);
    done.wait();
    if (prediction->weights != last) ++states;
    last = prediction->weights;
    Prediction again(model, rows);
    again.slice.Predict(*prediction->weights, again.outputs.data());
    ASSERT_EQ(again.outputs, prediction->outputs);
    for (const Real output : prediction->outputs) ASSERT_TRUE(output >= 0 && output <= 1);
  }
  stop = true;
  trains.join();
  EXPECT_GT(states, 1);
}

}  // namespace
}  // namespace mlp
