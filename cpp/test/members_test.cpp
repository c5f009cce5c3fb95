// Networks of several members, against networks of one and against other ways to compute the same.
#include "nn/members.h"

#include <cmath>
#include <limits>
#include <set>
#include <vector>

#include "test/trainer_runs.h"
#include "train/inference.h"

namespace mlp {
namespace {

constexpr std::size_t kMembers = 5, kInputs = 6;

MemberDenseSpec HeadsOf(std::size_t units, Activation activation) {
  MemberDenseSpec heads;
  heads.units = units;
  heads.activation.kind = activation;
  return heads;
}

// A scale for each member, shared layers with noise, a batch ensemble and heads.
NetworkSpec Ensemble(Activation last = Activation::kSoftmax, std::size_t outputs = 4) {
  NetworkSpec spec = SpecOf({kInputs, 24, 16}, Activation::kGelu, Activation::kRelu);
  DenseBatchEnsembleSpec ensemble;
  ensemble.dense.units = 12;
  ensemble.dense.activation.kind = Activation::kTanh;
  ensemble.input_scale.scale_initializer.kind = InitializerKind::kRandomSigns;
  spec.layers.insert(spec.layers.begin(), LayerSpec{MemberScaleSpec{}});
  spec.layers.push_back({DropoutSpec{0.2}});
  spec.layers.push_back({ensemble});
  spec.layers.push_back({HeadsOf(outputs, last)});
  spec.members = kMembers;
  return spec;
}

constexpr LossKind kClasses = LossKind::kSparseCategoricalCrossentropy;

Vector TrainEpochs(const NetworkSpec& spec, int threads, std::size_t slice, bool share = false,
                   int team = 0) {
  Model model(spec);
  OptimizerSpec optimizer;
  optimizer.kind = OptimizerSpec::Kind::kAdamW;
  optimizer.rules.global_clip_norm = 1;
  model.Compile({{kClasses, false}, optimizer, {MetricKind::kSparseCategoricalAccuracy}});
  const auto data = DataFor(kClasses, 333, kInputs, 4);
  for (std::uint32_t epoch = 0; epoch < 2; ++epoch) {
    EpochOptions options{32, true, epoch, threads};
    options.share_batches = share;
    model.trainer().Begin(data, options);
    for (bool done = false; !done;) {
      TrainSlice part = SliceOf(slice, 0.01);
      RunSlice(model, part, team);
      EXPECT_TRUE(part.finite);
      if (part.epoch_done) {
        EXPECT_EQ(part.sums.rows, 333 * kMembers);
      }
      done = part.epoch_done || !part.finite;
    }
  }
  return model.weights().AtRest();
}

TEST(Members, SlicesAndTeamsGiveTheSameBits) {
  for (const int threads : {1, 3}) {
    const Vector whole = TrainEpochs(Ensemble(), threads, 1000);
    EXPECT_NE(whole, Model(Ensemble()).weights().AtRest());
    EXPECT_EQ(TrainEpochs(Ensemble(), threads, 1), whole);
    EXPECT_EQ(TrainEpochs(Ensemble(), threads, 4), whole);
    for (int team = 1; team <= threads; ++team)
      EXPECT_EQ(TrainEpochs(Ensemble(), threads, 7, false, team), whole);
    EXPECT_NE(TrainEpochs(Ensemble(), threads, 1000, true), whole);  // shared batches
  }
}

TEST(Members, MoreThreadsChangeOnlyRounding) {
  const Vector one = TrainEpochs(Ensemble(), 1, 1000);
  for (const int threads : {2, 3, 4}) ExpectNear(TrainEpochs(Ensemble(), threads, 1000), one, 300 * kClose);
}

// The networks of the members, which have all of their weights to themselves.
TEST(Members, OfOwnLayersTrainAsNetworksOfTheirOwn) {
  const std::size_t hidden = 7, outputs = 3, rows = 50;
  NetworkSpec spec;
  spec.inputs = kInputs;
  spec.seed = 3;
  spec.members = kMembers;
  spec.layers = {{HeadsOf(hidden, Activation::kTanh)}, {HeadsOf(outputs, Activation::kLinear)}};
  const auto data = DataFor(kSquared, rows, kInputs, outputs);
  const auto train = [&](Model& model, double rate) {
    model.Compile({{kSquared, false}, Sgd({}, 0.5), {}});
    for (std::uint32_t epoch = 0; epoch < 3; ++epoch) {
      EpochOptions options{8, true, epoch, 1};
      options.share_batches = true;
      model.trainer().Begin(data, options);
      TrainSlice slice = SliceOf(1000, rate);
      RunSlice(model, slice);
      ASSERT_TRUE(slice.epoch_done);
    }
  };
  Model all(spec);
  const Vector start = all.weights().AtRest();
  train(all, 0.05 * kMembers);  // the loss is the mean over members
  for (std::size_t member = 0; member < kMembers; ++member) {
    NetworkSpec own_spec = SpecOf({kInputs, hidden, outputs}, Activation::kTanh, Activation::kLinear);
    own_spec.seed = spec.seed;
    Model own(own_spec);
    const auto of_member = [&](const Vector& weights) {
      Vector part;
      EachTensor(all.network(), [&](std::size_t, std::size_t, const Tensor& tensor) {
        const std::size_t size = tensor.size() / kMembers;
        const auto first = weights.begin() + static_cast<std::ptrdiff_t>(tensor.offset + member * size);
        part.insert(part.end(), first, first + static_cast<std::ptrdiff_t>(size));
      });
      return part;
    };
    own.weights().Change() = of_member(start);
    train(own, 0.05);
    ExpectNear(of_member(all.weights().AtRest()), own.weights().AtRest(), 10 * kClose);
  }
}

struct Predictions {
  Vector average, each;
};

Predictions Predict(Model& model, const Dataset& data) {
  const std::size_t outputs = model.network().outputs(), members = model.network().members();
  Predictions predictions{Vector(data.rows() * outputs), Vector(data.rows() * members * outputs)};
  const std::atomic<bool> never{false};
  for (const auto kind : {MemberOutputs::kAverage, MemberOutputs::kEach}) {
    InferenceSlice slice(model.network(), data, 0, 1e9, never);
    Vector& out = kind == MemberOutputs::kEach ? predictions.each : predictions.average;
    ComputePool::ProcessWide().Run(2, [&](Team&) {
      slice.Predict(model.weights().AtRest(), out.data(), InferenceSlice::kAllLayers, kind);
    });
  }
  return predictions;
}

TEST(Members, PredictionsAreTheAverageOfMembersAndEvaluationsOfIt) {
  struct Case {
    LossKind loss;
    Activation last;
    std::size_t outputs;
    bool from_logits = false;
  };
  for (const auto& [kind, last, outputs, from_logits] :
       {Case{kClasses, Activation::kSoftmax, 4}, Case{LossKind::kBinaryCrossentropy, Activation::kSigmoid, 2},
        Case{LossKind::kPoisson, Activation::kExponential, 1}, Case{kSquared, Activation::kLinear, 3},
        Case{kClasses, Activation::kLinear, 4, true}}) {
    Model model(Ensemble(last, outputs));
    model.Compile({{kind, from_logits}, {}, {}});
    for (Real& weight : model.weights().Change()) weight *= Real(1.5);
    const auto data = DataFor(kind, 300, kInputs, outputs);
    const Predictions predictions = Predict(model, *data);
    for (std::size_t i = 0; i < predictions.average.size(); ++i) {
      double sum = 0;
      for (std::size_t m = 0; m < kMembers; ++m) {
        sum += predictions.each[(i / outputs * kMembers + m) * outputs + i % outputs];
      }
      EXPECT_NEAR(predictions.average[i], sum / kMembers, kClose);
    }
    EXPECT_GT(std::abs(predictions.each[0] - predictions.each[outputs]), 1e-3);  // members differ

    // The loss of the averages, which a network that passes them on computes.
    Vector one(300 * outputs), all(predictions.average);
    model.Predict(one.data(), data->ReadRows(0, 300, all), 300, model.weights().AtRest());
    ExpectNear(one, predictions.average, kClose);
    const std::atomic<bool> never{false};
    InferenceSlice slice(model.network(), *data, 0, 1e9, never);
    ComputePool::ProcessWide().Run(2, [&](Team&) {
      slice.Evaluate(model.weights().AtRest(), model.trainer().loss(), model.trainer().metrics());
    });
    Sums sums;
    slice.AddTo(sums);
    double expected = 0;
    for (std::size_t r = 0; r < 300; ++r) {
      const Real* const p = predictions.average.data() + r * outputs;
      for (std::size_t k = 0; k < outputs; ++k) {
        if (kind == kClasses) {
          if (static_cast<std::int32_t>(k) != data->classes(r)[0]) continue;
          double norm = 0;
          for (std::size_t c = 0; c < outputs; ++c) norm += std::exp(p[c] - p[k]);
          expected += from_logits ? std::log(norm) : -std::log(p[k]);
          continue;
        }
        const double t = data->values(r)[k], y = p[k], share = 1.0 / static_cast<double>(outputs);
        if (kind == kSquared) expected += share * (y - t) * (y - t);
        if (kind == LossKind::kBinaryCrossentropy) {
          expected -= share * (t * std::log(y) + (1 - t) * std::log(1 - y));
        }
        if (kind == LossKind::kPoisson) expected += share * (y - t * std::log(y));
      }
    }
    EXPECT_NEAR(sums.loss, expected, 300 * kClose);
  }
}

TEST(Members, LogitsOfAnAverageDoNotOverflow) {
  const std::vector<Real> far{-3e4, 3e4, 0, -3e4, 2e4, 3e4};
  std::vector<Real> y(3);
  AverageMembers(y.data(), far.data(), 1, 2, 3, true, Activation::kSoftmax);
  EXPECT_NEAR(y[1], 0, 1e-6);  // up to a constant: the sum of probabilities
  EXPECT_NEAR(y[2], 0, 1e-6);
  EXPECT_NEAR(y[0], -6e4, 1);
  AverageMembers(y.data(), far.data(), 1, 2, 3, true, Activation::kSigmoid);
  for (const Real z : y) EXPECT_TRUE(std::isfinite(z));
  EXPECT_NEAR(y[0], -3e4, 1);
  AverageMembers(y.data(), far.data(), 1, 2, 3, true, Activation::kExponential);
  EXPECT_NEAR(y[1], 3e4, 1);
}

TEST(Members, LbfgsLowersTheMeanLossOfAllMembers) {
  NetworkSpec spec = Ensemble();
  std::erase_if(spec.layers, [](const LayerSpec& l) { return std::holds_alternative<DropoutSpec>(l.kind); });
  Model model(spec);
  OptimizerSpec lbfgs;
  lbfgs.kind = OptimizerSpec::Kind::kLbfgs;
  model.Compile({{kClasses, false}, lbfgs, {}});
  const auto data = DataFor(kClasses, 120, kInputs, 4);
  model.trainer().BeginRun();
  double first = 0, last = 0;
  for (std::uint32_t epoch = 0; epoch < 12; ++epoch) {
    model.trainer().Begin(data, {40, false, epoch, 2});
    TrainSlice slice = SliceOf(100, 0);
    RunSlice(model, slice);
    ASSERT_TRUE(slice.epoch_done);
    last = slice.sums.loss / static_cast<double>(slice.sums.rows);
    if (epoch == 0) first = last;
  }
  EXPECT_LT(last, 0.9 * first);
}

TEST(Members, ScalesOfAChunkBeginWithOneValue) {
  NetworkSpec spec = Ensemble();
  auto& scale = std::get<MemberScaleSpec>(spec.layers[0].kind);
  scale.chunks = {1, 3, 2};
  for (const auto kind : {InitializerKind::kRandomSigns, InitializerKind::kRandomNormal}) {
    scale.scale_initializer.kind = kind;
    Model model(spec);
    const Vector w = model.weights().AtRest();
    std::set<Real> values;
    for (std::size_t m = 0; m < kMembers; ++m) {
      const Real* const row = w.data() + m * kInputs;
      EXPECT_EQ(row[1], row[2]);
      EXPECT_EQ(row[1], row[3]);
      EXPECT_EQ(row[4], row[5]);
      values.insert({row[0], row[1], row[4]});
    }
    EXPECT_EQ(values.size(), kind == InitializerKind::kRandomSigns ? 2u : 3 * kMembers);
  }
  for (const auto& wrong : {std::vector<std::size_t>{1, 3}, {7}, {6, 7, 0}, {8, 6}}) {
    scale.chunks = wrong;
    EXPECT_ANY_THROW(Model model(spec));
  }
}

}  // namespace
}  // namespace mlp
