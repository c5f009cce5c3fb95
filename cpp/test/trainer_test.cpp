#include "train/trainer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <vector>

#include "math/error.h"
#include "test/trainer_cases.h"

namespace mlp {
namespace {

// A step of each optimizer on layers of many panels, against plain loops in double.
TEST(Trainer, PanelsTileTheWeights) {
  const std::size_t rows = 64, in = 700, hidden = 300, rate_denominator = 10;
  for (const OptimizerSpec& optimizer : Optimizers()) {
    for (const int threads : {1, 2}) {
      Model model(SpecOf({in, hidden, 3}, Activation::kLinear, Activation::kLinear));
      model.Compile({{LossKind::kMeanSquaredError, false}, optimizer, {}});
      const Vector before = model.weights().AtRest();
      const auto data = DataFor(LossKind::kMeanSquaredError, rows, in, 3);
      model.trainer().Begin(data, {rows, false, 0, threads});
      TrainSlice slice = SliceOf(1, 1.0 / rate_denominator);
      RunSlice(model, slice);
      const Vector& after = model.weights().AtRest();

      // Forward and backward by hand: only the kernel of the first layer is checked, which has several
      // panels.
      const Real *w1 = before.data(), *b1 = w1 + in * hidden, *w2 = b1 + hidden, *b2 = w2 + hidden * 3;
      std::vector<double> gradient(in * hidden);
      for (std::size_t r = 0; r < rows; ++r) {
        Vector scratch;
        const Real* x = data->ReadRows(r, 1, scratch);
        std::vector<double> h(hidden), dh(hidden);
        for (std::size_t j = 0; j < hidden; ++j) {
          h[j] = b1[j];
          for (std::size_t i = 0; i < in; ++i) h[j] += static_cast<double>(x[i]) * w1[i * hidden + j];
        }
        for (std::size_t k = 0; k < 3; ++k) {
          double y = b2[k];
          for (std::size_t j = 0; j < hidden; ++j) y += h[j] * w2[j * 3 + k];
          const double dy = 2 * (y - data->values(r)[k]) / 3 / static_cast<double>(rows);
          for (std::size_t j = 0; j < hidden; ++j) dh[j] += dy * w2[j * 3 + k];
        }
        for (std::size_t i = 0; i < in; ++i) {
          for (std::size_t j = 0; j < hidden; ++j) gradient[i * hidden + j] += x[i] * dh[j];
        }
      }
      const double rate = 1.0 / rate_denominator;
      for (std::size_t i = 0; i < in * hidden; ++i) {
        const double g = gradient[i];
        double step = rate * g;
        if (optimizer.nesterov) step = rate * (g + optimizer.momentum * g);
        double near = 1e-5 + 2e-3 * std::abs(step);
        if (optimizer.kind == OptimizerSpec::Kind::kAdam) {
          const double size = std::abs(g) + 1e-8;
          step = rate * g / size;
          near += rate * 1e-8 / (size * size) *
                  3e-8;  // what a sum's rounding becomes where there is hardly a slope
        }
        ASSERT_NEAR(after[i], before[i] - step, near) << i << ", threads " << threads;
      }
    }
  }
}

// Gradients that are small beside the weight must be added up before the weight changes.
TEST(Trainer, SmallGradientsAreNotLostAgainstLargeWeights) {
  NetworkSpec spec = SpecOf({1, 10}, Activation::kLinear, Activation::kLinear);
  DenseAt(spec, 0).bias_initializer.kind = InitializerKind::kOnes;
  DenseAt(spec, 0).kernel_initializer.kind = InitializerKind::kOnes;
  Model model(spec);
  model.Compile({{LossKind::kMeanSquaredError, false}, {}, {}});
  const std::size_t rows = 8192;
  auto data = std::make_shared<Dataset>(Vector(rows, Real(0)), 1);
  data->SetValues(Vector(rows * 10, Real(0.7)), 10);
  model.trainer().Begin(data, {rows, false, 0, 1});
  TrainSlice slice = SliceOf(1, 1e-3);
  RunSlice(model, slice);
  // d/db = 2 (1 - 0.7) / 10
  for (std::size_t j = 0; j < 10; ++j) EXPECT_NEAR(1 - model.weights().AtRest()[10 + j], 6e-5, 1e-6);
}

TEST(Trainer, BytesTrainLikeTheSameNumbersAsFloats) {
  AlignedVector<std::uint8_t> bytes(50 * 8);
  Vector numbers;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(i * 37 % 5);
    numbers.push_back(bytes[i]);
  }
  Vector trained[2];
  for (const bool as_bytes : {true, false}) {
    auto data = as_bytes ? std::make_shared<Dataset>(bytes, 8) : std::make_shared<Dataset>(numbers, 8);
    data->SetClasses(AlignedVector<std::int32_t>(50, 1));
    Model model(SpecOf({8, 6, 3}, Activation::kTanh, Activation::kSoftmax));
    model.Compile({{kLoss, false}, {}, {}});
    model.trainer().Begin(data, {7, true, 0, 1});
    TrainSlice slice = SliceOf(100, 0.1);
    RunSlice(model, slice);
    trained[as_bytes] = model.weights().AtRest();
  }
  EXPECT_EQ(trained[0], trained[1]);
}

TEST(Trainer, RejectsDataThatDoNotFitTheNetwork) {
  Model model(SpecOf({8, 6, 3}, Activation::kTanh, Activation::kSoftmax));
  model.Compile({{kLoss, false}, {}, {}});
  EXPECT_THROW(model.trainer().Begin(DataFor(kLoss, 10, 7, 3), {}), Error);
  EXPECT_THROW(model.trainer().Begin(DataFor(kLoss, 100, 8, 4), {}), Error);
  EXPECT_THROW(model.trainer().Begin(DataFor(LossKind::kMeanSquaredError, 10, 8, 3), {}), Error);
}

}  // namespace
}  // namespace mlp
