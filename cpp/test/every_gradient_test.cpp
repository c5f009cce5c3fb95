// Every kind of layer x every activation x every loss, with weighted rows, label smoothing and regularizers,
// against central differences of the loss that a training step reports.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "test/loss_cases.h"
#include "test/support.h"

namespace mlp {
namespace {

constexpr std::size_t kRows = 7, kCategories = 5;

LayerSpec DenseOf(std::size_t units, Activation activation) {
  DenseSpec dense;
  dense.units = units;
  dense.activation = {activation, Real(0.2)};
  dense.bias_initializer.kind = InitializerKind::kHeNormal;
  dense.kernel_rules.regularizer = {0, 0.01};
  return {dense};
}

template <typename Norm>
LayerSpec NormOf() {
  Norm norm;
  norm.beta_initializer.kind = norm.gamma_initializer.kind = InitializerKind::kHeNormal;
  norm.gamma_rules.regularizer = {0, 0.02};
  return {norm};
}

struct Kind {
  const char* name;
  // Layers below the last one; `f` is the activation beside the layer.
  std::vector<LayerSpec> (*layers)(Activation f);
};

const Kind kKinds[] = {
    {"dense",
     [](Activation f) {
       return std::vector<LayerSpec>{DenseOf(4, f), DenseOf(3, Activation::kTanh)};
     }},
    {"activation",
     [](Activation f) {
       return std::vector<LayerSpec>{DenseOf(4, Activation::kLinear), {ActivationLayerSpec{{f, Real(0.2)}}}};
     }},
    {"dropout",
     [](Activation f) {
       return std::vector<LayerSpec>{DenseOf(5, f), {DropoutSpec{0.4}}};
     }},
    {"alpha_dropout",
     [](Activation f) {
       return std::vector<LayerSpec>{DenseOf(5, f), {AlphaDropoutSpec{0.3}}};
     }},
    {"gaussian_noise",
     [](Activation f) {
       return std::vector<LayerSpec>{{GaussianNoiseSpec{0.2}}, DenseOf(4, f)};
     }},
    {"rescaling",
     [](Activation f) {
       return std::vector<LayerSpec>{{RescalingSpec{0.4, -0.3}}, DenseOf(4, f), {RescalingSpec{1.5, 0.2}}};
     }},
    {"batch_norm",
     [](Activation f) {
       return std::vector<LayerSpec>{
           DenseOf(4, f), NormOf<BatchNormalizationSpec>(), {ActivationLayerSpec{{f, Real(0.2)}}}};
     }},
    {"layer_norm",
     [](Activation f) {
       return std::vector<LayerSpec>{
           DenseOf(4, f), NormOf<LayerNormalizationSpec>(), {ActivationLayerSpec{{f, Real(0.2)}}}};
     }},
    {"member_scale",
     [](Activation f) {
       MemberScaleSpec scale;
       scale.use_bias = true;
       scale.activation = {f, Real(0.2)};
       scale.scale_initializer.kind = scale.bias_initializer.kind = InitializerKind::kHeNormal;
       if (NeedsInput(f)) return std::vector<LayerSpec>{DenseOf(4, f), {MemberScaleSpec{}}};
       return std::vector<LayerSpec>{DenseOf(4, Activation::kLinear), {scale}};
     }},
    {"member_dense",
     [](Activation f) {
       MemberDenseSpec dense;
       dense.units = 4;
       dense.activation = {f, Real(0.2)};
       dense.kernel_rules.regularizer = {0, 0.01};
       dense.bias_initializer.kind = InitializerKind::kHeNormal;
       return std::vector<LayerSpec>{{dense}};
     }},
    {"member_batch_ensemble",
     [](Activation f) {
       DenseBatchEnsembleSpec ensemble;
       ensemble.dense = std::get<DenseSpec>(DenseOf(4, f).kind);
       return std::vector<LayerSpec>{{ensemble}};
     }},
    {"embedding", [](Activation f) {
       EmbeddingSpec table;
       table.count = kCategories;
       table.width = 2;
       table.rules.regularizer = {0, 0.01};
       return std::vector<LayerSpec>{{table}, DenseOf(4, f)};
     }}};

constexpr const char* kActivations[] = {
    "linear", "relu",    "leakyRelu",   "prelu", "elu",      "selu",     "gelu",        "geluTanh", "silu",
    "mish",   "sigmoid", "hardSigmoid", "tanh",  "softplus", "softsign", "exponential", "softmax"};

// A model whose loss can be computed at any weights, by a step at rate 0. The noise is always the same.
class Probe {
 public:
  Probe(const NetworkSpec& spec, const LossSpec& loss, std::shared_ptr<Dataset> data)
      : model_(spec), data_(std::move(data)) {
    model_.Compile({loss, {}, {}});
  }

