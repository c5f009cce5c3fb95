// Ranks of a group, each on threads of its own, against one rank that has all rows.
#include <gtest/gtest.h>

#include <barrier>
#include <future>
#include <mutex>
#include <string>
#include <thread>

#include "math/error.h"
#include "test/trainer_cases.h"
#include "test/trainer_runs.h"

namespace mlp {
namespace {

constexpr std::size_t kInputs = 6, kClasses = 4;

// Sums between threads of this process.
class Meeting {
 public:
  explicit Meeting(int size) : size_(size), gradients_(size), numbers_(size) {}

  class Rank final : public AllReduce {
   public:
    Rank(Meeting& meeting, int rank) : meeting_(meeting), rank_(rank) {}
    int rank() const override { return rank_; }
    int size() const override { return meeting_.size_; }
    void SumGradient(Real* numbers, std::size_t count) override {
      EXPECT_FALSE(started_.valid());
      SumNow(numbers, count);
    }
    void SumNumbers(double* numbers, std::size_t count) override {
      meeting_.Sum(meeting_.numbers_, rank_, numbers, count);
    }
    void StartSum(Real* numbers, std::size_t count) override {
      ++started_count_;
      auto before = std::make_shared<std::future<void>>(std::move(started_));
      started_ = std::async(std::launch::async, [this, before, numbers, count] {
        if (before->valid()) before->get();
        SumNow(numbers, count);
      });
    }
    void FinishSums() override {
      if (started_.valid()) started_.get();
    }
    void FailAt(int sum) { fails_at_ = sum; }
    int started_count() const { return started_count_; }

   private:
    void SumNow(Real* numbers, std::size_t count) {
      if (++sums_ == fails_at_) meeting_.lost_ = true;
      meeting_.Sum(meeting_.gradients_, rank_, numbers, count);
    }

    Meeting& meeting_;
    int rank_, sums_ = 0, fails_at_ = 0, started_count_ = 0;
    std::future<void> started_;
  };

 private:
  // What the ranks bring to one sum.
  template <typename T>
  struct Table {
    explicit Table(int size) : of_ranks(static_cast<std::size_t>(size)), barrier(size) {}
    std::vector<std::vector<T>> of_ranks;
    std::barrier<> barrier;
  };

  template <typename T>
  void Sum(Table<T>& table, int rank, T* numbers, std::size_t count) {
    auto& all = table.of_ranks;
    all[rank].assign(numbers, numbers + count);
    table.barrier.arrive_and_wait();
    const bool lost = lost_;
    for (const auto& its : all) EXPECT_EQ(its.size(), count);
    for (std::size_t i = 0; i < count; ++i) {
      T sum = all[0][i];
      for (int r = 1; r < size_; ++r) sum += all[r][i];
      numbers[i] = sum;
    }
    table.barrier.arrive_and_wait();
    if (lost) throw Error("ERR_GROUP_LOST", "A rank is lost.");
  }

