// Gradients of layers that are shared out by inputs, against central differences.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "test/support.h"
#include "train/plan.h"

namespace mlp {
namespace {

constexpr std::size_t kRows = 8;

// The mean loss at any weights: what a step at rate 0 on one thread reports.
double LossAt(Model& model, const std::shared_ptr<Dataset>& data, const Vector& weights) {
  std::copy(weights.begin(), weights.end(), model.weights().Change().begin());
  model.trainer().Begin(data, {kRows, false, 0, 1});
  TrainSlice slice = SliceOf(1, 0);
  RunSlice(model, slice);
  return slice.sums.loss / kRows;
}

// One step of plain descent at rate 1 moves every weight by minus its gradient.
void ExpectCentralDifferences(const NetworkSpec& spec, const LossSpec& loss, std::size_t by_inputs) {
  const Network network(spec);
  const auto data = DataFor(loss.kind, kRows, spec.inputs, network.outputs());
  Model still(spec);
  still.Compile({loss, {}, {}});
  const Vector before = still.weights().AtRest();
  for (const int threads : {2, 3}) {
    ASSERT_EQ(LayersByInputs(network, kRows, static_cast<std::size_t>(threads)), by_inputs);
    Model model(spec);
    model.Compile({loss, {}, {}});
    model.trainer().Begin(data, {kRows, false, 0, threads});
    TrainSlice slice = SliceOf(1, 1.0);
    RunSlice(model, slice, threads);
    const double mean = LossAt(still, data, before);
    EXPECT_NEAR(slice.sums.loss / kRows, mean, 1e-12 * std::max(1.0, mean));
    // Some of each tensor, from rows of every share.
    for (std::size_t i = 0; i < before.size(); i += 1 + before.size() / 500) {
      const double step = 1e-5;
      Vector moved = before;
      const auto at = [&](double steps) {
        moved[i] = static_cast<Real>(before[i] + steps * step);
        return LossAt(still, data, moved);
      };
      const double numeric = (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * step);
      const double analytic = static_cast<double>(before[i]) - model.weights().AtRest()[i];
      const double scale = std::max({std::abs(numeric), std::abs(analytic), 1e-3 * std::max(1.0, mean)});
      ASSERT_LT(std::abs(numeric - analytic) / scale, 1e-6) << "weight " << i << ", threads " << threads;
    }
  }
}

TEST(TrainerInputsGradient, EqualsCentralDifferences) {
  const LossSpec squared{LossKind::kMeanSquaredError, false},
      sparse{LossKind::kSparseCategoricalCrossentropy, false}, binary{LossKind::kBinaryCrossentropy, false};
  for (const Activation hidden : {Activation::kTanh, Activation::kSigmoid, Activation::kSoftplus,
                                  Activation::kSelu, Activation::kSoftsign}) {
    SCOPED_TRACE(static_cast<int>(hidden));
    ExpectCentralDifferences(SpecOf({130, 100, 60, 4}, hidden, Activation::kSoftmax), sparse, 2);
    ExpectCentralDifferences(SpecOf({130, 100, 60}, hidden, Activation::kLinear), squared, 2);
    ExpectCentralDifferences(SpecOf({130, 100}, hidden, Activation::kSigmoid), binary, 1);
  }
  // An activation whose derivative needs its inputs is a layer of its own.
  ExpectCentralDifferences(SpecOf({130, 100, 60, 4}, Activation::kGelu, Activation::kSoftmax), sparse, 1);
}

TEST(TrainerInputsGradient, EqualsCentralDifferencesBelowNoiseAndWithPenalties) {
  const LossSpec squared{LossKind::kMeanSquaredError, false};
  NetworkSpec spec = SpecOf({130, 100, 60, 4}, Activation::kTanh, Activation::kLinear);
  DenseAt(spec, 0).kernel_rules.regularizer = {0, 0.01};
  DenseAt(spec, 1).use_bias = false;
  spec.layers.insert(spec.layers.begin() + 2, LayerSpec{DropoutSpec{0.3}});
  ExpectCentralDifferences(spec, squared, 2);
}

}  // namespace
}  // namespace mlp
