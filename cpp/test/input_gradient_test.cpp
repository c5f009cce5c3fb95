// The gradient of outputs by inputs, against finite differences.
#include <gtest/gtest.h>

#include <tuple>

#include "nn/network.h"
#include "test/support.h"

namespace mlp {
namespace {

constexpr std::size_t kRows = 6, kInputs = 5, kOutputs = 3;

NetworkSpec WithEveryLayer(Activation last) {
  NetworkSpec spec = SpecOf({kInputs, 7, 6, kOutputs}, Activation::kTanh, last);
  spec.layers.insert(spec.layers.begin() + 2, LayerSpec{LayerNormalizationSpec{}});
  spec.layers.insert(spec.layers.begin() + 1, LayerSpec{BatchNormalizationSpec{}});
  spec.layers.insert(spec.layers.begin() + 1, LayerSpec{DropoutSpec{}});
  spec.layers.insert(spec.layers.begin(), LayerSpec{GaussianNoiseSpec{}});
  spec.layers.insert(spec.layers.begin(), LayerSpec{RescalingSpec{0.5, 0.25}});
  return spec;
}

NetworkSpec WithMembers(Activation last) {
  NetworkSpec spec = WithEveryLayer(last);
  spec.layers.insert(spec.layers.begin(), LayerSpec{MemberScaleSpec{}});
  spec.layers.insert(spec.layers.begin() + 4, LayerSpec{DenseBatchEnsembleSpec{}});
  std::get<DenseBatchEnsembleSpec>(spec.layers[4].kind).dense.units = 8;
  spec.members = 200;  // two rows at a time
  return spec;
}

class EachLast : public testing::TestWithParam<std::tuple<Activation, bool>> {};
INSTANTIATE_TEST_SUITE_P(All, EachLast,
                         testing::Combine(testing::Values(Activation::kLinear, Activation::kSoftmax,
                                                          Activation::kSigmoid, Activation::kGelu,
                                                          Activation::kPrelu),
                                          testing::Bool()));

TEST_P(EachLast, InputGradientsEqualFiniteDifferences) {
  const auto [last, members] = GetParam();
  const Network network(members ? WithMembers(last) : WithEveryLayer(last));
  Vector weights(network.weight_count());
  network.Initialize(weights.data());
  const std::vector<Real> noise = RandomNumbers(weights.size(), 9, 0.3);
  for (std::size_t i = 0; i < weights.size(); ++i)
    weights[i] = std::abs(weights[i]) + std::abs(noise[i]) + Real(0.1);
  const std::vector<Real> x = RandomNumbers(kRows * kInputs, 1);
  std::vector<Real> dx(x.size());
  const std::vector<std::int32_t> which = {0, 1, 2, 2, 1, 0};
  Workspace workspace(network, std::min(kRows, RowsAtOnce(network)) * network.members());
  InputGradients(network, dx.data(), x.data(), weights.data(), kRows, which.data(), workspace);

  Vector scratch;
  const auto output = [&](const std::vector<Real>& at, std::size_t row) {
    std::vector<Real> y(kRows * kOutputs);
    Infer(network, y.data(), at.data(), weights.data(), kRows, scratch, Layer::Output::kActivated);
    return y[row * kOutputs + static_cast<std::size_t>(which[row])];
  };
  double largest = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    constexpr Real kStep = Real(1e-5);
    std::vector<Real> up = x, down = x;
    up[i] += kStep;
    down[i] -= kStep;
    const double slope =
        static_cast<double>(output(up, i / kInputs) - output(down, i / kInputs)) / (2 * kStep);
    EXPECT_NEAR(dx[i], slope, 1e-8) << i;
    largest = std::max(largest, std::abs(slope));
  }
  EXPECT_GT(largest, 1e-4);
}

}  // namespace
}  // namespace mlp
