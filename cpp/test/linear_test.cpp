#include "linear/run.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "math/error.h"
#include "math/kernels.h"
#include "math/random.h"

namespace mlp {
namespace {

constexpr std::size_t kRows = 700, kColumns = 37;

std::shared_ptr<Dataset> RandomRows(std::size_t rows = kRows, std::size_t columns = kColumns) {
  Random random(5, RandomPurpose::kInitialize, 0);
  Vector x(rows * columns);
  for (Real& value : x) value = static_cast<Real>(random.Normal());
  return std::make_shared<Dataset>(std::move(x), columns);
}

// A run from zero, over random rows of as many classes as there are units (two for one).
LinearRun MakeRun(const LinearSpec& spec, const std::shared_ptr<Dataset>& x) {
  LinearData data{x, DoubleVector(x->rows()), {}, {}, {}};
  const std::size_t classes = std::max<std::size_t>(spec.units, 2);
  Random random(9, RandomPurpose::kInitialize, 1);
  for (double& target : data.targets) target = random.Below(static_cast<std::uint32_t>(classes));
  data.unit_class.assign(spec.units, 1);
  data.other_classes.assign(spec.units, 1);
  const std::size_t weights = spec.units * x->columns();
  LinearState zero{DoubleVector(weights, 0.0), DoubleVector(spec.units, 0.0),
                   DoubleVector(spec.average > 0 ? weights : 0, 0.0), DoubleVector(spec.units, 0.0)};
  return {spec, std::move(data), zero, 1};
}

// Epochs in slices of `budget_ms`; returns how many slices it took.
int Train(LinearRun& run, int epochs, double budget_ms, bool shuffle = true, double rate = 0.01) {
  const std::vector<double> rates(run.spec().units, rate);
  const std::vector<std::uint8_t> active(run.spec().units, 1);
  const std::atomic<bool> stop{false};
  int slices = 0;
  for (int epoch = 0; epoch < epochs; ++epoch) {
    run.BeginEpoch(static_cast<std::uint32_t>(epoch), shuffle, rates, active);
    while (!run.EpochDone()) {
      ComputePool::ProcessWide().Run(run.threads(), [&](Team& team) { run.Train(team, budget_ms, stop); });
      ++slices;
    }
  }
  return slices;
}

LinearSpec MakeSpec(LinearLoss loss = LinearLoss::kHinge, Penalty penalty = Penalty::kNone) {
  LinearSpec spec;
  spec.loss = loss;
  spec.penalty = penalty;
  spec.alpha = 1e-3;
  spec.l1_ratio = 0.4;
  spec.rate = LinearRate::kConstant;
  return spec;
}

constexpr LinearLoss kLosses[] = {
    LinearLoss::kHinge,      LinearLoss::kSquaredHinge,       LinearLoss::kLog,
    LinearLoss::kPerceptron, LinearLoss::kSquaredError,       LinearLoss::kModifiedHuber,
    LinearLoss::kHuber,      LinearLoss::kEpsilonInsensitive, LinearLoss::kSquaredEpsilonInsensitive};

TEST(RowLoss, SlopeIsTheDerivativeOfTheLoss) {
  for (const LinearLoss loss : kLosses) {
    const RowLoss row(MakeSpec(loss));
    for (const double y : {row.negative(), 1.0}) {
      for (double p = -3.037; p < 3; p += 0.25) {
        const double slope = (row.Value(y, p + 1e-6) - row.Value(y, p - 1e-6)) / 2e-6;
        EXPECT_NEAR(row.Slope(y, p), slope, 1e-7) << static_cast<int>(loss) << " at " << y << ", " << p;
      }
    }
  }
}

TEST(RowLoss, StaysFiniteForLargeScores) {
  for (const LinearLoss loss : kLosses) {
    const RowLoss row(MakeSpec(loss));
    for (const double p : {-1e100, -800.0, 800.0, 1e100}) {
      EXPECT_TRUE(std::isfinite(row.Value(1, p)));
      EXPECT_TRUE(std::isfinite(row.Slope(1, p)));
    }
  }
}

TEST(WideKernels, AgreeWithPlainLoopsForEveryInstructionSet) {
  const auto kernels = RunnableKernels();
  Random random(1, RandomPurpose::kInitialize, 0);
  for (std::size_t t = 0; t < kernels.size(); ++t) {
    for (const std::size_t n : {1u, 15u, 16u, 17u, 100u}) {
      std::vector<double> w(n), applied(n, 0.1), v;
      std::vector<double> x(n);
      for (double& value : w) value = random.Normal();
      for (double& value : x) value = random.Normal();
      double dot = 0, length = 0, squares = 0, absolutes = 0;
      v = w;
      for (std::size_t i = 0; i < n; ++i) {
        dot += w[i] * x[i];
        length += x[i] * x[i];
        w[i] += 0.3 * x[i];
        squares += w[i] * w[i];
        absolutes += std::abs(w[i]);
      }
      EXPECT_NEAR(kernels[t]->wide_dot(v.data(), x.data(), n), dot, 1e-12);
      EXPECT_NEAR(kernels[t]->wide_squares(x.data(), n), length, 1e-12);
      const WideNorms norms = kernels[t]->wide_add(v.data(), x.data(), n, 0.3);
      EXPECT_NEAR(norms.squares, squares, 1e-12 * squares);
      EXPECT_NEAR(norms.absolutes, absolutes, 1e-12 * absolutes);
      for (std::size_t i = 0; i < n; ++i) EXPECT_NEAR(v[i], w[i], 1e-14);
      // l1 has to take 0.6 off each weight; it took 0.1 off the positive ones and added 0.1 to the negative.
      kernels[t]->wide_truncate(v.data(), applied.data(), n, 0.6, 2);
      for (std::size_t i = 0; i < n; ++i) {
        const double after = w[i] > 0 ? std::max(0.0, w[i] - 0.35) : std::min(0.0, w[i] + 0.25);
        EXPECT_NEAR(v[i], after, 1e-14);
        EXPECT_NEAR(applied[i], 0.1 + 2 * (after - w[i]), 1e-14);
      }
    }
  }
}

TEST(WideKernels, ProductsEqualThoseOfPlainLoops) {
  const auto kernels = RunnableKernels();
  Random random(1, RandomPurpose::kInitialize, 0);
  for (std::size_t t = 0; t < kernels.size(); ++t) {
    for (const std::size_t rows : {1u, 4u, 7u}) {
      for (const std::size_t columns : {1u, 8u, 19u}) {
        for (const std::size_t inner : {1u, 4u, 6u}) {
          for (const double beta : {0.0, 1.0, 0.5}) {
            // Rows lie two numbers apart that must stay as they are; a is read by columns.
            const std::size_t stride = columns + 2;
            std::vector<double> a(inner * rows), b(inner * stride), c(rows * stride), expected;
            for (auto* numbers : {&a, &b, &c}) {
              for (double& number : *numbers) number = random.Normal();
            }
            expected = c;
            for (std::size_t i = 0; i < rows; ++i) {
              for (std::size_t j = 0; j < columns; ++j) {
                double sum = 0;
                for (std::size_t k = 0; k < inner; ++k) sum += a[k * rows + i] * b[k * stride + j];
                expected[i * stride + j] = -2 * sum + beta * expected[i * stride + j];
              }
            }
            kernels[t]->wide_product(c.data(), stride, {a.data(), 1, rows}, b.data(), stride, rows, columns,
                                     inner, -2, beta);
            for (std::size_t i = 0; i < c.size(); ++i) EXPECT_NEAR(c[i], expected[i], 1e-12);
          }
        }
      }
    }
  }
}

TEST(LinearRun, SlicesAndThreadsDoNotChangeItsBits) {
  LinearSpec spec = MakeSpec(LinearLoss::kLog, Penalty::kElasticNet);
  spec.units = 5;
  spec.average = 20;
  const auto x = RandomRows();
  LinearRun whole = MakeRun(spec, x);
  Train(whole, 3, 1e9);
  const LinearState expected = whole.Read();
  for (const int threads : {1, 2, 3}) {
    spec.threads = threads;
    LinearRun sliced = MakeRun(spec, x);
    EXPECT_GT(Train(sliced, 3, 0), 6);
    const LinearState state = sliced.Read();
    EXPECT_EQ(state.weights, expected.weights);
    EXPECT_EQ(state.average_weights, expected.average_weights);
    EXPECT_EQ(state.intercepts, expected.intercepts);
    for (std::size_t k = 0; k < spec.units; ++k) {
      EXPECT_EQ(sliced.units()[k].sums().objective, whole.units()[k].sums().objective);
    }
  }
}

// The lazily scaled sums against the mean of the weights after every row.
TEST(LinearRun, AveragesAllWeights) {
  LinearSpec spec = MakeSpec(LinearLoss::kSquaredError, Penalty::kL2);
  spec.alpha = 5;  // the weights are halved with each step: the scale is folded many times
  spec.average = 3;
  constexpr std::size_t kFew = 90;
  const auto x = RandomRows(kFew, 4);
  LinearRun averaged = MakeRun(spec, x);
  Train(averaged, 2, 1e9, false, 0.1);
  // The same rows as runs of one row each.
  std::vector<double> sum(4, 0.0), targets(kFew);
  double intercepts = 0;
  Random random(9, RandomPurpose::kInitialize, 1);
  for (double& target : targets) target = random.Below(2);
  LinearSpec plain = spec;
  plain.average = 0;
  LinearState state{DoubleVector(4, 0.0), DoubleVector(1, 0.0), {}, DoubleVector(1, 0.0)};
  int step = 0;
  for (; step < 2 * static_cast<int>(kFew); ++step) {
    const std::size_t row = step % kFew;
    const Real* const at = x->ReadRows(row, 1, *std::make_unique<Vector>());
    LinearData one{std::make_shared<Dataset>(Vector(at, at + 4), 4), {targets[row]}, {}, {1}, {1}};
    LinearRun run(plain, one, state, 1);
    Train(run, 1, 1e9, false, 0.1);
    state = run.Read();
    if (step + 1 < 3) continue;
    for (std::size_t j = 0; j < 4; ++j) sum[j] += state.weights[j];
    intercepts += state.intercepts[0];
  }
  const LinearState got = averaged.Read();
  for (std::size_t j = 0; j < 4; ++j) {
    EXPECT_NEAR(got.weights[j], state.weights[j], 1e-9);
    EXPECT_NEAR(got.average_weights[j], sum[j] / (step - 2), 1e-9);
  }
  EXPECT_NEAR(got.average_intercepts[0], intercepts / (step - 2), 1e-9);
}

TEST(LinearRun, MeanGradientStepsIncludeTheShortLastBatch) {
  LinearSpec spec = MakeSpec(LinearLoss::kSquaredError);
  spec.batch = 4;
  spec.classes = false;
  const auto x = RandomRows(6, 1);
  const LinearData data{x, {1, 2, 3, 4, 5, 6}, {1, 1, 2, 1, 1, 3}, {1}, {1}};
  LinearRun run(spec, data, {DoubleVector(1, 0.5), DoubleVector(1, 0.25), {}, DoubleVector(1, 0.0)}, 1);
  Train(run, 1, 0, false, 0.1);
  Vector scratch;
  const Real* const rows = x->ReadRows(0, 6, scratch);
  double w = 0.5, b = 0.25;
  for (const auto& [first, last] : {std::pair{0, 4}, std::pair{4, 6}}) {
    double dw = 0, db = 0;
    for (int i = first; i < last; ++i) {
      const double at = static_cast<double>(rows[i]),
                   error = data.weights[i] * (w * at + b - data.targets[i]);
      dw += error * at / (last - first);
      db += error / (last - first);
    }
    w -= 0.1 * dw;
    b -= 0.1 * db;
  }
  EXPECT_NEAR(run.Read().weights[0], w, 1e-12);
  EXPECT_NEAR(run.Read().intercepts[0], b, 1e-12);
}

// Bits below float32 decide: 1e8 + 1 and 1e8 are one number there.
TEST(LinearRun, LearnsFromDoublesUnrounded) {
  const std::size_t rows = 8;
  AlignedVector<double> numbers(rows);
  LinearData data{nullptr, DoubleVector(rows), {}, {1}, {1}};
  for (std::size_t i = 0; i < rows; ++i) {
    data.targets[i] = static_cast<double>(i % 2);
    numbers[i] = 1 + (i % 2 == 0 ? 1e-9 : -1e-9);
  }
  const auto x = std::make_shared<Dataset>(Dataset::Doubles{numbers}, 1);
  EXPECT_EQ(x->bytes(), rows * sizeof(double));
  AlignedVector<double> gathered(2), scratch;
  const std::uint32_t order[] = {3, 0};
  x->GatherDoubles(gathered.data(), order);
  EXPECT_EQ(gathered[0], 1 - 1e-9);
  EXPECT_EQ(gathered[1], 1 + 1e-9);
  EXPECT_EQ(x->ReadDoubles(1, 2, scratch)[1], 1 + 1e-9);
  Vector rounded(2), narrow;
  x->Gather(rounded.data(), order, 0, 1);
  EXPECT_EQ(rounded[0], static_cast<Real>(1 - 1e-9));
  EXPECT_EQ(x->ReadRows(1, 2, narrow)[0], static_cast<Real>(1 - 1e-9));
  data.x = x;
  const LinearSpec spec = MakeSpec();
  LinearRun run(spec, data, {DoubleVector(1, 0.0), DoubleVector(1, 0.0), {}, DoubleVector(1, 0.0)}, 1);
  Train(run, 3, 1e9, false, 0.1);
  const LinearState learned = run.Read();
  // The same steps, row by row, in plain arithmetic: hinge loss without a penalty.
  double w = 0, b = 0;
  for (int epoch = 0; epoch < 3; ++epoch) {
    for (std::size_t i = 0; i < rows; ++i) {
      const double y = data.targets[i] == 1 ? 1 : -1;
      if (y * (w * numbers[i] + b) > 1) continue;
      w += 0.1 * y * numbers[i];
      b += 0.1 * y;
    }
  }
  EXPECT_NEAR(learned.weights[0], w, 1e-14);
  EXPECT_NEAR(learned.intercepts[0], b, 1e-14);
}

TEST(LinearRun, TakesBytesAndFloatsAsDoubles) {
  AlignedVector<double> scratch;
  const Dataset bytes(AlignedVector<std::uint8_t>{1, 2, 3, 255}, 2);
  EXPECT_EQ(bytes.ReadDoubles(1, 1, scratch)[1], 255);
  const auto floats = RandomRows(3, 2);
  Vector narrow;
  EXPECT_EQ(floats->ReadDoubles(1, 1, scratch)[1], static_cast<double>(floats->ReadRows(1, 1, narrow)[1]));
}

TEST(LinearRun, RejectsSizesThatDoNotFit) {
  const auto x = RandomRows(3, 2);
  const LinearSpec spec = MakeSpec();
  const LinearState zero{DoubleVector(2, 0.0), DoubleVector(1, 0.0), {}, DoubleVector(1, 0.0)};
  EXPECT_THROW(LinearRun(spec, {x, {1, 0}, {}, {1}, {1}}, zero, 1), Error);
  EXPECT_THROW(LinearRun(spec, {x, {1, 0, 1}, {1}, {1}, {1}}, zero, 1), Error);
  EXPECT_THROW(LinearRun(spec, {x, {1, 0, 1}, {}, {}, {1}}, zero, 1), Error);
  EXPECT_THROW(LinearRun(spec, {x, {1, 0, 1}, {}, {1}, {1}}, {DoubleVector(3), {}, {}, {}}, 1), Error);
  LinearSpec averaged = spec;
  averaged.average = 1;
  EXPECT_THROW(LinearRun(averaged, {x, {1, 0, 1}, {}, {1}, {1}}, zero, 1), Error);
}

TEST(LinearScores, EqualWeightedSums) {
  const LinearState state{DoubleVector({1, 2, 3, 4}), DoubleVector({0.5, -1}), {}, {}};
  const double x[] = {1, 2, -1, 0};
  double out[4];
  LinearScores(out, state, x, 2);
  EXPECT_EQ(out[0], 5.5);
  EXPECT_EQ(out[1], 10);
  EXPECT_EQ(out[2], -0.5);
  EXPECT_EQ(out[3], -4);
}

}  // namespace
}  // namespace mlp