  int size_;
  std::atomic<bool> lost_{false};
  Table<Real> gradients_;
  Table<double> numbers_;
};

struct Case {
  NetworkSpec network;
  OptimizerSpec optimizer;
  std::vector<std::size_t> parts = {9, 8, 8, 7};  // of a batch, by rank
  std::size_t rows = 32 * 10 + 20;
  std::uint32_t epochs = 5;
  bool weights = false;
  Mean mean = Mean::kRows;
  int threads = 1;
  double rate = 0.01;
  bool more_threads_on_odd_ranks = false;
  bool gradient_norms = false;
};

NetworkSpec Plain() { return SpecOf({kInputs, 16, 8, kClasses}, Activation::kTanh, Activation::kSoftmax); }

NetworkSpec WithBatchNorm() {
  NetworkSpec spec = Plain();
  spec.layers.insert(spec.layers.begin() + 1, {BatchNormalizationSpec{}});
  return spec;
}

CompileSpec CompileOf(const Case& c) {
  CompileSpec spec{{kLoss, false}, c.optimizer, {}};
  spec.mean = c.mean;
  return spec;
}

// The rows of all data that stand at these places.
std::shared_ptr<Dataset> RowsOf(const Case& c, const std::vector<std::size_t>& places) {
  const std::vector<Real> x = RandomNumbers(c.rows * kInputs, 1);
  Vector own;
  AlignedVector<std::int32_t> classes;
  Vector weights;
  for (const std::size_t place : places) {
    own.insert(own.end(), x.begin() + place * kInputs, x.begin() + (place + 1) * kInputs);
    classes.push_back(
        x[place * kInputs] + x[place * kInputs + 1] * x[place * kInputs + 2] > 0 ? place % 2 : 2 + place % 2);
    weights.push_back(Real(0.5) + static_cast<Real>(place % 5));
  }
  auto data = std::make_shared<Dataset>(std::move(own), kInputs);
  data->SetClasses(std::move(classes));
  if (c.weights) data->SetWeights(std::move(weights));
  return data;
}

// A batch of the group is the parts of the ranks, one after the other.
std::vector<std::size_t> PlacesOf(const Case& c, std::size_t rank) {
  std::size_t batch = 0, before = 0;
  for (std::size_t r = 0; r < c.parts.size(); ++r) {
    if (r < rank) before += c.parts[r];
    batch += c.parts[r];
  }
  std::vector<std::size_t> places;
  for (std::size_t first = 0; first < c.rows; first += batch) {
    for (std::size_t i = 0; i < c.parts[rank]; ++i) {
      if (first + before + i < c.rows) places.push_back(first + before + i);
    }
  }
  return places;
}

struct Outcome {
  Vector weights, slot;
  double loss = 0, rows = 0;
  std::vector<double> gradient_norms;  // of the last epoch
};

Outcome RunOn(ComputePool& pool, const Case& c, const std::shared_ptr<Dataset>& data, std::size_t batch,
              std::size_t steps, const std::shared_ptr<AllReduce>& group, std::size_t slice_steps) {
  static const std::atomic<bool> never{false};
  Model model(c.network);
  model.Compile(CompileOf(c));
  Trainer& trainer = model.trainer();
  trainer.BeginRun(group);
  Outcome outcome;
  for (std::uint32_t epoch = 0; epoch < c.epochs; ++epoch) {
    const bool has_more = c.more_threads_on_odd_ranks && group != nullptr && group->rank() % 2 == 1;
    EpochOptions options{batch, false, epoch, has_more ? 3 : c.threads};
    options.steps = steps;
    options.gradient_norms = c.gradient_norms;
    EXPECT_EQ(trainer.Begin(data, options), steps);
    for (bool done = false; !done;) {
      TrainSlice slice = SliceOf(slice_steps, c.rate);
      slice.stop = &never;
      slice.data = data;
      pool.Run(trainer.threads(), [&](Team& team) { trainer.Run(team, model.weights(), slice); });
      EXPECT_TRUE(slice.finite);
      done = slice.epoch_done || !slice.finite;
      outcome.loss = slice.sums.loss;
      outcome.rows = static_cast<double>(slice.sums.rows);
      outcome.gradient_norms = slice.sums.gradient_norms;
    }
  }
  trainer.EndRun(model.weights());
  outcome.weights = model.weights().AtRest();
  return outcome;
}

// A pool for each rank: they wait for each other. Never destroyed, as the pool of the process.
ComputePool& PoolOf(std::size_t rank) {
  static std::vector<ComputePool*> pools;
  static std::mutex mutex;
  const std::lock_guard<std::mutex> lock(mutex);
  while (pools.size() <= rank) pools.push_back(new ComputePool);
  return *pools[rank];
}

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

// Runs two ranks; `each(rank, model, group, pool)`.
template <typename F>
void OnTwoRanks(const Case& c, F each) {
  Meeting meeting(2);
  std::vector<std::thread> threads;
  for (int r = 0; r < 2; ++r) {
    ComputePool& pool = PoolOf(static_cast<std::size_t>(r));
    threads.emplace_back([&, r] {
      Model model(c.network);
      model.Compile(CompileOf(c));
      auto group = std::make_shared<Meeting::Rank>(meeting, r);
      model.trainer().BeginRun(group);
      each(r, model, *group, pool);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TrainSlice RunOnce(ComputePool& pool, Model& model, TrainSlice slice) {
  static const std::atomic<bool> never{false};
  slice.stop = &never;
  slice.data = model.trainer().data();
  pool.Run(model.trainer().threads(), [&](Team& team) { model.trainer().Run(team, model.weights(), slice); });
  return slice;
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
