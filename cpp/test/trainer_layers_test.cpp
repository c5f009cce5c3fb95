// Moving statistics and noise in training, in slices, on several threads and after an overflow.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "test/trainer_runs.h"

namespace mlp {
namespace {

// Keras's rule: the variance of the rows, divided by their number.
TEST(TrainerLayers, MovingStatisticsEqualKerass) {
  const std::size_t rows = 20, inputs = 3;
  const auto data = DataFor(kSquared, rows, inputs, 1);
  BatchNormalizationSpec norm;
  norm.momentum = 0.8;
  NetworkSpec spec = SpecOf({inputs, 1}, Activation::kLinear, Activation::kLinear);
  spec.layers.insert(spec.layers.begin(), LayerSpec{norm});
  for (const int threads : {1, 3}) {
    Model model(spec);
    model.Compile({{kSquared, false}, Sgd(), {}});
    Train(model, data, {8, threads, 2});
    Vector scratch;
    const Real* x = data->ReadRows(0, rows, scratch);
    for (std::size_t j = 0; j < inputs; ++j) {
      double moving_mean = 0, moving_variance = 1;
      for (int epoch = 0; epoch < 2; ++epoch) {
        for (std::size_t first = 0; first < rows; first += 8) {
          const std::size_t n = std::min<std::size_t>(8, rows - first);
          double mean = 0, variance = 0;
          for (std::size_t r = first; r < first + n; ++r) mean += x[r * inputs + j] / static_cast<double>(n);
          for (std::size_t r = first; r < first + n; ++r) {
            variance += std::pow(x[r * inputs + j] - mean, 2) / static_cast<double>(n);
          }
          moving_mean = 0.8 * moving_mean + 0.2 * mean;
          moving_variance = 0.8 * moving_variance + 0.2 * variance;
        }
      }
      const Vector& w = model.weights().AtRest();  // gamma, beta, movingMean, movingVariance
      EXPECT_NEAR(w[2 * inputs + j], moving_mean, kClose);
      EXPECT_NEAR(w[3 * inputs + j], moving_variance, kClose);
    }
  }
}

// Noise, statistics over the batch, groups of batches and an average of the weights.
NetworkSpec Everything() {
  NetworkSpec spec = SpecOf({6, 24, 16, 3}, Activation::kSelu, Activation::kLinear);
  const auto at = [&](std::ptrdiff_t place, const LayerSpec& layer) {
    spec.layers.insert(spec.layers.begin() + place, layer);
  };
  at(2, {DropoutSpec{0.25}});
  at(2, {LayerNormalizationSpec{}});
  at(1, {AlphaDropoutSpec{0.2}});
  at(1, {BatchNormalizationSpec{}});
  at(0, {GaussianNoiseSpec{0.1}});
  at(0, {RescalingSpec{0.5, 0.25}});
  return spec;
}

TEST(TrainerLayers, SlicesGiveTheSameBitsWithLayersOfEveryKind) {
  for (const std::size_t accumulation : {1u, 3u}) {
    for (const int threads : {1, 3}) {
      Vector whole;
      for (const std::size_t slice : {1000u, 1u, 4u}) {
        UpdateRules rules;
        rules.accumulation_steps = accumulation;
        rules.ema = 0.9;
        rules.global_clip_norm = 0.5;
        Model model(Everything());
        model.Compile({{kSquared, false}, Sgd(rules, 0.9), {}});
        Train(model, DataFor(kSquared, 201, 6, 3), {16, threads, 3, slice, 0.02, true});
        if (whole.empty()) whole = model.weights().AtRest();
        EXPECT_EQ(model.weights().AtRest(), whole);
        // Another seed gives other noise.
        NetworkSpec other = Everything();
        ++other.seed;
        EXPECT_NE(Model(other).weights().AtRest(), whole);
      }
    }
  }
}

// Without batch statistics rows are independent: noise must not depend on threads.
TEST(TrainerLayers, NoiseDoesNotDependOnThreadsOrBatches) {
  NetworkSpec spec = SpecOf({6, 24, 3}, Activation::kTanh, Activation::kLinear);
  spec.layers.insert(spec.layers.begin() + 1, LayerSpec{DropoutSpec{0.5}});
  spec.layers.insert(spec.layers.begin(), LayerSpec{GaussianNoiseSpec{0.5}});
  const auto data = DataFor(kSquared, 60, 6, 3);
  const auto loss = [&](std::size_t batch_size, int threads) {
    Model model(spec);
    model.Compile({{kSquared, false}, Sgd(), {}});
    return Train(model, data, {batch_size, threads, 2, 1000, 0});
  };
  const std::vector<double> one = loss(60, 1);
  EXPECT_GT(std::abs(one[0] - one[1]), 1e-3);  // another epoch draws anew
  for (const int threads : {1, 2, 5}) {
    for (const std::size_t batch_size : {60u, 7u, 1u}) {
      const std::vector<double> other = loss(batch_size, threads);
      EXPECT_NEAR(other[0], one[0], kClose);
      EXPECT_NEAR(other[1], one[1], kClose);
    }
  }
}

// Whether training has changed no weight.
bool StandsStill(const Model& model, const Vector& before, const Vector& after) {
  for (const auto& layer : model.network().layers()) {
    for (const Tensor& tensor : layer->tensors()) {
      if (tensor.statistic) continue;
      const auto first = static_cast<std::ptrdiff_t>(tensor.offset);
      const auto last = first + static_cast<std::ptrdiff_t>(tensor.size());
      if (!std::equal(before.begin() + first, before.begin() + last, after.begin() + first)) return false;
    }
  }
  return true;
}

// After a tanh all numbers may stay finite: where every row saturates it, gradients are 0 and weights no
// longer change. Rounding decides whether all rows do.
TEST(TrainerLayers, ReportsInfiniteNumbersBelowBatchNormalization) {
  for (const int threads : {1, 3}) {
    for (const bool trainable : {true, false}) {
      for (const Activation last : {Activation::kTanh, Activation::kLinear}) {
        NetworkSpec spec = SpecOf({4, 8, 1}, Activation::kTanh, last);
        spec.layers.insert(spec.layers.begin() + 1, LayerSpec{BatchNormalizationSpec{}, trainable});
        Model model(spec);
        model.Compile({{kSquared, false}, Sgd(), {}});
        const auto data = DataFor(kSquared, 64, 4, 1);
        bool blew_up = false, still = false;
        for (std::uint32_t epoch = 0; epoch < 20 && !blew_up; ++epoch) {
          const Vector before = model.weights().AtRest();
          model.trainer().Begin(data, {16, true, epoch, threads});
          TrainSlice slice = SliceOf(1000, static_cast<double>(std::numeric_limits<Real>::max()) / 10);
          RunSlice(model, slice);
          blew_up = !slice.finite;
          for (const Real w : model.weights().AtRest()) ASSERT_TRUE(std::isfinite(w));
          still = StandsStill(model, before, model.weights().AtRest());
        }
        EXPECT_TRUE(blew_up || (still && last == Activation::kTanh));
      }
    }
  }
}

}  // namespace
}  // namespace mlp
