#include "train/inference.h"

#include <gtest/gtest.h>

#include <cmath>

#include "test/support.h"

namespace mlp {
namespace {

constexpr std::size_t kRows = 2000;

struct Outcome {
  Sums sums;
  std::vector<Real> outputs;
};

Outcome RunBoth(Model& model, const Dataset& data, int threads) {
  static const std::atomic<bool> never{false};
  Outcome outcome;
  outcome.outputs.resize(data.rows() * model.network().outputs());
  InferenceSlice predict(model.network(), data, 0, 1e9, never),
      evaluate(model.network(), data, 0, 1e9, never);
  ComputePool::ProcessWide().Run(threads, [&](Team&) {
    predict.Predict(model.weights().AtRest(), outcome.outputs.data());
    evaluate.Evaluate(model.weights().AtRest(), model.trainer().loss(), model.trainer().metrics());
  });
  EXPECT_EQ(predict.rows_done(), data.rows());
  evaluate.AddTo(outcome.sums);
  return outcome;
}

TEST(Inference, GivesTheSameBitsOnAnyNumberOfThreads) {
  Model model(SpecOf({40, 64, 32, 10}, Activation::kTanh, Activation::kSoftmax));
  model.Compile(
      {{LossKind::kSparseCategoricalCrossentropy, false}, {}, {MetricKind::kSparseCategoricalAccuracy}});
  const auto data = DataFor(LossKind::kSparseCategoricalCrossentropy, kRows, 40, 10);
  const Outcome one = RunBoth(model, *data, 1), four = RunBoth(model, *data, 4);
  EXPECT_EQ(one.outputs, four.outputs);
  EXPECT_EQ(one.sums.loss, four.sums.loss);
  EXPECT_EQ(one.sums.metrics, four.sums.metrics);
  EXPECT_EQ(one.sums.rows, kRows);
}

TEST(Inference, HasAtMostAsManyThreadsAsItsBound) {
  Model model(SpecOf({784, 256, 10}, Activation::kRelu, Activation::kSoftmax));
  const auto data = DataFor(LossKind::kSparseCategoricalCrossentropy, 4096, 784, 10);
  static const std::atomic<bool> never{false};
  const InferenceSlice slice(model.network(), *data, 0, 1e9, never);
  EXPECT_EQ(slice.threads(nullptr, 1), 1);
  EXPECT_LE(slice.threads(nullptr, 2), 2);
}

// Loss and every metric against sums over the predictions.
TEST(Inference, MetricsEqualSumsOverPredictions) {
  Model model(SpecOf({8, 6, 3}, Activation::kTanh, Activation::kSigmoid));
  model.Compile({{LossKind::kBinaryCrossentropy, false},
                 {},
                 {MetricKind::kBinaryAccuracy, MetricKind::kCategoricalAccuracy,
                  MetricKind::kMeanSquaredError, MetricKind::kMeanAbsoluteError}});
  const auto data = DataFor(LossKind::kBinaryCrossentropy, 700, 8, 3);
  const Outcome outcome = RunBoth(model, *data, 2);
  double loss = 0, binary = 0, categorical = 0, squared = 0, absolute = 0;
  for (std::size_t r = 0; r < 700; ++r) {
    const Real* y = outcome.outputs.data() + r * 3;
    const Real* t = data->values(r);
    std::size_t best_y = 0, best_t = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      const double p = y[j];
      loss -= (t[j] * std::log(p) + (1 - t[j]) * std::log(1 - p)) / 3;
      binary += (p > 0.5) == (t[j] > Real(0.5)) ? 1.0 / 3 : 0;
      squared += (p - t[j]) * (p - t[j]) / 3;
      absolute += std::abs(p - t[j]) / 3;
      if (y[j] > y[best_y]) best_y = j;
      if (t[j] > t[best_t]) best_t = j;
    }
    categorical += best_y == best_t;
  }
  EXPECT_NEAR(outcome.sums.loss, loss, 1e-3);
  EXPECT_NEAR(outcome.sums.metrics[0], binary, 1e-6);
  EXPECT_NEAR(outcome.sums.metrics[1], categorical, 1e-6);
  EXPECT_NEAR(outcome.sums.metrics[2], squared, 1e-3);
  EXPECT_NEAR(outcome.sums.metrics[3], absolute, 1e-3);
}

TEST(Inference, MetricsOfLogitsEqualThoseOfProbabilities) {
  Model plain(SpecOf({8, 6, 3}, Activation::kTanh, Activation::kSigmoid));
  Model logits(SpecOf({8, 6, 3}, Activation::kTanh, Activation::kLinear));
  plain.Compile({{LossKind::kBinaryCrossentropy, false}, {}, {MetricKind::kBinaryAccuracy}});
  logits.Compile({{LossKind::kBinaryCrossentropy, true}, {}, {MetricKind::kBinaryAccuracy}});
  const auto data = DataFor(LossKind::kBinaryCrossentropy, 500, 8, 3);
  const Outcome a = RunBoth(plain, *data, 1), b = RunBoth(logits, *data, 1);
  EXPECT_EQ(a.sums.metrics, b.sums.metrics);
  EXPECT_EQ(a.sums.loss, b.sums.loss);
}

// Dropout and noise are left out, but the layer below is not the last one: its activation stays.
TEST(Inference, CrossentropyOfLogitsBehindNoiseReadsTheActivationBelow) {
  constexpr std::size_t kOutputs = 3;
  for (const bool is_dense : {true, false}) {
    NetworkSpec spec =
        SpecOf({4, kOutputs}, Activation::kLinear, is_dense ? Activation::kTanh : Activation::kLinear);
    if (!is_dense) spec.layers.push_back({ActivationLayerSpec{{Activation::kTanh}}});
    NetworkSpec noisy = spec;
    noisy.layers.push_back({GaussianNoiseSpec{0.5}});
    noisy.layers.push_back({DropoutSpec{0.5}});
    Model model(noisy), plain(spec);
    model.Compile({{LossKind::kSparseCategoricalCrossentropy, true}, {}, {}});
    plain.Compile({{LossKind::kMeanSquaredError, false}, {}, {}});
    plain.weights().Change() = model.weights().AtRest();
    const auto data = DataFor(LossKind::kSparseCategoricalCrossentropy, 300, 4, kOutputs);
    const auto values = DataFor(LossKind::kMeanSquaredError, 300, 4, kOutputs);
    const Outcome outcome = RunBoth(model, *data, 1);
    const std::vector<Real> logits = RunBoth(plain, *values, 1).outputs;
    EXPECT_EQ(outcome.outputs, logits);
    double loss = 0;
    for (std::size_t r = 0; r < 300; ++r) {
      double sum = 0;
      for (std::size_t j = 0; j < kOutputs; ++j) sum += std::exp(double{logits[r * kOutputs + j]});
      loss += std::log(sum) - logits[r * kOutputs + static_cast<std::size_t>(*data->classes(r))];
    }
    EXPECT_NEAR(outcome.sums.loss, loss, 1e-3);
  }
}

TEST(Inference, TotalsAreTheSameInSlicesOfAnyLength) {
  static const std::atomic<bool> never{false};
  Model model(SpecOf({8, 6, 3}, Activation::kTanh, Activation::kSoftmax));
  model.Compile(
      {{LossKind::kSparseCategoricalCrossentropy, false}, {}, {MetricKind::kSparseCategoricalAccuracy}});
  const auto data = DataFor(LossKind::kSparseCategoricalCrossentropy, kRows, 8, 3);
  const auto run = [&](double budget_ms) {
    Sums sums;
    while (sums.rows < kRows) {
      InferenceSlice slice(model.network(), *data, sums.rows, budget_ms, never);
      ComputePool::ProcessWide().Run(2, [&](Team&) {
        slice.Evaluate(model.weights().AtRest(), model.trainer().loss(), model.trainer().metrics());
      });
      slice.AddTo(sums);
    }
    return sums;
  };
  const Sums whole = run(1e9), parts = run(0);
  EXPECT_EQ(whole.rows, kRows);
  EXPECT_EQ(parts.loss, whole.loss);
  EXPECT_EQ(parts.metrics, whole.metrics);
}

TEST(Inference, StopsAtTheBudgetAndReportsTheRowsDone) {
  static const std::atomic<bool> never{false};
  Model model(SpecOf({40, 64, 10}, Activation::kTanh, Activation::kSoftmax));
  const auto data = DataFor(LossKind::kSparseCategoricalCrossentropy, kRows, 40, 10);
  std::vector<Real> out(kRows * 10);
  InferenceSlice slice(model.network(), *data, 100, 0, never);
  slice.Predict(model.weights().AtRest(), out.data());
  EXPECT_EQ(slice.rows_done(), kInferenceBlock);
  InferenceSlice past_the_end(model.network(), *data, kRows + 5, 1e9, never);
  past_the_end.Predict(model.weights().AtRest(), out.data());
  EXPECT_EQ(past_the_end.rows_done(), 0u);
}

}  // namespace
}  // namespace mlp
