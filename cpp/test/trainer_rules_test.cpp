// Accumulation, clipping, weight decay and averages, against plain sums.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "test/trainer_runs.h"

namespace mlp {
namespace {

TEST(TrainerRules, AccumulationEqualsLargerBatches) {
  // Epochs that end with a whole group of batches, a short group, and a short batch.
  for (const std::size_t rows : {48u, 40u, 53u}) {
    for (const int threads : {1, 3}) {
      for (const auto kind : {OptimizerSpec::Kind::kSgd, OptimizerSpec::Kind::kAdam}) {
        const auto data = DataFor(kSquared, rows, 5, 3);
        NetworkSpec spec = Small();
        DenseAt(spec, 0).kernel_rules.regularizer = {0.01, 0.02};
        OptimizerSpec optimizer = Sgd();
        optimizer.kind = kind;
        Model large(spec), small(spec);
        large.Compile({{kSquared, false}, optimizer, {}});
        optimizer.rules.accumulation_steps = 3;
        small.Compile({{kSquared, false}, optimizer, {}});
        RunOptions options{24, threads, 3, 1000, 0.05, true};
        const auto expected = Train(large, data, options);
        options.batch_size = 8;
        options.slice = 2;
        const auto losses = Train(small, data, options);
        ExpectNear(small.weights().AtRest(), large.weights().AtRest(), 20 * kClose);
        for (std::size_t e = 0; e < losses.size(); ++e) EXPECT_NEAR(losses[e], expected[e], 20 * kClose);
        EXPECT_EQ(small.trainer().steps(), large.trainer().steps());
      }
    }
  }
}

TEST(TrainerRules, AccumulatingMoreBatchesThanAnEpochHasMakesOneUpdate) {
  const auto data = DataFor(kSquared, 20, 5, 3);
  Model whole(Small()), accumulated(Small());
  whole.Compile({{kSquared, false}, Sgd(), {}});
  UpdateRules rules;
  rules.accumulation_steps = std::size_t{1} << 62;
  accumulated.Compile({{kSquared, false}, Sgd(rules), {}});
  Train(whole, data, {20});
  Train(accumulated, data, {7});
  ExpectNear(accumulated.weights().AtRest(), whole.weights().AtRest(), kClose);
  EXPECT_EQ(accumulated.trainer().steps(), 1u);
}

// The gradient of one whole batch, from a step of plain descent at rate 1.
std::vector<double> GradientOf(const NetworkSpec& spec, const std::shared_ptr<Dataset>& data) {
  Model model(spec);
  model.Compile({{kSquared, false}, Sgd(), {}});
  const Vector before = model.weights().AtRest();
  Train(model, data, {data->rows(), 1, 1, 1000, 1.0});
  std::vector<double> gradient(before.size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    gradient[i] = static_cast<double>(before[i]) - model.weights().AtRest()[i];
  }
  return gradient;
}

double Norm(const double* first, std::size_t n) {
  return std::sqrt(std::inner_product(first, first + n, first, 0.0));
}

TEST(TrainerRules, ClipsByValueByNormAndByGlobalNorm) {
  const auto data = DataFor(kSquared, 33, 5, 3);
  const std::vector<double> gradient = GradientOf(Small(), data);
  UpdateRules value, norm, global, loose;
  value.clip_value = 0.02;
  norm.clip_norm = 0.1;
  global.global_clip_norm = 0.15;
  loose.global_clip_norm = loose.clip_norm = 1e6;
  for (const UpdateRules& rules : {value, norm, global, loose}) {
    for (const int threads : {1, 3}) {
      Model model(Small());
      model.Compile({{kSquared, false}, Sgd(rules), {}});
      std::vector<double> expected = gradient;
      EachTensor(model.network(), [&](std::size_t, std::size_t, const Tensor& tensor) {
        double* const of_tensor = expected.data() + tensor.offset;
        const double norm_of_tensor = Norm(of_tensor, tensor.size()),
                     norm_of_all = Norm(gradient.data(), gradient.size());
        for (std::size_t i = 0; i < tensor.size(); ++i) {
          if (rules.clip_value > 0) of_tensor[i] = std::clamp(of_tensor[i], -0.02, 0.02);
          if (rules.clip_norm == 0.1) of_tensor[i] *= std::min(1.0, 0.1 / norm_of_tensor);
          if (rules.global_clip_norm == 0.15) of_tensor[i] *= std::min(1.0, 0.15 / norm_of_all);
        }
      });
      EXPECT_EQ(expected == gradient, rules.clip_norm == 1e6);
      const Vector before = model.weights().AtRest();
      Train(model, data, {33, threads, 1, 1000, 1.0});
      for (std::size_t i = 0; i < before.size(); ++i) {
        ASSERT_NEAR(model.weights().AtRest()[i], before[i] - expected[i], kClose) << i;
      }
    }
  }
}

TEST(TrainerRules, WeightDecayIsAddedToTheUpdate) {
  const auto data = DataFor(kSquared, 33, 5, 3);
  const std::vector<double> gradient = GradientOf(Small(), data);
  UpdateRules rules;
  rules.weight_decay = 0.3;
  NetworkSpec spec = Small();
  spec.layers[1].rate_factor = 0.5;
  for (const int threads : {1, 3}) {
    Model model(spec);
    model.Compile({{kSquared, false}, Sgd(rules), {}});
    const Vector before = model.weights().AtRest();
    Train(model, data, {33, threads, 1, 1000, 0.2});
    EachTensor(model.network(), [&](std::size_t l, std::size_t, const Tensor& tensor) {
      const double rate = l == 1 ? 0.1 : 0.2;
      for (std::size_t i = tensor.offset; i < tensor.offset + tensor.size(); ++i) {
        ASSERT_NEAR(model.weights().AtRest()[i], before[i] * (1 - rate * 0.3) - rate * gradient[i], kClose);
      }
    });
  }
}

// The first average is the first weights, whichever thread is first: many short runs.
TEST(TrainerRules, AverageCoversAllUpdates) {
  const auto data = DataFor(kSquared, 24, 5, 3);
  for (const std::size_t accumulation : {1u, 2u}) {
    UpdateRules rules;
    rules.ema = 0.8;
    rules.accumulation_steps = accumulation;
    NetworkSpec spec = Small();
    spec.layers.insert(spec.layers.begin() + 1, LayerSpec{BatchNormalizationSpec{}});
    for (const int threads : {1, 3}) {
      for (int repeat = 0; repeat < 20; ++repeat) {
        Model model(spec);
        model.Compile({{kSquared, false}, Sgd(rules, 0.5), {}});
        EXPECT_EQ(model.trainer().Averaged(model.weights().AtRest()), nullptr);
        std::vector<double> average;
        model.trainer().Begin(data, {8, false, 0, threads});
        for (int step = 0; step < 3; ++step) {
          TrainSlice slice = SliceOf(1, 0.1);
          RunSlice(model, slice);
          const Vector& w = model.weights().AtRest();
          if (slice.updates == 0) continue;
          if (average.empty()) average.assign(w.begin(), w.end());
          for (std::size_t i = 0; i < w.size(); ++i) average[i] = 0.8 * average[i] + 0.2 * w[i];
        }
        const Vector live = model.weights().AtRest();
        const auto averaged = model.trainer().Averaged(live);
        ASSERT_NE(averaged, nullptr);
        EachTensor(model.network(), [&](std::size_t, std::size_t, const Tensor& tensor) {
          for (std::size_t i = tensor.offset; i < tensor.offset + tensor.size(); ++i) {
            // Moving statistics are averages already.
            ASSERT_NEAR((*averaged)[i], tensor.statistic ? live[i] : average[i], kClose) << tensor.name;
          }
        });
        EXPECT_EQ(model.weights().AtRest(), live);
        model.trainer().EndRun(model.weights());
        EXPECT_EQ(model.weights().AtRest(), *averaged);
      }
    }
  }
}

}  // namespace
}  // namespace mlp
