// Gradients of whole training steps through every kind of layer, against central differences of the loss that
// a step reports.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "test/support.h"

namespace mlp {
namespace {

LayerSpec DenseOf(std::size_t units, Activation activation) {
  DenseSpec dense;
  dense.units = units;
  dense.activation = {activation, Real(0.2)};
  dense.bias_initializer.kind = InitializerKind::kHeNormal;
  return {dense};
}

LayerSpec BatchNormOf(bool center = true, bool scale = true) {
  BatchNormalizationSpec spec;
  spec.center = center;
  spec.scale = scale;
  spec.beta_initializer.kind = spec.gamma_initializer.kind = InitializerKind::kHeNormal;
  return {spec};
}

LayerSpec LayerNormOf(bool center = true, bool scale = true) {
  LayerNormalizationSpec spec;
  spec.center = center;
  spec.scale = scale;
  spec.beta_initializer.kind = spec.gamma_initializer.kind = InitializerKind::kHeNormal;
  return {spec};
}

LayerSpec Frozen(LayerSpec layer) {
  layer.trainable = false;
  return layer;
}

LayerSpec Regularized(LayerSpec layer, double l1, double l2) {
  auto& dense = std::get<DenseSpec>(layer.kind);
  dense.kernel_rules.regularizer = {l1, l2};
  dense.bias_rules.regularizer = {0, l2 / 2};
  return layer;
}

LayerSpec ActivationOf(Activation kind) { return {ActivationLayerSpec{{kind, Real(0.3)}}}; }

DenseSpec NtkOf(std::size_t units, Activation activation) {
  DenseSpec dense = std::get<DenseSpec>(DenseOf(units, activation).kind);
  dense.ntk = true;
  dense.kernel_initializer = {InitializerKind::kRandomNormal, {}};
  dense.kernel_initializer.stddev = 1;
  return dense;
}

LayerSpec ScaleOf() { return {ScaleSpec{{InitializerKind::kHeNormal, {}}, {}}}; }

LayerSpec ParametricOf(Activation kind) { return {ActivationLayerSpec{{kind, Real(0.3)}, true}}; }

// Reads columns 0 to 4 of numbers; some twice.
std::vector<ColumnPartSpec> NumberParts() {
  PeriodicEmbeddingPart pbld;
  pbld.frequencies = 5;
  pbld.width = 3;
  pbld.sines = false;
  pbld.phases = pbld.joins_x = true;
  pbld.sigma = 0.5;
  PeriodicEmbeddingPart lite;
  lite.frequencies = 4;
  lite.width = 9;
  lite.shared = lite.relu = true;
  lite.sigma = 0.3;
  PeriodicEmbeddingPart plain;
  plain.frequencies = 17;
  plain.width = 6;
  plain.sigma = 0.3;
  PiecewiseLinearEmbeddingPart bins;
  bins.width = 3;
  bins.edges = {{Real(-1), Real(-0.3), Real(0.2), Real(0.9)}, {Real(-0.1), Real(0.3)}};
  return {{"pbld", {0, 2}, pbld},
          {"lite", {1, 3, 4}, lite},
          {"plain", {4}, plain},
          {"same", {1, 0}, PassthroughPart{}},
          {"bins", {0, 1}, bins}};
}

LayerSpec ColumnsOf(std::vector<ColumnPartSpec> parts) { return {ColumnsSpec{std::move(parts)}}; }

// Codes in columns 0 to 4, where 5 means that the category is missing.
std::vector<ColumnPartSpec> CodeParts() {
  EmbeddingPart tables;
  tables.counts = {6, 7};
  tables.width = 3;
  return {
      {"tables", {1, 3}, tables}, {"oneHot", {0, 2}, OneHotPart{{6, 6}}}, {"same", {4}, PassthroughPart{}}};
}

LayerSpec MemberScaleOf(bool use_bias, Activation activation = Activation::kLinear) {
  MemberScaleSpec spec;
  spec.use_bias = use_bias;
  spec.activation.kind = activation;
  spec.scale_initializer.kind = spec.bias_initializer.kind = InitializerKind::kHeNormal;
  spec.scale_rules.regularizer = {0.01, 0.02};
  return {spec};
}

LayerSpec MemberDenseOf(std::size_t units, Activation activation, bool use_bias = true) {
  MemberDenseSpec spec;
  spec.units = units;
  spec.use_bias = use_bias;
  spec.activation.kind = activation;
  spec.bias_initializer.kind = InitializerKind::kHeNormal;
  spec.kernel_rules.regularizer = {0, 0.02};
  return {spec};
}

LayerSpec BatchEnsembleOf(std::size_t units, Activation activation, bool use_bias = true) {
  DenseBatchEnsembleSpec spec;
  spec.dense = std::get<DenseSpec>(DenseOf(units, activation).kind);
  spec.dense.use_bias = use_bias;
  spec.dense.kernel_rules.regularizer = {0, 0.02};
  spec.input_scale.scale_initializer.kind = spec.output_scale_initializer.kind = InitializerKind::kHeNormal;
  return {spec};
}

struct Case {
  std::string name;
  std::vector<LayerSpec> layers;
  bool weighted = false;
  Mean mean = Mean::kRows;
  std::size_t categories = 0;  // inputs are whole numbers below
  double loss_factor = 1;
  std::size_t members = 1;
};

Case Members(std::string name, std::size_t members, std::vector<LayerSpec> layers, bool weighted = false) {
  return {std::move(name), std::move(layers), weighted, Mean::kRows, 0, 1, members};
}

std::vector<Case> Cases() {
  const auto tanh = Activation::kTanh, linear = Activation::kLinear;
  const LayerSpec last = DenseOf(3, linear);
  EmbeddingSpec embedding;
  embedding.count = 6;
  embedding.width = 3;
  return {
      {"batch_norm_first", {BatchNormOf(), DenseOf(4, tanh), last}},
      {"batch_norm_middle", {DenseOf(4, linear), BatchNormOf(), ActivationOf(tanh), last}},
      {"batch_norm_twice",
       {DenseOf(4, tanh), BatchNormOf(), DenseOf(5, tanh), BatchNormOf(false, true), last}},
      {"batch_norm_last", {DenseOf(3, tanh), BatchNormOf(true, false)}},
      {"batch_norm_frozen", {DenseOf(4, tanh), Frozen(BatchNormOf()), last}},
      {"batch_norm_above_frozen", {Frozen(DenseOf(4, tanh)), BatchNormOf(), Frozen(DenseOf(4, tanh)), last}},
      {"batch_norm_below_trained",
       {BatchNormOf(false, false), Frozen(DenseOf(4, tanh)), BatchNormOf(), last}},
      {"layer_norm", {DenseOf(4, tanh), LayerNormOf(), last}},
      {"layer_norm_bare", {LayerNormOf(false, false), DenseOf(4, tanh), last}},
      {"prelu", {DenseOf(4, Activation::kPrelu), ActivationOf(Activation::kPrelu), last}},
      {"activation_last", {DenseOf(3, tanh), ActivationOf(Activation::kGelu)}},
      {"activation_layers", {DenseOf(4, linear), ActivationOf(Activation::kSoftmax), last}},
      {"dropout", {{DropoutSpec{0.4}}, DenseOf(6, tanh), {DropoutSpec{0.5}}, last}},
      {"alpha_dropout", {DenseOf(6, tanh), {AlphaDropoutSpec{0.3}}, last}},
      {"gaussian_noise", {{GaussianNoiseSpec{0.3}}, DenseOf(6, tanh), {GaussianNoiseSpec{0.2}}, last}},
      {"rescaling", {{RescalingSpec{0.5, 0.1}}, DenseOf(4, tanh), {RescalingSpec{-2, 0.3}}, last}},
      {"embedding", {{embedding}, DenseOf(4, tanh), last}, false, Mean::kRows, 6},
      {"ntk", {{NtkOf(4, tanh)}, {NtkOf(3, linear)}}},
      {"scale", {ScaleOf(), DenseOf(4, tanh), ScaleOf(), last}},
      {"parametric",
       {DenseOf(4, tanh), ParametricOf(Activation::kSelu), DenseOf(4, tanh), ParametricOf(Activation::kMish),
        ParametricOf(Activation::kSoftmax), last}},
      {"columns", {ColumnsOf(NumberParts()), DenseOf(4, tanh), last}},
      {"columns_above",
       {DenseOf(5, tanh), ColumnsOf(NumberParts()), DenseOf(4, tanh), ParametricOf(tanh), last}},
      {"columns_of_codes", {ColumnsOf(CodeParts()), DenseOf(4, tanh), last}, false, Mean::kRows, 6},
      {"frozen_first", {Frozen(DenseOf(4, tanh)), DenseOf(4, tanh), last}},
      {"frozen_last", {DenseOf(4, tanh), Frozen(DenseOf(3, linear))}},
      {"regularized", {Regularized(DenseOf(4, tanh), 0.03, 0.02), Regularized(last, 0, 0.1)}},
      {"weighted", {DenseOf(4, tanh), last}, true},
      {"weighted_mean", {Regularized(DenseOf(4, tanh), 0.03, 0.02), last}, true, Mean::kWeights},
      {"loss_factor", {Regularized(DenseOf(4, tanh), 0.03, 0.02), last}, true, Mean::kWeights, 0, 1.5},
      Members("member_scale", 3, {MemberScaleOf(false), DenseOf(4, tanh), MemberScaleOf(true, tanh), last}),
      Members("member_dense", 3, {MemberDenseOf(4, tanh), MemberDenseOf(3, linear, false)}, true),
      Members(
          "batch_ensemble", 4,
          {BatchEnsembleOf(4, tanh), BatchEnsembleOf(4, Activation::kGelu, false), MemberDenseOf(3, linear)}),
      Members("members_last", 2, {BatchEnsembleOf(4, Activation::kPrelu), BatchEnsembleOf(3, tanh)}),
      Members("members_frozen", 2,
              {DenseOf(4, tanh), Frozen(BatchEnsembleOf(4, tanh)), MemberDenseOf(3, linear)}),
      Members("more_members_than_rows", 17,
              {MemberScaleOf(false), DenseOf(2, tanh), MemberDenseOf(3, linear)}),
      Members("members_all", 3,
              {MemberScaleOf(false),
               DenseOf(4, tanh),
               {DropoutSpec{0.3}},
               LayerNormOf(),
               DenseOf(4, linear),
               BatchNormOf(),
               MemberDenseOf(3, Activation::kMish)},
              true),
      {"all",
       {{GaussianNoiseSpec{0.1}},
        Regularized(DenseOf(5, linear), 0.01, 0.02),
        BatchNormOf(),
        ActivationOf(Activation::kLeakyRelu),
        {DropoutSpec{0.2}},
        DenseOf(4, tanh),
        LayerNormOf(),
        last},
       true},
  };
}

constexpr std::size_t kRows = 13, kInputs = 5;

std::shared_ptr<Dataset> DataOf(const Case& a_case) {
  std::vector<Real> x = RandomNumbers(kRows * kInputs, 1);
  if (a_case.categories > 0) {
    Random random(3, RandomPurpose::kShuffle, 1);
    for (Real& number : x)
      number = static_cast<Real>(random.Below(static_cast<std::uint32_t>(a_case.categories)));
  }
  auto data = std::make_shared<Dataset>(ToVector(x), kInputs);
  data->SetValues(ToVector(RandomNumbers(kRows * 3, 2)), 3);
  if (a_case.weighted) {
    Vector weights = ToVector(RandomNumbers(kRows, 3));
    for (Real& weight : weights) weight = std::abs(weight);
    weights[4] = 0;
    data->SetWeights(weights);
  }
  return data;
}

NetworkSpec SpecFor(const Case& a_case) {
  NetworkSpec spec;
  spec.inputs = kInputs;
  spec.seed = 11;
  spec.layers = a_case.layers;
  spec.members = a_case.members;
  return spec;
}

CompileSpec CompileFor(const Case& a_case) {
  CompileSpec compile{{LossKind::kMeanSquaredError, false}, {}, {}, a_case.mean, a_case.loss_factor};
  return compile;
}

// Each row counts once for each member.
double RowsOf(const Case& a_case) { return static_cast<double>(kRows * a_case.members); }

// The loss of one step at rate 0, which does not change the weights. The noise is always the same.
double LossAt(const Case& a_case, const Vector& weights, const std::shared_ptr<Dataset>& data) {
  Model model(SpecFor(a_case));
  std::copy(weights.begin(), weights.end(), model.weights().Change().begin());
  model.Compile(CompileFor(a_case));
  model.trainer().Begin(data, {kRows, false, 2, 1});
  TrainSlice slice = SliceOf(1, 0);
  RunSlice(model, slice);
  return slice.sums.loss / RowsOf(a_case);
}

class LayerGradient : public testing::TestWithParam<std::tuple<Case, int, bool>> {};

TEST_P(LayerGradient, EqualsCentralDifferences) {
  const auto& [a_case, threads, whole] = GetParam();
  const auto data = DataOf(a_case);
  Model model(SpecFor(a_case));
  model.Compile(CompileFor(a_case));
  const Vector before = model.weights().AtRest();
  EpochOptions options{kRows, false, 2, threads};
  options.gradient_norms = whole;
  model.trainer().Begin(data, options);
  TrainSlice slice = SliceOf(1, 1.0);
  RunSlice(model, slice);
  const Vector after = model.weights().AtRest();
  EXPECT_NEAR(slice.sums.loss / RowsOf(a_case), LossAt(a_case, before, data), 1e-10);

  const Network& network = model.network();
  for (std::size_t l = 0; l < network.layers().size(); ++l) {
    const auto& tensors = network.layers()[l]->tensors();
    for (std::size_t t = 0; t < tensors.size(); ++t) {
      for (std::size_t i = tensors[t].offset; i < tensors[t].offset + tensors[t].size(); ++i) {
        if (!network.trains(l, t)) {
          if (!tensors[t].statistic || !network.spec_of(l).trainable) {
            EXPECT_EQ(before[i], after[i]);
          }
          continue;
        }
        const double step = 1e-5;
        Vector moved = before;
        moved[i] = static_cast<Real>(before[i] + step);
        const double up = LossAt(a_case, moved, data);
        moved[i] = static_cast<Real>(before[i] - step);
        const double down = LossAt(a_case, moved, data);
        const double numeric = (up - down) / (2 * step), analytic = static_cast<double>(before[i]) - after[i];
        const double scale = std::max({std::abs(numeric), std::abs(analytic), 1e-2});
        ASSERT_LT(std::abs(numeric - analytic) / scale, 1e-6)
            << tensors[t].name << " of layer " << l << ", " << i;
      }
    }
  }
}

// The factor doubles the rows' part of a loss, not the regularizers'.
TEST(LossFactor, DoesNotScalePenalties) {
  const auto sums = [](double factor) {
    const Case a_case{
        "", {Regularized(DenseOf(3, Activation::kTanh), 0.03, 0.02)}, true, Mean::kWeights, 0, factor};
    Model model(SpecFor(a_case));
    model.Compile(CompileFor(a_case));
    const auto data = DataOf(a_case);
    model.trainer().Begin(data, {kRows, false, 2, 1});
    TrainSlice slice = SliceOf(1, 0);
    RunSlice(model, slice);
    return slice.sums;
  };
  const Sums one = sums(1), two = sums(2);
  EXPECT_GT(one.penalty, 0);
  EXPECT_DOUBLE_EQ(two.penalty, one.penalty);
  EXPECT_NEAR(two.loss - two.penalty, 2 * (one.loss - one.penalty), 1e-5);
}

INSTANTIATE_TEST_SUITE_P(All, LayerGradient,
                         testing::Combine(testing::ValuesIn(Cases()), testing::Values(1, 3), testing::Bool()),
                         [](const auto& info) {
                           return std::get<0>(info.param).name + "_threads" +
                                  std::to_string(std::get<1>(info.param)) +
                                  (std::get<2>(info.param) ? "_whole" : "_panels");
                         });

}  // namespace
}  // namespace mlp
