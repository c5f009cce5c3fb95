#ifndef PERCEPTRA_TEST_TRAINER_GROUP_RUNS_H_
#define PERCEPTRA_TEST_TRAINER_GROUP_RUNS_H_

#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "test/group_meeting.h"
#include "test/trainer_cases.h"
#include "test/trainer_runs.h"

// Training of one network on ranks of a group, each on threads of its own, and on one rank that has all rows.
namespace mlp {

constexpr std::size_t kInputs = 6, kClasses = 4;

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

inline NetworkSpec Plain() {
  return SpecOf({kInputs, 16, 8, kClasses}, Activation::kTanh, Activation::kSoftmax);
}

inline NetworkSpec WithBatchNorm() {
  NetworkSpec spec = Plain();
  spec.layers.insert(spec.layers.begin() + 1, {BatchNormalizationSpec{}});
  return spec;
}

inline CompileSpec CompileOf(const Case& c) {
  CompileSpec spec{{kLoss, false}, c.optimizer, {}};
  spec.mean = c.mean;
  return spec;
}

// The rows of all data that stand at these places.
inline std::shared_ptr<Dataset> RowsOf(const Case& c, const std::vector<std::size_t>& places) {
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
inline std::vector<std::size_t> PlacesOf(const Case& c, std::size_t rank) {
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

inline Outcome RunOn(ComputePool& pool, const Case& c, const std::shared_ptr<Dataset>& data,
                     std::size_t batch, std::size_t steps, const std::shared_ptr<AllReduce>& group,
                     std::size_t slice_steps) {
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
inline ComputePool& PoolOf(std::size_t rank) {
  static std::vector<ComputePool*> pools;
  static std::mutex mutex;
  const std::lock_guard<std::mutex> lock(mutex);
  while (pools.size() <= rank) pools.push_back(new ComputePool);
  return *pools[rank];
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

inline TrainSlice RunOnce(ComputePool& pool, Model& model, TrainSlice slice) {
  static const std::atomic<bool> never{false};
  slice.stop = &never;
  slice.data = model.trainer().data();
  pool.Run(model.trainer().threads(), [&](Team& team) { model.trainer().Run(team, model.weights(), slice); });
  return slice;
}

}  // namespace mlp

#endif  // PERCEPTRA_TEST_TRAINER_GROUP_RUNS_H_
