#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "nn/loss.h"
#include "test/support.h"

namespace mlp {
namespace {

struct Case {
  const char* name;
  LossKind loss;
  bool from_logits;
  Activation last;
  std::size_t outputs;
};

constexpr Case kLosses[] = {
    {"squared_linear", LossKind::kMeanSquaredError, false, Activation::kLinear, 3},
    {"squared_relu", LossKind::kMeanSquaredError, false, Activation::kRelu, 3},
    {"squared_leaky", LossKind::kMeanSquaredError, false, Activation::kLeakyRelu, 3},
    {"squared_sigmoid", LossKind::kMeanSquaredError, false, Activation::kSigmoid, 3},
    {"squared_tanh", LossKind::kMeanSquaredError, false, Activation::kTanh, 3},
    {"squared_softmax", LossKind::kMeanSquaredError, false, Activation::kSoftmax, 3},
    {"squared_one", LossKind::kMeanSquaredError, false, Activation::kLinear, 1},
    {"binary", LossKind::kBinaryCrossentropy, false, Activation::kSigmoid, 3},
    {"binary_one", LossKind::kBinaryCrossentropy, false, Activation::kSigmoid, 1},
    {"binary_logits", LossKind::kBinaryCrossentropy, true, Activation::kLinear, 3},
    {"categorical", LossKind::kCategoricalCrossentropy, false, Activation::kSoftmax, 4},
    {"categorical_logits", LossKind::kCategoricalCrossentropy, true, Activation::kLinear, 4},
    {"sparse", LossKind::kSparseCategoricalCrossentropy, false, Activation::kSoftmax, 4},
    {"sparse_logits", LossKind::kSparseCategoricalCrossentropy, true, Activation::kLinear, 4},
};

constexpr Activation kHidden[] = {Activation::kLinear,  Activation::kRelu, Activation::kLeakyRelu,
                                  Activation::kSigmoid, Activation::kTanh, Activation::kSoftmax};

// Mean loss over all rows, written with the public pieces alone.
double MeanLoss(const Network& network, const Loss& loss, const Vector& weights, const Dataset& data) {
  Vector scratch, input, y(data.rows() * network.outputs());
  Infer(network, y.data(), data.Block(0, data.rows(), input), weights.data(), data.rows(), scratch,
        loss.reads());
  Targets targets;
  if (loss.reads_classes()) {
    targets.classes = data.classes(0);
  } else {
    targets.values = data.values(0);
  }
  return loss.Evaluate(nullptr, y.data(), targets, data.rows(), 1) / static_cast<double>(data.rows());
}

class Gradient : public testing::TestWithParam<std::tuple<Activation, Case, bool>> {};

// One step of plain descent at rate 1 moves every weight by minus its gradient; central differences say what
// that is.
TEST_P(Gradient, EqualsCentralDifferences) {
  const auto& [hidden, a_case, use_bias] = GetParam();
  NetworkSpec spec = SpecOf({5, 6, 4, a_case.outputs}, hidden, a_case.last);
  for (DenseSpec& layer : spec.layers) {
    layer.use_bias = use_bias;
    layer.bias_initializer.kind = InitializerKind::kHeNormal;
  }
  const std::size_t rows = 9;
  const auto data = DataFor(a_case.loss, rows, spec.inputs, a_case.outputs);
  const ActivationSpec last = spec.layers.back().activation;
  const Loss loss({a_case.loss, a_case.from_logits}, last, a_case.outputs);

  for (const int threads : {1, 3}) {
    Model model(spec);
    model.Compile({{a_case.loss, a_case.from_logits}, {}, {}});
    const Vector before = model.weights().AtRest();
    model.trainer().Begin(data, {rows, false, 0, threads});
    TrainSlice slice = SliceOf(1, 1.0);
    RunSlice(model, slice);
    const Vector& after = model.weights().AtRest();
    EXPECT_NEAR(slice.sums.loss / rows, MeanLoss(model.network(), loss, before, *data), 1e-12);

    for (std::size_t i = 0; i < before.size(); ++i) {
      const double step = 1e-5;
      Vector moved = before;
      moved[i] = static_cast<Real>(before[i] + step);
      const double up = MeanLoss(model.network(), loss, moved, *data);
      moved[i] = static_cast<Real>(before[i] - step);
      const double down = MeanLoss(model.network(), loss, moved, *data);
      const double numeric = (up - down) / (2 * step);
      const double analytic = static_cast<double>(before[i]) - after[i];
      const double scale = std::max({std::abs(numeric), std::abs(analytic), 1e-3});
      ASSERT_LT(std::abs(numeric - analytic) / scale, 1e-6) << "weight " << i << ", threads " << threads;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, Gradient,
                         testing::Combine(testing::ValuesIn(kHidden), testing::ValuesIn(kLosses),
                                          testing::Bool()),
                         [](const auto& info) {
                           const auto hidden = static_cast<int>(std::get<0>(info.param));
                           return std::string(std::get<1>(info.param).name) + "_hidden" +
                                  std::to_string(hidden) + (std::get<2>(info.param) ? "_bias" : "_nobias");
                         });

}  // namespace
}  // namespace mlp