  const Network& network() const { return model_.network(); }
  Vector Weights() { return model_.weights().AtRest(); }

  double LossAt(const Vector& weights, double rate = 0) {
    std::copy(weights.begin(), weights.end(), model_.weights().Change().begin());
    model_.trainer().Begin(data_, {kRows, false, 1, 1});
    TrainSlice slice = SliceOf(1, rate);
    RunSlice(model_, slice);
    return slice.sums.loss / static_cast<double>(kRows * model_.network().members());
  }

 private:
  Model model_;
  std::shared_ptr<Dataset> data_;
};

class EveryGradient : public testing::TestWithParam<std::tuple<Kind, const char*>> {};

TEST_P(EveryGradient, EqualsCentralDifferences) {
  const Kind kind = std::get<0>(GetParam());
  const Activation activation = ActivationFromName(std::get<1>(GetParam()));
  for (const LossCase& a_case : LossCases()) {
    NetworkSpec spec;
    spec.inputs = 3;
    spec.seed = 5;
    spec.layers = kind.layers(activation);
    spec.members = std::string(kind.name).starts_with("member") ? 2 : 1;
    spec.layers.push_back(DenseOf(a_case.outputs, a_case.last));
    auto data = std::make_shared<Dataset>(ToVector(RandomNumbers(kRows * spec.inputs, 1)), spec.inputs);
    if (std::string(kind.name) == "embedding") {
      Random random(3, RandomPurpose::kShuffle, 1);
      Vector indices(kRows * spec.inputs);
      for (Real& index : indices) index = static_cast<Real>(random.Below(kCategories));
      data = std::make_shared<Dataset>(indices, spec.inputs);
    }
    SetTargets(*data, a_case.loss.kind, a_case.outputs);
    Vector row_weights = ToVector(RandomNumbers(kRows, 9));
    for (Real& weight : row_weights) weight = std::abs(weight);
    data->SetWeights(row_weights);

    Probe probe(spec, a_case.loss, data);
    Vector before = probe.Weights();
    // Larger weights overflow in exponentials.
    if (activation == Activation::kExponential) {
      for (Real& weight : before) weight *= Real(0.3);
    }
    const double loss = probe.LossAt(before, 1.0);
    const Vector after = probe.Weights();
    EXPECT_NEAR(loss, probe.LossAt(before), 1e-12 * std::max(1.0, std::abs(loss)));

    const Network& network = probe.network();
    for (std::size_t l = 0; l < network.layers().size(); ++l) {
      const auto& tensors = network.layers()[l]->tensors();
      for (std::size_t t = 0; t < tensors.size(); ++t) {
        for (std::size_t i = tensors[t].offset; i < tensors[t].offset + tensors[t].size(); ++i) {
          if (tensors[t].statistic) continue;
          const double step = 1e-5;
          Vector moved = before;
          const auto loss_at = [&](double steps) {
            moved[i] = static_cast<Real>(before[i] + steps * step);
            return probe.LossAt(moved);
          };
          const double up = loss_at(1), down = loss_at(-1), up2 = loss_at(2), down2 = loss_at(-2);
          const double numeric = (8 * (up - down) - (up2 - down2)) / (12 * step);
          const double analytic = static_cast<double>(before[i]) - after[i];
          const double scale =
              std::max({std::abs(numeric), std::abs(analytic), 1e-2 * std::max(1.0, std::abs(loss))});
          if (std::abs(numeric - analytic) < 1e-6 * scale) continue;
          // Next to a kink the two one-sided slopes differ, and the gradient is one of them.
          const double right = (up2 - up) / step, left = (down - down2) / step;
          const bool kink = std::abs(right - left) > 1e-3 * scale;
          const double slack = 1e-3 * scale;
          ASSERT_TRUE(kink && analytic > std::min(left, right) - slack &&
                      analytic < std::max(left, right) + slack)
              << a_case.name << ": " << tensors[t].name << " of layer " << l << ", " << i << ": " << analytic
              << ", but " << numeric;
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, EveryGradient,
                         testing::Combine(testing::ValuesIn(kKinds), testing::ValuesIn(kActivations)),
                         [](const auto& info) {
                           return std::string(std::get<0>(info.param).name) + "_" + std::get<1>(info.param);
                         });

}  // namespace
}  // namespace mlp
