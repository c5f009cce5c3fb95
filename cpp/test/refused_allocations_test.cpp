// Refuses each allocation in turn. The work must end with std::bad_alloc or succeed, never hang, and leave a
// model that can be trained again.
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "linear/run.h"
#include "test/allocations.h"
#include "test/trainer_cases.h"
#include "test/watchdog.h"
#include "train/inference.h"

namespace mlp {
namespace {

const std::atomic<bool> kNever{false};

// Calls `work` with its n-th allocation refused for n = 1, 2, ... as long as it has so many, and `check`
// after each. Returns the number of refusals that `work` reported by an exception.
int RefuseEach(const std::string& name, const std::function<void()>& setup, const std::function<void()>& work,
               const std::function<void(bool)>& check) {
  int thrown = 0;
  bool refused = true;
  for (long n = 1; refused; ++n) {
    const Watchdog watchdog(name + " with refused allocation " + std::to_string(n));
    setup();
    bool failed = false;
    {
      const RefuseAllocation refusal(n);
      try {
        work();
      } catch (const std::bad_alloc&) {
        failed = true;
      }
      refused = refusal.happened();
    }
    EXPECT_TRUE(refused || !failed);
    thrown += failed ? 1 : 0;
    check(failed);
  }
  return thrown;
}

struct Case {
  std::string name;
  OptimizerSpec optimizer;
  bool gradient_norms = false;
};

std::vector<Case> Cases() {
  std::vector<Case> cases(3);
  cases[0].name = "average of the weights";
  cases[0].optimizer.kind = OptimizerSpec::Kind::kAdam;
  cases[0].optimizer.rules.ema = 0.9;
  cases[1].name = "gradient norms";
  cases[1].gradient_norms = true;
  cases[2].name = "L-BFGS";
  cases[2].optimizer.kind = OptimizerSpec::Kind::kLbfgs;
  return cases;
}

// Few rows and steps: on a busy machine each meeting takes milliseconds.
constexpr std::size_t kRows = 260;

// Bytes, which are widened into a buffer of each thread.
std::shared_ptr<Dataset> Bytes() {
  AlignedVector<std::uint8_t> x(kRows * 20);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<std::uint8_t>(i * 7 % 5);
  auto data = std::make_shared<Dataset>(std::move(x), 20);
  SetTargets(*data, kLoss, 4);
  return data;
}

class Training {
 public:
  Training(const Case& test_case, int threads) : case_(test_case), threads_(threads) {}

  Model& model() { return *model_; }

  void Make() {
    model_ = std::make_unique<Model>(SpecOf({20, 24, 4}, Activation::kTanh, Activation::kSoftmax));
    reader_ = model_->weights().Read();  // the first slice has to copy the weights
    trained_ = false;
  }

  // A run of one epoch, in slices of one step, and an evaluation.
  void Run() {
    model_->Compile({{kLoss, false}, case_.optimizer, {MetricKind::kSparseCategoricalAccuracy}});
    model_->trainer().BeginRun();
    model_->trainer().Begin(data_, {130, true, 0, threads_, case_.gradient_norms});
    for (bool done = false; !done;) {
      TrainSlice slice = SliceOf(1, 0.01);
      RunSlice(*model_, slice, threads_);
      trained_ = true;
      ASSERT_TRUE(slice.finite);
      ASSERT_EQ(slice.sums.gradient_norms.size(), case_.gradient_norms ? 4u : 0u);
      done = slice.epoch_done;
    }
    Evaluate();
    model_->trainer().EndRun(model_->weights());
  }

  void Evaluate() {
    InferenceSlice slice(model_->network(), *data_, 0, 1e9, kNever);
    std::shared_ptr<const Vector> weights;
    ComputePool::ProcessWide().Run(threads_, [&](Team& team) {
      team.Prepare([&] {
        weights = model_->weights().Read();
        if (auto averaged = model_->trainer().Averaged(*weights)) weights = std::move(averaged);
      });
      slice.Evaluate(*weights, model_->trainer().loss(), model_->trainer().metrics());
    });
    Sums sums;
    slice.AddTo(sums);
    if (sums.rows != data_->rows()) throw std::logic_error("rows were left out");
  }

  void Predict(Vector& out) {
    InferenceSlice slice(model_->network(), *data_, 0, 1e9, kNever);
    std::shared_ptr<const Vector> weights;
    ComputePool::ProcessWide().Run(threads_, [&](Team& team) {
      team.Prepare([&] { weights = model_->weights().Read(); });
      slice.Predict(*weights, out.data());
    });
  }

