// Rules of single layers and tensors: constraints, frozen layers, penalties and factors of the rate.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "test/trainer_runs.h"
#include "train/tensor_rules.h"

namespace mlp {
namespace {

double ColumnNorm(const Vector& w, const Tensor& tensor, std::size_t column) {
  double squares = 0;
  for (std::size_t r = 0; r < tensor.rows; ++r) {
    squares += std::pow(w[tensor.offset + r * tensor.columns + column], 2);
  }
  return std::sqrt(squares);
}

double VectorNorm(const Vector& w, const Tensor& tensor) {
  double squares = 0;
  for (std::size_t i = 0; i < tensor.size(); ++i) squares += std::pow(w[tensor.offset + i], 2);
  return std::sqrt(squares);
}

void ExpectConstraints(const Network& network, const Vector& w) {
  EachTensor(network, [&](std::size_t, std::size_t, const Tensor& tensor) {
    const ConstraintSpec& constraint = tensor.rules.constraint;
    if (constraint.kind == ConstraintKind::kNonNegative) {
      for (std::size_t i = 0; i < tensor.size(); ++i) ASSERT_GE(w[tensor.offset + i], 0);
    }
    std::vector<double> norms;
    if (tensor.name == std::string("kernel")) {
      for (std::size_t j = 0; j < tensor.columns; ++j) norms.push_back(ColumnNorm(w, tensor, j));
    } else {
      norms.push_back(VectorNorm(w, tensor));
    }
    for (const double norm : norms) {
      const bool unit = constraint.kind == ConstraintKind::kUnitNorm;
      const bool most = constraint.kind == ConstraintKind::kMaxNorm;
      const double largest = unit ? 1 : constraint.limit;
      ASSERT_TRUE(!(unit || most) || norm <= largest + 1e-5) << tensor.name << ": " << norm;
      ASSERT_TRUE(!unit || norm >= 1 - 1e-5) << tensor.name << ": " << norm;
    }
  });
}

TEST(TrainerTensors, ConstraintsHoldAfterEveryUpdateAndInTheAverage) {
  // One input: the kernel has one row, yet each of its columns is a unit's.
  for (const std::size_t inputs : {1u, 5u}) {
    for (const bool all_gradients : {false, true}) {
      for (const int threads : {1, 3}) {
        NetworkSpec spec = SpecOf({inputs, 6, 4, 3}, Activation::kTanh, Activation::kLinear);
        DenseAt(spec, 0).kernel_rules.constraint = {ConstraintKind::kUnitNorm, 0};
        DenseAt(spec, 0).bias_rules.constraint = {ConstraintKind::kMaxNorm, 0.1};
        DenseAt(spec, 1).kernel_rules.constraint = {ConstraintKind::kMaxNorm, 0.7};
        DenseAt(spec, 2).kernel_rules.constraint = {ConstraintKind::kNonNegative, 0};
        DenseAt(spec, 2).bias_rules.constraint = {ConstraintKind::kUnitNorm, 0};
        UpdateRules rules;
        rules.ema = 0.9;
        rules.global_clip_norm = all_gradients ? 1e6 : 0;
        Model model(spec);
        model.Compile({{kSquared, false}, Sgd(rules), {}});
        const auto data = DataFor(kSquared, 64, inputs, 3);
        model.trainer().Begin(data, {8, false, 0, threads});
        for (int step = 0; step < 8; ++step) {
          TrainSlice slice = SliceOf(1, 0.3);
          RunSlice(model, slice);
          ExpectConstraints(model.network(), model.weights().AtRest());
        }
        model.trainer().EndRun(model.weights());
        ExpectConstraints(model.network(), model.weights().AtRest());
      }
    }
  }
}

TEST(TrainerTensors, FrozenLayersKeepTheirBits) {
  for (const std::size_t accumulation : {1u, 2u}) {
    UpdateRules rules;
    rules.weight_decay = 0.1;
    rules.ema = 0.5;
    rules.accumulation_steps = accumulation;
    NetworkSpec spec = SpecOf({5, 6, 4, 6, 3}, Activation::kTanh, Activation::kLinear);
    DenseAt(spec, 0).kernel_rules.constraint = {ConstraintKind::kNonNegative, 0};
    DenseAt(spec, 2).kernel_rules = {{0.1, 0.1}, {ConstraintKind::kUnitNorm, 0}};
    spec.layers[0].trainable = spec.layers[2].trainable = false;
    spec.layers.insert(spec.layers.begin() + 1, LayerSpec{BatchNormalizationSpec{}, false});
    for (const int threads : {1, 3}) {
      Model model(spec);
      model.Compile({{kSquared, false}, Sgd(rules, 0.9), {}});
      const Vector before = model.weights().AtRest();
      Train(model, DataFor(kSquared, 64, 5, 3), {8, threads, 2});
      model.trainer().EndRun(model.weights());
      EachTensor(model.network(), [&](std::size_t l, std::size_t, const Tensor& tensor) {
        const bool moved =
            !std::equal(before.begin() + static_cast<std::ptrdiff_t>(tensor.offset),
                        before.begin() + static_cast<std::ptrdiff_t>(tensor.offset + tensor.size()),
                        model.weights().AtRest().begin() + static_cast<std::ptrdiff_t>(tensor.offset));
        EXPECT_EQ(moved, model.network().spec_of(l).trainable) << l << ", " << tensor.name;
      });
    }
  }
}

// Keras counts only the penalties of trained tensors, in training and in evaluation.
TEST(TrainerTensors, FrozenLayersHaveNoPenalty) {
  NetworkSpec spec = Small();
  DenseAt(spec, 0).kernel_rules.regularizer = {0.5, 0.5};
  Model trained(spec);
  EXPECT_GT(TotalPenalty(trained.network(), trained.weights().AtRest()), 1);
  spec.layers[0].trainable = false;
  Model frozen(spec), plain(Small());
  EXPECT_EQ(TotalPenalty(frozen.network(), frozen.weights().AtRest()), 0);
  const auto data = DataFor(kSquared, 16, 5, 3);
  frozen.Compile({{kSquared, false}, Sgd(), {}});
  plain.Compile({{kSquared, false}, Sgd(), {}});
  EXPECT_NEAR(Train(frozen, data, {16})[0], Train(plain, data, {16})[0], kClose);
}

TEST(TrainerTensors, FactorsScaleTheRateOfTheirLayer) {
  const auto data = DataFor(kSquared, 33, 5, 3);
  NetworkSpec spec = Small();
  for (const auto kind :
       {OptimizerSpec::Kind::kSgd, OptimizerSpec::Kind::kAdam, OptimizerSpec::Kind::kAdagrad,
        OptimizerSpec::Kind::kRmsprop, OptimizerSpec::Kind::kAdadelta, OptimizerSpec::Kind::kAdamax,
        OptimizerSpec::Kind::kNadam, OptimizerSpec::Kind::kLion}) {
    OptimizerSpec optimizer = Sgd();
    optimizer.kind = kind;
    optimizer.initial_accumulator = 0.1;
    const auto changes = [&](double factor, int threads) {
      spec.layers[0].rate_factor = factor;
      Model model(spec);
      model.Compile({{kSquared, false}, optimizer, {}});
      const Vector before = model.weights().AtRest();
      Train(model, data, {33, threads, 1, 1000, 0.01});
      std::vector<double> change(before.size());
      for (std::size_t i = 0; i < before.size(); ++i) {
        change[i] = static_cast<double>(model.weights().AtRest()[i]) - before[i];
      }
      return change;
    };
    const std::vector<double> one = changes(1, 1);
    for (const double factor : {0.0, 0.25, 3.0}) {
      const std::vector<double> scaled = changes(factor, 2);
      for (std::size_t i = 0; i < one.size(); ++i) {
        ASSERT_NEAR(scaled[i], (i < 42 ? factor : 1) * one[i], 2 * kClose * (1 + factor)) << i;
      }
    }
  }
}

}  // namespace
}  // namespace mlp
