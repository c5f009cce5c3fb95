#include "math/row_helpers.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "math/compute_pool.h"
#include "math/kernels.h"
#include "test/support.h"

namespace mlp {
namespace {

// A matrix that the products of this test own.
struct Matrix {
  std::size_t in, out;
  std::shared_ptr<std::vector<Real>> weights;

  Matrix(std::size_t inputs, std::size_t outputs, std::uint64_t seed)
      : in(inputs),
        out(outputs),
        weights(std::make_shared<std::vector<Real>>(RandomNumbers(inputs * outputs, seed))) {}
  RowProduct product(std::size_t rows) const { return {weights->data(), in, out, {}, rows}; }

  std::vector<Real> Times(std::shared_ptr<RowJob>& job, RowHelpers* helpers,
                          const std::vector<Real>& x) const {
    const std::size_t rows = x.size() / in;
    std::vector<Real> y(rows * out);
    RowProducts products(job, helpers, weights);
    products.Multiply(y.data(), x.data(), product(rows));
    return y;
  }
};

RowHelpers& Helpers() {
  static auto* const helpers = new RowHelpers(3);
  return *helpers;
}

TEST(RowHelpers, PiecesCoverEveryRowOnce) {
  for (const auto& [in, out] :
       {std::pair{784, 512}, {401, 160}, {1000, 161}, {7, 100000}, {3, 5}, {6, 20000}}) {
    const Matrix matrix(in, out, 1);
    const auto x = RandomNumbers(matrix.in, 2);
    std::shared_ptr<RowJob> job;
    const auto y = matrix.Times(job, nullptr, x);
    for (std::size_t j = 0; j < matrix.out; ++j) {
      double sum = 0;
      for (std::size_t i = 0; i < matrix.in; ++i) {
        sum += static_cast<double>(x[i]) * (*matrix.weights)[i * matrix.out + j];
      }
      ASSERT_NEAR(y[j], sum, Near(matrix.in)) << in << " x " << out;
    }
  }
}

TEST(RowHelpers, ARowHasTheSameBitsAloneAndBesideOthers) {
  for (const auto& [in, out] : {std::pair{517, 300}, {40, 3000}}) {
    const Matrix matrix(in, out, 3);
    std::shared_ptr<RowJob> job;
    for (const std::size_t rows : {2u, 5u, 8u}) {
      const auto x = RandomNumbers(rows * matrix.in, 4);
      const auto y = matrix.Times(job, &Helpers(), x);
      for (std::size_t r = 0; r < rows; ++r) {
        const std::vector<Real> row(x.begin() + r * matrix.in, x.begin() + (r + 1) * matrix.in),
            alone(y.begin() + r * matrix.out, y.begin() + (r + 1) * matrix.out);
        ASSERT_EQ(matrix.Times(job, nullptr, row), alone) << rows;
      }
    }
  }
}

TEST(RowHelpers, CutsLargeMatricesOnly) {
  EXPECT_TRUE((RowProduct{nullptr, 512, 512, {}, 8}.is_faster()));
  EXPECT_FALSE((RowProduct{nullptr, 512, 512, {}, 9}.is_faster()));
  EXPECT_TRUE((RowProduct{nullptr, 2500, 2000, {}, 16}.is_faster()));
  EXPECT_FALSE((RowProduct{nullptr, 2500, 2000, {}, 17}.is_faster()));
  EXPECT_EQ((RowProduct{nullptr, 784, 128}.pieces()), 1u);
  EXPECT_EQ((RowProduct{nullptr, 100000, 10}.pieces()), 1u);
  EXPECT_EQ((RowProduct{nullptr, 3, 100000}.pieces()), 1u);
  EXPECT_EQ((RowProduct{nullptr, 2500, 2000}.pieces()), RowProduct::kMostPieces);
}

TEST(RowHelpers, GiveTheSameBitsAsOneThread) {
  const Matrix matrix(512, 512, 1);
  std::shared_ptr<RowJob> alone, together;
  for (std::uint64_t n = 0; n < 400; ++n) {
    const auto x = RandomNumbers(matrix.in, n);
    ASSERT_EQ(matrix.Times(together, &Helpers(), x), matrix.Times(alone, nullptr, x)) << n;
  }
}

// Threads that take the cores from the helpers, so that some come too late.
TEST(RowHelpers, GiveTheSameBitsOnABusyMachineAndToSeveralThreads) {
  std::atomic<bool> stop{false};
  std::vector<std::thread> busy;
  for (int i = 0; i < 2; ++i) {
    busy.emplace_back([&stop] {
      while (!stop.load(std::memory_order_relaxed)) {
      }
    });
  }
  std::vector<std::thread> callers;
  for (std::uint64_t caller = 0; caller < 2; ++caller) {
    callers.emplace_back([caller] {
      std::shared_ptr<RowJob> alone, together;
      for (std::uint64_t n = 0; n < 100; ++n) {
        // A matrix of each round's own: a late helper must keep it.
        const Matrix matrix(300 + n % 7, 257, n + 1000 * caller);
        const auto x = RandomNumbers(matrix.in, n);
        EXPECT_EQ(matrix.Times(together, &Helpers(), x), matrix.Times(alone, nullptr, x)) << n;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  stop = true;
  for (std::thread& thread : busy) thread.join();
}

TEST(RowHelpers, LeaveNoWeightsBehind) {
  std::weak_ptr<std::vector<Real>> weights;
  std::shared_ptr<RowJob> job;
  {
    const Matrix matrix(512, 512, 1);
    weights = matrix.weights;
    for (std::uint64_t n = 0; n < 100; ++n) matrix.Times(job, &Helpers(), RandomNumbers(matrix.in, n));
  }
  // A late helper may still compute.
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!weights.expired() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  EXPECT_TRUE(weights.expired());
}

}  // namespace
}  // namespace mlp
