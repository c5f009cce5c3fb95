// L-BFGS through the trainer.
#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "test/trainer_runs.h"

namespace mlp {
namespace {

OptimizerSpec LbfgsOf() {
  OptimizerSpec spec;
  spec.kind = OptimizerSpec::Kind::kLbfgs;
  return spec;
}

// Solves a (n, n) b = c by elimination.
std::vector<double> Solve(std::vector<double> a, std::vector<double> c) {
  const std::size_t n = c.size();
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t i = k + 1; i < n; ++i) {
      const double factor = a[i * n + k] / a[k * n + k];
      for (std::size_t j = k; j < n; ++j) a[i * n + j] -= factor * a[k * n + j];
      c[i] -= factor * c[k];
    }
  }
  for (std::size_t k = n; k-- > 0;) {
    for (std::size_t j = k + 1; j < n; ++j) c[k] -= a[k * n + j] * c[j];
    c[k] /= a[k * n + k];
  }
  return c;
}

TEST(TrainerLbfgs, ConvergesToTheSolutionOfTheNormalEquations) {
  const std::size_t rows = 70, inputs = 4, n = inputs + 1;
  const double l2 = 0.05;
  const auto data = DataFor(kSquared, rows, inputs, 1);
  NetworkSpec spec = SpecOf({inputs, 1}, Activation::kLinear, Activation::kLinear);
  DenseAt(spec, 0).kernel_rules.regularizer = {0, l2};
  std::vector<double> a(n * n), c(n);
  Vector scratch;
  const Real* x = data->ReadRows(0, rows, scratch);
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t i = 0; i < n; ++i) {
      const double xi = i < inputs ? x[r * inputs + i] : 1;
      for (std::size_t j = 0; j < n; ++j) a[i * n + j] += xi * (j < inputs ? x[r * inputs + j] : 1) / rows;
      c[i] += xi * data->values(r)[0] / rows;
    }
  }
  for (std::size_t i = 0; i < inputs; ++i) a[i * n + i] += l2;
  const std::vector<double> solution = Solve(a, c);

  for (const int threads : {1, 3}) {
    for (const std::size_t block : {70u, 16u}) {  // all rows make one batch, in blocks or not
      Model model(spec);
      model.Compile({{kSquared, false}, LbfgsOf(), {}});
      model.trainer().BeginRun();
      double before = std::numeric_limits<double>::infinity();
      bool converged = false;
      for (std::uint32_t epoch = 0; epoch < 50 && !converged; ++epoch) {
        model.trainer().Begin(data, {block, false, epoch, threads});
        TrainSlice slice = SliceOf(1, 1);
        do {
          slice = SliceOf(1, 1, 1e9);
          RunSlice(model, slice);
          ASSERT_TRUE(slice.finite);
        } while (!slice.epoch_done);
        const double loss = slice.sums.loss / rows;
        EXPECT_LE(loss, before);
        before = loss;
        converged = slice.converged;
      }
      EXPECT_TRUE(converged);
      model.trainer().EndRun(model.weights());
      for (std::size_t i = 0; i < n; ++i) EXPECT_NEAR(model.weights().AtRest()[i], solution[i], 2e-4);
    }
  }
}

TEST(TrainerLbfgs, GivesTheSameBitsInSlicesAndLeavesItsBestPointWhenARunEnds) {
  const auto data = DataFor(kSquared, 300, 6, 2);
  NetworkSpec spec = SpecOf({6, 12, 2}, Activation::kTanh, Activation::kLinear);
  spec.layers[0].trainable = false;
  spec.layers.insert(spec.layers.begin() + 1, LayerSpec{BatchNormalizationSpec{}, false});
  Vector whole;
  const Vector start = Model(spec).weights().AtRest();
  for (const double budget_ms : {1e9, 0.0}) {  // a slice of all, slices of one block
    Model model(spec);
    model.Compile({{kSquared, false}, LbfgsOf(), {}});
    model.trainer().BeginRun();
    std::vector<double> losses;
    for (std::uint32_t epoch = 0; epoch < 6; ++epoch) {
      model.trainer().Begin(data, {64, false, epoch, 2});
      TrainSlice slice = SliceOf(1000, 1, budget_ms);
      do {
        slice = SliceOf(1000, 1, budget_ms);
        RunSlice(model, slice);
      } while (!slice.epoch_done);
      losses.push_back(slice.sums.loss);
    }
    EXPECT_TRUE(std::is_sorted(losses.rbegin(), losses.rend()));
    if (whole.empty()) whole = model.weights().AtRest();
    EXPECT_EQ(model.weights().AtRest(), whole);
    for (std::size_t i = 0; i < 6 * 12 + 12; ++i) ASSERT_EQ(whole[i], start[i]);  // frozen

    // Ends within the next line search.
    model.trainer().Begin(data, {64, false, 6, 2});
    TrainSlice slice = SliceOf(1, 1, 0);
    RunSlice(model, slice);
    EXPECT_FALSE(slice.epoch_done);
    model.trainer().EndRun(model.weights());
    EXPECT_EQ(model.weights().AtRest(), whole);
  }
}

// Moving statistics are no weights: a line search must not restore them.
TEST(TrainerLbfgs, DoesNotChangeMovingStatistics) {
  NetworkSpec spec = SpecOf({3, 1}, Activation::kLinear, Activation::kLinear);
  spec.layers.insert(spec.layers.begin(), LayerSpec{BatchNormalizationSpec{}});
  Model model(spec);
  model.Compile({{kSquared, false}, LbfgsOf(), {}});
  model.trainer().BeginRun();
  const auto data = DataFor(kSquared, 40, 3, 1);
  model.trainer().Begin(data, {40, false, 0, 1});
  TrainSlice slice = SliceOf(1000, 1);
  RunSlice(model, slice);
  EXPECT_TRUE(slice.epoch_done);
  for (std::size_t j = 0; j < 3; ++j) {
    EXPECT_NE(model.weights().AtRest()[6 + j], 0);
    EXPECT_NE(model.weights().AtRest()[9 + j], 1);
  }
}

}  // namespace
}  // namespace mlp
