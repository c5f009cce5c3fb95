#include "train/trainer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <new>
#include <thread>

#include "math/error.h"
#include "test/support.h"

namespace {
std::atomic<long> allocations{0};
}

// Counts every allocation of the test program.
void* operator new(std::size_t size) {
  ++allocations;
  if (void* p = std::malloc(size)) return p;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  ++allocations;
  const auto line = static_cast<std::size_t>(alignment);
  if (void* p = std::aligned_alloc(line, (size + line - 1) / line * line)) return p;
  throw std::bad_alloc();
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }

namespace mlp {
namespace {

constexpr LossKind kLoss = LossKind::kSparseCategoricalCrossentropy;

std::vector<OptimizerSpec> Optimizers() {
  return {{},
          {OptimizerSpec::Kind::kSgd, 0.9, false},
          {OptimizerSpec::Kind::kSgd, 0.9, true},
          {OptimizerSpec::Kind::kAdam}};
}

// Optimizers() and one with as many slots as there are.
std::vector<OptimizerSpec> WithMostSlots() {
  std::vector<OptimizerSpec> optimizers = Optimizers();
  optimizers.push_back({OptimizerSpec::Kind::kRmsprop, 0.9, false, true});
  optimizers.push_back({OptimizerSpec::Kind::kAdam, 0, false, false, true});
  return optimizers;
}

// Trains two shuffled epochs in slices of at most `steps` steps.
Vector Train(const OptimizerSpec& optimizer, std::size_t steps, int threads) {
  Model model(SpecOf({40, 64, 32, 10}, Activation::kRelu, Activation::kSoftmax));
  model.Compile({{kLoss, false}, optimizer, {}});
  const auto data = DataFor(kLoss, 333, 40, 10);
  for (std::uint32_t epoch = 0; epoch < 2; ++epoch) {
    std::size_t left = model.trainer().Begin(data, {32, true, epoch, threads});
    while (left > 0) {
      TrainSlice slice = SliceOf(steps, 0.05);
      RunSlice(model, slice);
      EXPECT_TRUE(slice.finite);
      left -= slice.steps_taken;
    }
  }
  return model.weights().AtRest();
}

TEST(Trainer, SameSeedGivesTheSameBitsHoweverItIsSliced) {
  for (const OptimizerSpec& optimizer : WithMostSlots()) {
    for (const int threads : {1, 2, 3}) {
      const Vector whole = Train(optimizer, 1000, threads);
      EXPECT_EQ(whole, Train(optimizer, 1000, threads));
      EXPECT_EQ(whole, Train(optimizer, 1, threads));
      EXPECT_EQ(whole, Train(optimizer, 3, threads));
    }
  }
}

// In one slice several epochs are the same, each with its loss, penalty and metrics.
TEST(Trainer, EpochsInOneSliceAreEpochs) {
  constexpr std::size_t kEpochs = 4, kRows = 100;
  const auto data = DataFor(kLoss, kRows, 6, 3);
  for (const double penalty : {0.0, 0.02}) {
    for (const int threads : {1, 3}) {
      const auto make = [&](Model& model) {
        model.Compile(
            {{kLoss, false}, {OptimizerSpec::Kind::kAdam}, {MetricKind::kSparseCategoricalAccuracy}});
      };
      NetworkSpec spec = SpecOf({6, 9, 3}, Activation::kRelu, Activation::kSoftmax);
      DenseAt(spec, 0).kernel_rules.regularizer = {penalty, penalty};
      Model apart(spec), together(spec);
      make(apart);
      make(together);
      std::vector<double> sums;
      for (std::uint32_t epoch = 0; epoch < kEpochs; ++epoch) {
        apart.trainer().Begin(data, {32, true, epoch, threads});
        TrainSlice slice = SliceOf(1000, 0.01);
        RunSlice(apart, slice);
        EXPECT_TRUE(slice.finished.empty());
        sums.insert(sums.end(), {slice.sums.loss, slice.sums.penalty, slice.sums.metrics[0]});
      }
      EXPECT_EQ(sums[1] > 0, penalty > 0);
      const std::size_t steps = together.trainer().Begin(data, {32, true, 0, threads});
      TrainSlice all = SliceOf(kEpochs * steps, 0.01);
      all.epochs = kEpochs;
      RunSlice(together, all);
      EXPECT_TRUE(all.epoch_done);
      EXPECT_EQ(all.steps_taken, kEpochs * steps);
      std::vector<double> told = all.finished;
      told.insert(told.end(), {all.sums.loss, all.sums.penalty, all.sums.metrics[0]});
      EXPECT_EQ(told, sums);
      EXPECT_EQ(together.weights().AtRest(), apart.weights().AtRest());
    }
  }
}

TEST(Trainer, NumberOfThreadsChangesNoMoreThanRounding) {
  for (const OptimizerSpec& optimizer : Optimizers()) {
    const Vector one = Train(optimizer, 1000, 1);
    for (const int threads : {2, 5}) {
      const Vector many = Train(optimizer, 1000, threads);
      for (std::size_t i = 0; i < one.size(); ++i) ASSERT_NEAR(one[i], many[i], 2e-3);
    }
  }
}

TEST(Trainer, StepsAllocateNothing) {
  for (const OptimizerSpec& optimizer : WithMostSlots()) {
    Model model(SpecOf({40, 64, 32, 10}, Activation::kRelu, Activation::kSoftmax));
    model.Compile({{kLoss, false}, optimizer, {MetricKind::kSparseCategoricalAccuracy}});
    const auto data = DataFor(kLoss, 4096, 40, 10);
    model.trainer().Begin(data, {16, true, 0, 2});
    TrainSlice first = SliceOf(1, 0.01), many = SliceOf(200, 0.01);
    RunSlice(model, first);
    const std::atomic<bool> never{false};
    many.stop = &never;
    many.data = data;
    many.sums.metrics.resize(1);
    long during = -1;
    ComputePool::ProcessWide().Run(2, [&](Team& team) {
      const long before = allocations;
      model.trainer().Run(team, model.weights(), many);
      if (team.rank() == 0) during = allocations - before;
    });
    EXPECT_EQ(many.steps_taken, 200u);
    EXPECT_EQ(during, 0);
  }
}

// Layers that look at all rows, noise, gradients that must be whole, and what is done to them.
TEST(Trainer, StepsOfLayersOfEveryKindAllocateNothing) {
  for (const bool whole : {false, true}) {
    NetworkSpec spec = SpecOf({40, 64, 32, 10}, Activation::kGelu, Activation::kSoftmax);
    DenseAt(spec, 0).kernel_rules = {{0.01, 0.01}, {ConstraintKind::kMaxNorm, 1}};
    spec.layers.insert(spec.layers.begin() + 2, LayerSpec{LayerNormalizationSpec{}});
    spec.layers.insert(spec.layers.begin() + 1, LayerSpec{DropoutSpec{0.5}});
    spec.layers.insert(spec.layers.begin() + 1, LayerSpec{BatchNormalizationSpec{}});
    spec.layers.insert(spec.layers.begin(), LayerSpec{GaussianNoiseSpec{0.1}});
    OptimizerSpec optimizer;
    optimizer.rules.ema = 0.9;
    optimizer.rules.weight_decay = 0.01;
    optimizer.rules.clip_norm = whole ? 1 : 0;
    optimizer.rules.accumulation_steps = whole ? 3 : 1;
    Model model(spec);
    model.Compile({{kLoss, false}, optimizer, {}});
    const auto data = DataFor(kLoss, 4096, 40, 10);
    model.trainer().Begin(data, {16, true, 0, 2});
    TrainSlice first = SliceOf(1, 0.01), many = SliceOf(100, 0.01);
    RunSlice(model, first);
    const std::atomic<bool> never{false};
    many.stop = &never;
    many.data = data;
    long during = -1;
    ComputePool::ProcessWide().Run(2, [&](Team& team) {
      const long before = allocations;
      model.trainer().Run(team, model.weights(), many);
      if (team.rank() == 0) during = allocations - before;
    });
    EXPECT_EQ(many.steps_taken, 100u);
    EXPECT_EQ(during, 0);
  }
}

TEST(Trainer, BudgetEndsASliceAndTheEpochEndsTheSteps) {
  Model model(SpecOf({40, 64, 32, 10}, Activation::kRelu, Activation::kSoftmax));
  model.Compile({{kLoss, false}, {}, {}});
  const auto data = DataFor(kLoss, 1000, 40, 10);
  const std::size_t steps = model.trainer().Begin(data, {32, false, 0, 1});
  EXPECT_EQ(steps, 32u);
  TrainSlice none = SliceOf(1000, 0.1, 0), all = SliceOf(1000, 0.1);
  RunSlice(model, none);
  EXPECT_EQ(none.steps_taken, 1u);
  RunSlice(model, all);
  EXPECT_EQ(all.steps_taken, 31u);
  EXPECT_EQ(none.sums.rows + all.sums.rows, 1000u);
  TrainSlice after = SliceOf(1000, 0.1);
  RunSlice(model, after);
  EXPECT_EQ(after.steps_taken, 0u);
}

TEST(Trainer, StopsWhenAsked) {
  Model model(SpecOf({40, 64, 10}, Activation::kRelu, Activation::kSoftmax));
  model.Compile({{kLoss, false}, {}, {}});
  const auto data = DataFor(kLoss, 1000, 40, 10);
  model.trainer().Begin(data, {10, false, 0, 2});
  const std::atomic<bool> stop{true};
  TrainSlice slice = SliceOf(1000, 0.1);
  slice.stop = &stop;
  RunSlice(model, slice);
  EXPECT_EQ(slice.steps_taken, 0u);
}

// A step of each optimizer on layers of many panels, against plain loops in double.
TEST(Trainer, PanelsTileTheWeights) {
  const std::size_t rows = 64, in = 700, hidden = 300, rate_denominator = 10;
  for (const OptimizerSpec& optimizer : Optimizers()) {
    for (const int threads : {1, 2}) {
      Model model(SpecOf({in, hidden, 3}, Activation::kLinear, Activation::kLinear));
      model.Compile({{LossKind::kMeanSquaredError, false}, optimizer, {}});
      const Vector before = model.weights().AtRest();
      const auto data = DataFor(LossKind::kMeanSquaredError, rows, in, 3);
      model.trainer().Begin(data, {rows, false, 0, threads});
      TrainSlice slice = SliceOf(1, 1.0 / rate_denominator);
      RunSlice(model, slice);
      const Vector& after = model.weights().AtRest();

      // Forward and backward by hand: only the kernel of the first layer is looked at, which has several
      // panels.
      const Real *w1 = before.data(), *b1 = w1 + in * hidden, *w2 = b1 + hidden, *b2 = w2 + hidden * 3;
      std::vector<double> gradient(in * hidden);
      for (std::size_t r = 0; r < rows; ++r) {
        Vector scratch;
        const Real* x = data->Block(r, 1, scratch);
        std::vector<double> h(hidden), dh(hidden);
        for (std::size_t j = 0; j < hidden; ++j) {
          h[j] = b1[j];
          for (std::size_t i = 0; i < in; ++i) h[j] += static_cast<double>(x[i]) * w1[i * hidden + j];
        }
        for (std::size_t k = 0; k < 3; ++k) {
          double y = b2[k];
          for (std::size_t j = 0; j < hidden; ++j) y += h[j] * w2[j * 3 + k];
          const double dy = 2 * (y - data->values(r)[k]) / 3 / static_cast<double>(rows);
          for (std::size_t j = 0; j < hidden; ++j) dh[j] += dy * w2[j * 3 + k];
        }
        for (std::size_t i = 0; i < in; ++i) {
          for (std::size_t j = 0; j < hidden; ++j) gradient[i * hidden + j] += x[i] * dh[j];
        }
      }
      const double rate = 1.0 / rate_denominator;
      for (std::size_t i = 0; i < in * hidden; ++i) {
        const double g = gradient[i];
        double step = rate * g;
        if (optimizer.nesterov) step = rate * (g + optimizer.momentum * g);
        double near = 1e-5 + 2e-3 * std::abs(step);
        if (optimizer.kind == OptimizerSpec::Kind::kAdam) {
          const double size = std::abs(g) + 1e-8;
          step = rate * g / size;
          near += rate * 1e-8 / (size * size) *
                  3e-8;  // what a sum's rounding becomes where there is hardly a slope
        }
        ASSERT_NEAR(after[i], before[i] - step, near) << i << ", threads " << threads;
      }
    }
  }
}

// Terms that are small beside the weight must be added up before they meet it.
TEST(Trainer, SmallGradientsAreNotLostAgainstLargeWeights) {
  NetworkSpec spec = SpecOf({1, 10}, Activation::kLinear, Activation::kLinear);
  DenseAt(spec, 0).bias_initializer.kind = InitializerKind::kOnes;
  DenseAt(spec, 0).kernel_initializer.kind = InitializerKind::kOnes;
  Model model(spec);
  model.Compile({{LossKind::kMeanSquaredError, false}, {}, {}});
  const std::size_t rows = 8192;
  auto data = std::make_shared<Dataset>(Vector(rows, Real(0)), 1);
  data->SetValues(Vector(rows * 10, Real(0.7)), 10);
  model.trainer().Begin(data, {rows, false, 0, 1});
  TrainSlice slice = SliceOf(1, 1e-3);
  RunSlice(model, slice);
  // d/db = 2 (1 - 0.7) / 10
  for (std::size_t j = 0; j < 10; ++j) EXPECT_NEAR(1 - model.weights().AtRest()[10 + j], 6e-5, 1e-6);
}

// tanh turns infinite sums into ones: no loss shows that the weights are spoilt.
TEST(Trainer, SeesSpoiltWeightsThatTheLossDoesNotShow) {
  Model model(SpecOf({4, 8, 1}, Activation::kTanh, Activation::kLinear));
  model.Compile({{LossKind::kMeanSquaredError, false}, {}, {}});
  const auto data = DataFor(LossKind::kMeanSquaredError, 64, 4, 1);
  const Vector start = model.weights().AtRest();
  model.weights().Change()[0] = std::numeric_limits<Real>::infinity();
  model.trainer().Begin(data, {8, false, 0, 2});
  TrainSlice slice = SliceOf(100, 1e-6);
  RunSlice(model, slice);
  EXPECT_FALSE(slice.finite);
  EXPECT_EQ(slice.steps_taken, 0u);
  EXPECT_EQ(model.weights().AtRest(), start);
}

// A step of some hundred milliseconds; whole, it would be counted.
TEST(Trainer, StopsInTheMiddleOfALongStep) {
  for (const OptimizerSpec& optimizer : Optimizers()) {
    for (const int threads : {1, 2}) {
      Model model(SpecOf({256, 1024, 1024, 10}, Activation::kRelu, Activation::kSoftmax));
      model.Compile({{kLoss, false}, optimizer, {}});
      const auto data = DataFor(kLoss, 8192, 256, 10);
      model.trainer().Begin(data, {8192, false, 0, threads});
      std::atomic<bool> stop{false};
      std::thread stopper([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        stop = true;
      });
      TrainSlice slice = SliceOf(1, 0.01);
      slice.stop = &stop;
      RunSlice(model, slice);
      stopper.join();
      EXPECT_EQ(slice.steps_taken, 0u);
    }
  }
}

// The largest rates overflow in the update itself, where the loss before it was still finite.
TEST(Trainer, LeavesFiniteWeightsWhenTheLossIsNotANumber) {
  const double huge = static_cast<double>(std::numeric_limits<Real>::max()) / 10;
  for (const OptimizerSpec& optimizer : Optimizers()) {
    for (const double rate : {std::sqrt(huge), huge}) {
      for (const int threads : {1, 2}) {
        Model model(SpecOf({40, 64, 32, 3}, Activation::kTanh, Activation::kLinear));
        model.Compile({{LossKind::kMeanSquaredError, false}, optimizer, {}});
        const auto data = DataFor(LossKind::kMeanSquaredError, 64, 40, 3);
        bool blew_up = false;
        for (std::uint32_t epoch = 0; epoch < 20 && !blew_up; ++epoch) {
          model.trainer().Begin(data, {16, true, epoch, threads});
          TrainSlice slice = SliceOf(1000, rate);
          RunSlice(model, slice);
          blew_up = !slice.finite;
        }
        EXPECT_TRUE(blew_up || optimizer.kind == OptimizerSpec::Kind::kAdam);
        for (const Real w : model.weights().AtRest()) ASSERT_TRUE(std::isfinite(w));
        if (!blew_up) continue;  // Adam's steps are as long as its rate, whatever the gradient
        for (const Vector& slot : model.trainer().slots()) {
          for (const Real m : slot) ASSERT_TRUE(std::isfinite(m));
        }
      }
    }
  }
}

TEST(Trainer, BytesTrainAsTheNumbersTheyAre) {
  AlignedVector<std::uint8_t> bytes(50 * 8);
  Vector numbers;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(i * 37 % 5);
    numbers.push_back(bytes[i]);
  }
  Vector trained[2];
  for (const bool as_bytes : {true, false}) {
    auto data = as_bytes ? std::make_shared<Dataset>(bytes, 8) : std::make_shared<Dataset>(numbers, 8);
    data->SetClasses(std::vector<std::int32_t>(50, 1));
    Model model(SpecOf({8, 6, 3}, Activation::kTanh, Activation::kSoftmax));
    model.Compile({{kLoss, false}, {}, {}});
    model.trainer().Begin(data, {7, true, 0, 1});
    TrainSlice slice = SliceOf(100, 0.1);
    RunSlice(model, slice);
    trained[as_bytes] = model.weights().AtRest();
  }
  EXPECT_EQ(trained[0], trained[1]);
}

TEST(Trainer, RefusesDataThatItWouldReadPast) {
  Model model(SpecOf({8, 6, 3}, Activation::kTanh, Activation::kSoftmax));
  model.Compile({{kLoss, false}, {}, {}});
  EXPECT_THROW(model.trainer().Begin(DataFor(kLoss, 10, 7, 3), {}), Error);
  EXPECT_THROW(model.trainer().Begin(DataFor(kLoss, 100, 8, 4), {}), Error);
  EXPECT_THROW(model.trainer().Begin(DataFor(LossKind::kMeanSquaredError, 10, 8, 3), {}), Error);
}

TEST(CutSlabs, CoversEveryRowOnceWhateverTheThreads) {
  for (const std::vector<std::size_t>& widths :
       {std::vector<std::size_t>{2, 3, 1}, {784, 30, 10}, {5, 1, 1, 7}, {1, 1}}) {
    const Network network(SpecOf(widths, Activation::kRelu, Activation::kLinear));
    for (const std::size_t threads : {1u, 2u, 3u, 8u, 64u}) {
      for (std::size_t by_inputs = 0; by_inputs < widths.size(); ++by_inputs) {
        std::vector<int> covered(network.weight_count());
        for (const auto& slabs : CutSlabs(network, threads, by_inputs)) {
          for (const Slab& slab : slabs) {
            const Tensor& tensor = network.layers()[slab.layer]->tensors()[slab.tensor];
            for (std::size_t i = 0; i < slab.rows * tensor.columns; ++i)
              ++covered[tensor.offset + slab.first * tensor.columns + i];
          }
        }
        for (const int times : covered) ASSERT_EQ(times, 1) << threads;
      }
    }
  }
}

}  // namespace
}  // namespace mlp
