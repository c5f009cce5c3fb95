#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "nn/loss.h"
#include "test/loss_cases.h"
#include "test/support.h"

namespace mlp {
namespace {

constexpr Activation kHidden[] = {Activation::kLinear,   Activation::kRelu,        Activation::kLeakyRelu,
                                  Activation::kElu,      Activation::kSelu,        Activation::kTanh,
                                  Activation::kSigmoid,  Activation::kHardSigmoid, Activation::kSoftplus,
                                  Activation::kSoftsign, Activation::kExponential, Activation::kSoftmax,
                                  Activation::kPrelu,    Activation::kGelu,        Activation::kGeluTanh,
                                  Activation::kSilu,     Activation::kMish};

// Mean loss over all rows, by inference and Loss::Evaluate.
double MeanLoss(const Network& network, const Loss& loss, const Vector& weights, const Dataset& data) {
  Vector scratch, input, y(data.rows() * network.outputs());
  Infer(network, y.data(), data.ReadRows(0, data.rows(), input), weights.data(), data.rows(), scratch,
        loss.reads());
  Targets targets;
  if (loss.reads_classes()) {
    targets.classes = data.classes(0);
  } else {
    targets.values = data.values(0);
  }
  return loss.Evaluate(nullptr, y.data(), targets, data.rows(), 1) / static_cast<double>(data.rows());
}

class Gradient : public testing::TestWithParam<std::tuple<Activation, LossCase, bool>> {};

// One step of plain descent at rate 1 moves every weight by minus its gradient; central differences say what
// that is.
TEST_P(Gradient, EqualsCentralDifferences) {
  const auto& [hidden, a_case, use_bias] = GetParam();
  NetworkSpec spec = SpecOf({5, 6, 4, a_case.outputs}, hidden, a_case.last);
  spec.seed = 8;  // of all starts tried the first where no row lies within a step of a kink
  for (std::size_t l = 0; l < spec.layers.size(); ++l) {
    DenseAt(spec, l).use_bias = use_bias;
    DenseAt(spec, l).bias_initializer.kind = InitializerKind::kHeNormal;
  }
  const std::size_t rows = 9;
  const auto data = DataFor(a_case.loss.kind, rows, spec.inputs, a_case.outputs);
  const ActivationSpec last = Network(spec).last_activation();
  const Loss loss(a_case.loss, last, a_case.outputs);

  for (const int threads : {1, 3}) {
    Model model(spec);
    model.Compile({a_case.loss, {}, {}});
    // Larger weights overflow in chains of exponentials.
    if (hidden == Activation::kExponential) {
      for (Real& weight : model.weights().Change()) weight *= Real(0.3);
    }
    const Vector before = model.weights().AtRest();
    model.trainer().Begin(data, {rows, false, 0, threads});
    TrainSlice slice = SliceOf(1, 1.0);
    RunSlice(model, slice);
    const Vector& after = model.weights().AtRest();
    const double mean = MeanLoss(model.network(), loss, before, *data);
    EXPECT_NEAR(slice.sums.loss / rows, mean, 1e-12 * std::max(1.0, mean));

    for (std::size_t i = 0; i < before.size(); ++i) {
      const double step = 1e-5;
      Vector moved = before;
      const auto loss_at = [&](double steps) {
        moved[i] = static_cast<Real>(before[i] + steps * step);
        return MeanLoss(model.network(), loss, moved, *data);
      };
      // Four points: the error goes with the fifth derivative, which chains of exponentials need.
      const double numeric = (8 * (loss_at(1) - loss_at(-1)) - (loss_at(2) - loss_at(-2))) / (12 * step);
      const double analytic = static_cast<double>(before[i]) - after[i];
      // The loss is rounded too: a difference of large ones says little about a small derivative.
      const double rounded = 1e-3 * std::max(1.0, mean);
      const double scale = std::max({std::abs(numeric), std::abs(analytic), rounded});
      ASSERT_LT(std::abs(numeric - analytic) / scale, 1e-6) << "weight " << i << ", threads " << threads;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, Gradient,
                         testing::Combine(testing::ValuesIn(kHidden), testing::ValuesIn(LossCases()),
                                          testing::Bool()),
                         [](const auto& info) {
                           const auto hidden = static_cast<int>(std::get<0>(info.param));
                           return std::get<1>(info.param).name + "_hidden" + std::to_string(hidden) +
                                  (std::get<2>(info.param) ? "_bias" : "_nobias");
                         });

}  // namespace
}  // namespace mlp
