// Ranks of a group against one rank that has all rows.
#include <gtest/gtest.h>

#include <limits>
#include <thread>

#include "test/trainer_group_runs.h"

namespace mlp {
namespace {

void ExpectRanksEqualOne(const Case& c, double tolerance = 1e-5) {
  std::size_t batch = 0;
  for (const std::size_t part : c.parts) batch += part;
  const std::size_t steps = (c.rows + batch - 1) / batch;
  std::vector<std::size_t> all(c.rows);
  for (std::size_t i = 0; i < c.rows; ++i) all[i] = i;
  const Outcome one = RunOn(PoolOf(0), c, RowsOf(c, all), batch, steps, nullptr, 1000);

  const std::size_t size = c.parts.size();
  Meeting meeting(static_cast<int>(size));
  std::vector<Outcome> outcomes(size);
  std::vector<std::thread> threads;
  for (std::size_t r = 0; r < size; ++r) {
    ComputePool& pool = PoolOf(r);
    threads.emplace_back([&, r] {
      auto group = std::make_shared<Meeting::Rank>(meeting, static_cast<int>(r));
      // Slices end at other steps on each rank.
      outcomes[r] = RunOn(pool, c, RowsOf(c, PlacesOf(c, r)), c.parts[r], steps, group, 3 + r);
    });
  }
  for (std::thread& thread : threads) thread.join();
  double loss = 0, rows = 0;
  for (const Outcome& outcome : outcomes) {
    EXPECT_EQ(outcome.weights, outcomes[0].weights);
    EXPECT_EQ(outcome.gradient_norms, outcomes[0].gradient_norms);
    loss += outcome.loss;
    rows += outcome.rows;
  }
  ExpectNear(outcomes[0].weights, one.weights, tolerance);
  ASSERT_EQ(outcomes[0].gradient_norms.size(), one.gradient_norms.size());
  for (std::size_t t = 0; t < one.gradient_norms.size(); ++t) {
    EXPECT_NEAR(outcomes[0].gradient_norms[t], one.gradient_norms[t], 1e-4 * one.gradient_norms[t]) << t;
  }
  EXPECT_EQ(rows, one.rows);
  EXPECT_NEAR(loss, one.loss, 1e-4 * one.loss);
}

TEST(TrainerGroup, FourRanksEqualOneForEveryOptimizer) {
  for (const OptimizerSpec& optimizer : EveryOptimizer()) {
    SCOPED_TRACE(static_cast<int>(optimizer.kind));
    // The usual rates: at larger ones rules that divide by moments make roundings grow.
    const double rate = optimizer.kind == OptimizerSpec::Kind::kSgd ? 0.01 : 0.001;
    ExpectRanksEqualOne({.network = Plain(), .optimizer = optimizer, .rate = rate});
    ExpectRanksEqualOne({.network = WithBatchNorm(), .optimizer = optimizer, .rate = rate});
  }
}

TEST(TrainerGroup, FourRanksEqualOneWithEveryRule) {
  Case c{.network = WithBatchNorm(), .optimizer = Sgd({}, 0.9)};
  DenseAt(c.network, 0).kernel_rules.regularizer = {0.001, 0.01};
  DenseAt(c.network, 2).kernel_rules.constraint = {ConstraintKind::kMaxNorm, 1};
  c.optimizer.rules = {
      .weight_decay = 0.01, .clip_value = 0.5, .global_clip_norm = 0.3, .ema = 0.9, .accumulation_steps = 2};
  ExpectRanksEqualOne(c);
  c.optimizer.rules = {.clip_norm = 0.1};
  c.threads = 2;
  ExpectRanksEqualOne(c);
}

// Two buckets: the sum of the first starts before the gradient of the second is complete.
NetworkSpec OfTwoBuckets() {
  return SpecOf({kInputs, 300, 300, 256, kClasses}, Activation::kTanh, Activation::kSoftmax);
}

TEST(TrainerGroup, FourRanksEqualOneInBuckets) {
  Case c{.network = OfTwoBuckets(), .optimizer = Sgd({}, 0.9), .rows = 32 * 4, .epochs = 1};
  for (const int threads : {1, 3}) {
    c.threads = threads;
    c.optimizer.rules = {};
    ExpectRanksEqualOne(c);
    c.optimizer.rules = {.global_clip_norm = 0.3, .accumulation_steps = 2};
    ExpectRanksEqualOne(c);
  }
}

TEST(TrainerGroup, GradientNormsAreThoseOfOneRank) {
  for (const int threads : {1, 3}) {
    ExpectRanksEqualOne({.network = OfTwoBuckets(),
                         .optimizer = Sgd(),
                         .rows = 32 * 6,
                         .epochs = 1,
                         .threads = threads,
                         .gradient_norms = true});
  }
}

TEST(TrainerGroup, FourRanksEqualOneWithNoise) {
  Case c{.network = Plain(), .optimizer = Sgd()};
  c.network.layers.insert(c.network.layers.begin() + 1, {DropoutSpec{}});
  std::get<DropoutSpec>(c.network.layers[1].kind).rate = 0.3;
  ExpectRanksEqualOne(c);
}

TEST(TrainerGroup, MeansCountTheWeightsOfAllRanks) {
  for (const Mean mean : {Mean::kRows, Mean::kWeights}) {
    ExpectRanksEqualOne({.network = WithBatchNorm(), .optimizer = Sgd(), .weights = true, .mean = mean});
  }
}

TEST(TrainerGroup, RanksWithoutRowsTakePart) {
  // The last batch has 3 rows, all of the first rank.
  ExpectRanksEqualOne({.network = WithBatchNorm(), .optimizer = Sgd(), .rows = 32 * 3 + 3});
  ExpectRanksEqualOne({.network = Plain(), .optimizer = Sgd(), .rows = 32 * 3 + 3});
  // One rank has no rows at all.
  ExpectRanksEqualOne({.network = Plain(), .optimizer = Sgd(), .parts = {9, 8, 7, 0}, .rows = 24 * 5 + 1});
}

TEST(TrainerGroup, LbfgsSumsLossesAndGradients) {
  Case c{.network = Plain(), .optimizer = {}, .epochs = 10};
  c.optimizer.kind = OptimizerSpec::Kind::kLbfgs;
  DenseAt(c.network, 0).kernel_rules.regularizer = {0, 0.01};
  ExpectRanksEqualOne(c, sizeof(Real) == 4 ? 1e-3 : 1e-8);
  // Ranks that add up penalties in another order.
  c.more_threads_on_odd_ranks = true;
  DenseAt(c.network, 0).units = 100;
  ExpectRanksEqualOne(c, sizeof(Real) == 4 ? 1e-2 : 1e-8);
}

TEST(TrainerGroup, AnUpdateStartsTheSumOfEachBucketButTheLast) {
  Case c{.network = OfTwoBuckets(), .optimizer = Sgd({.accumulation_steps = 2}), .parts = {16, 16}};
  c.rows = 32 * 8;
  OnTwoRanks(c, [&](int r, Model& model, Meeting::Rank& group, ComputePool& pool) {
    EpochOptions options{16, false, 0, 2};
    options.steps = 8;
    const auto data = RowsOf(c, PlacesOf(c, static_cast<std::size_t>(r)));
    model.trainer().Begin(data, options);
    EXPECT_EQ(RunOnce(pool, model, SliceOf(8, 0.1)).steps_taken, 8u);
    EXPECT_EQ(group.started_count(), 4);
  });
}

TEST(TrainerGroup, AllRanksStopAfterTheSameStepWhenOneWantsTo) {
  const Case c{.network = Plain(), .optimizer = Sgd(), .parts = {16, 16}};
  Vector weights[2];
  OnTwoRanks(c, [&](int r, Model& model, Meeting::Rank&, ComputePool& pool) {
    const auto data = RowsOf(c, PlacesOf(c, static_cast<std::size_t>(r)));
    EpochOptions options{16, false, 0, 1};
    options.steps = model.trainer().Begin(data, options);
    model.trainer().Begin(data, options);
    TrainSlice all = SliceOf(r == 0 ? 1000 : 4, 0.1);
    if (r == 1) {
      EXPECT_EQ(RunOnce(pool, model, all).steps_taken, 4u);
      all.wants_stop = true;
    }
    const TrainSlice slice = RunOnce(pool, model, all);
    EXPECT_TRUE(slice.stopped);
    EXPECT_EQ(slice.steps_taken, r == 0 ? 5u : 1u);
    weights[r] = model.weights().AtRest();
  });
  EXPECT_EQ(weights[0], weights[1]);
}

TEST(TrainerGroup, ALossThatIsNotFiniteOnOneRankStopsAllBeforeTheStep) {
  const Case c{.network = WithBatchNorm(), .optimizer = Sgd(), .parts = {16, 16}};
  Vector weights[2];
  OnTwoRanks(c, [&](int r, Model& model, Meeting::Rank&, ComputePool& pool) {
    const auto data = RowsOf(c, PlacesOf(c, static_cast<std::size_t>(r)));
    Vector row_weights(data->rows(), 1);
    if (r == 1) row_weights[40] = std::numeric_limits<Real>::infinity();  // in the third step
    data->SetWeights(std::move(row_weights));
    EpochOptions options{16, false, 0, 1};
    options.steps = (data->rows() + 15) / 16;
    model.trainer().Begin(data, options);
    const TrainSlice slice = RunOnce(pool, model, SliceOf(1000, 0.1));
    EXPECT_FALSE(slice.finite);
    EXPECT_EQ(slice.steps_taken, 2u);
    weights[r] = model.weights().AtRest();
  });
  EXPECT_EQ(weights[0], weights[1]);
}

TEST(TrainerGroup, RanksGoBackToTheSameWeightsWhateverTheyTrainedBefore) {
  // The decay makes weights infinite at the largest rate.
  const Case c{
      .network = Plain(), .optimizer = Sgd({.weight_decay = 100}), .parts = {16, 16}, .rows = 32 * 300};
  Vector weights[2];
  std::size_t steps_back[2] = {};
  OnTwoRanks(c, [&](int r, Model& model, Meeting::Rank& group, ComputePool& pool) {
    const auto data = RowsOf(c, PlacesOf(c, static_cast<std::size_t>(r)));
    EpochOptions options{16, false, 0, 1};
    options.steps = (data->rows() + 15) / 16;
    if (r == 0) {
      // Alone, with a rate of 0: its weights are still those of the other rank.
      model.trainer().BeginRun();
      model.trainer().Begin(data, options);
      RunOnce(pool, model, SliceOf(100, 0));
      model.trainer().BeginRun({std::shared_ptr<void>(), &group});
    }
    model.trainer().Begin(data, options);
    RunOnce(pool, model, SliceOf(200, 0.001));
    const TrainSlice slice = RunOnce(pool, model, SliceOf(10, std::numeric_limits<Real>::max()));
    EXPECT_FALSE(slice.finite);
    steps_back[r] = slice.steps_back;
    weights[r] = model.weights().AtRest();
  });
  EXPECT_GE(steps_back[0], 200u);
  EXPECT_EQ(steps_back[0], steps_back[1]);
  EXPECT_EQ(weights[0], weights[1]);
}

TEST(TrainerGroup, ARankThatIsLostLeavesTheWeightsOfTheLastWholeStep) {
  const Case c{.network = WithBatchNorm(), .optimizer = Sgd(), .parts = {16, 16}};
  OnTwoRanks(c, [&](int r, Model& model, Meeting::Rank& group, ComputePool& pool) {
    if (r == 1) group.FailAt(4);
    const auto data = RowsOf(c, PlacesOf(c, static_cast<std::size_t>(r)));
    EpochOptions options{16, false, 0, 1};
    options.steps = (data->rows() + 15) / 16;
    model.trainer().Begin(data, options);
    RunOnce(pool, model, SliceOf(3, 0.1));
    const Vector before = model.weights().AtRest();
    EXPECT_THROW(RunOnce(pool, model, SliceOf(1000, 0.1)), Error);
    EXPECT_EQ(model.weights().AtRest(), before);
  });
}

TEST(TrainerGroup, RanksWithDifferentStepsGetTheSameError) {
  const Case c{.network = Plain(), .optimizer = Sgd(), .parts = {16, 16}};
  OnTwoRanks(c, [&](int r, Model& model, Meeting::Rank&, ComputePool& pool) {
    const auto data = RowsOf(c, PlacesOf(c, static_cast<std::size_t>(r)));
    EpochOptions options{16, false, 0, 1};
    options.steps = 30 + static_cast<std::size_t>(r);
    model.trainer().Begin(data, options);
    EXPECT_THROW(RunOnce(pool, model, SliceOf(1, 0.1)), Error);
  });
}

}  // namespace
}  // namespace mlp