  // No step was taken: the whole run can be repeated.
  bool untouched() const { return !trained_; }

 private:
  const Case& case_;
  const int threads_;
  const std::shared_ptr<Dataset> data_ = Bytes();
  std::unique_ptr<Model> model_;
  std::shared_ptr<const Vector> reader_;
  bool trained_ = false;
};

TEST(RefusedAllocation, EndsTrainingAndLeavesAModelThatTrains) {
  for (const Case& test_case : Cases()) {
    for (const int threads : {1, 2}) {
      Training training(test_case, threads);
      training.Make();
      training.Run();
      const Vector expected = training.model().weights().AtRest();
      const int thrown = RefuseEach(
          test_case.name, [&] { training.Make(); }, [&] { training.Run(); },
          [&](bool failed) {
            const bool repeats = training.untouched();
            if (failed) training.Run();
            if (!failed || repeats) {
              EXPECT_EQ(training.model().weights().AtRest(), expected) << test_case.name;
            }
          });
      EXPECT_GT(thrown, 40) << test_case.name << ", " << threads;
    }
  }
}

TEST(RefusedAllocation, EndsPrediction) {
  const Case plain;
  for (const int threads : {1, 2, 3}) {
    Training training(plain, threads);
    training.Make();
    Vector expected(kRows * 4), out(kRows * 4);
    training.Predict(expected);
    const int thrown = RefuseEach(
        "prediction", [] {}, [&] { training.Predict(out); },
        [&](bool failed) {
          if (failed) training.Predict(out);
          EXPECT_EQ(out, expected);
        });
    EXPECT_GT(thrown, 5);
  }
}

TEST(RefusedAllocation, EndsALinearRun) {
  LinearSpec spec;
  spec.units = 3;
  spec.alpha = 1e-3;
  LinearState start{DoubleVector(spec.units * 20), DoubleVector(spec.units), {}, DoubleVector(spec.units)};
  std::fill(start.weights.begin(), start.weights.end(), 0.0);
  std::fill(start.intercepts.begin(), start.intercepts.end(), 0.0);
  std::fill(start.average_intercepts.begin(), start.average_intercepts.end(), 0.0);
  LinearData data{Bytes(), DoubleVector(kRows), {}, std::vector<double>(3, 1), std::vector<double>(3, 1)};
  for (std::size_t row = 0; row < data.targets.size(); ++row)
    data.targets[row] = static_cast<double>(row % 3);
  for (const int threads : {1, 2, 3}) {
    spec.threads = threads;
    LinearState learned;
    const auto learn = [&] {
      LinearRun run(spec, data, start, 1);
      run.BeginEpoch(0, true, std::vector<double>(3, 0.01), std::vector<std::uint8_t>(3, 1));
      while (!run.EpochDone()) {
        ComputePool::ProcessWide().Run(run.threads(), [&](Team& team) { run.Train(team, 1e9, kNever); });
      }
      learned = run.Read();
    };
    learn();
    const DoubleVector expected = learned.weights;
    const int thrown = RefuseEach(
        "a linear run", [] {}, learn,
        [&](bool failed) {
          if (failed) learn();
          EXPECT_EQ(learned.weights, expected);
        });
    EXPECT_GT(thrown, 10);
  }
}

// A reader must not wait for the end of a slice that failed.
TEST(RefusedAllocation, FailedSliceLetsReadersGoOn) {
  const Watchdog watchdog("FailedSliceLetsReadersGoOn");
  Case plain;
  Training training(plain, 2);
  training.Make();
  training.Run();
  Model& model = training.model();
  const auto data = DataFor(kLoss, 100, 20, 4);
  for (int thrower = 0; thrower < 2; ++thrower) {
    model.trainer().Begin(data, {10, true, 5, 2});
    TrainSlice slice = SliceOf(10, 0.01);
    slice.data = data;
    slice.stop = &kNever;
    EXPECT_THROW(ComputePool::ProcessWide().Run(2,
                                                [&](Team& team) {
                                                  if (team.rank() == thrower) throw std::bad_alloc();
                                                  model.trainer().Run(team, model.weights(), slice);
                                                }),
                 std::bad_alloc);
    EXPECT_EQ(*model.weights().Read(), model.weights().AtRest());
    TrainSlice next = SliceOf(10, 0.01);
    RunSlice(model, next, 2);
    EXPECT_EQ(next.steps_taken, 10u);
  }
}

}  // namespace
}  // namespace mlp
