#include "train/thread_tuner.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace mlp {
namespace {

// Runs slices of a tenth of a millisecond or so on a machine where a row takes cost(threads) ms, for so many
// milliseconds; returns the share of the time that `threads` had.
template <typename F>
double TimeShareOf(ThreadTuner& tuner, int threads, double ms, F cost) {
  double all = 0, theirs = 0;
  while (all < ms) {
    const int now = tuner.threads();
    const double slice = std::max(0.1, std::min(1.0, tuner.budget_ms()));
    const auto rows = static_cast<std::size_t>(std::ceil(slice / cost(now)));
    const double taken = static_cast<double>(rows) * cost(now);
    tuner.Count(rows, taken);
    all += taken;
    if (now == threads) theirs += taken;
  }
  return theirs / all;
}

TEST(ThreadTuner, TriesNothingWhereTheNumberIsFixed) {
  ThreadTuner tuner;
  tuner.Start(3, 3, /*tries=*/false);
  EXPECT_EQ(tuner.threads(), 3);
  EXPECT_EQ(tuner.budget_ms(), std::numeric_limits<double>::infinity());
  tuner.Count(10, 1e6);
  EXPECT_EQ(tuner.threads(), 3);
}

TEST(ThreadTuner, BeginsWithTheLikelyNumber) {
  for (const int first : {1, 2, 6}) {
    ThreadTuner tuner;
    tuner.Start(6, first, /*tries=*/true);
    EXPECT_EQ(tuner.threads(), first);
  }
}

TEST(ThreadTuner, FindsTheFastestNumberAndStaysThere) {
  for (const int best : {1, 2, 4, 6}) {
    for (const int first : {1, 6}) {
      ThreadTuner tuner;
      tuner.Start(6, first, /*tries=*/true);
      const auto cost = [best](int threads) {
        return 1e-3 * (1 + std::abs(std::log2(threads) - std::log2(best)));
      };
      TimeShareOf(tuner, best, 100, cost);  // as far as three steps away
      TimeShareOf(tuner, best, 2000, cost);
      EXPECT_EQ(tuner.threads(), best) << "from " << first;
      EXPECT_GT(TimeShareOf(tuner, best, 2000, cost), 0.9) << best << " from " << first;
    }
  }
}

TEST(ThreadTuner, NoticesSoonThatTheMachineBecameBusy) {
  ThreadTuner tuner;
  tuner.Start(2, 2, /*tries=*/true);
  const auto quiet = [](int threads) { return 1e-3 / threads; };
  TimeShareOf(tuner, 2, 1000, quiet);
  ASSERT_EQ(tuner.threads(), 2);
  const auto busy = [](int threads) { return threads == 1 ? 1e-3 : 8e-3; };
  TimeShareOf(tuner, 2, 50, busy);
  EXPECT_GT(TimeShareOf(tuner, 1, 500, busy), 0.8);
  TimeShareOf(tuner, 2, 1000, quiet);
  EXPECT_GT(TimeShareOf(tuner, 2, 1000, quiet), 0.9);
}

TEST(ThreadTuner, KeepsWhatItKnowsFromEpochToEpoch) {
  ThreadTuner tuner;
  const auto cost = [](int threads) { return 1e-3 * threads; };
  tuner.Start(2, 2, /*tries=*/true);
  TimeShareOf(tuner, 1, 50, cost);
  ASSERT_EQ(tuner.threads(), 1);
  tuner.Start(2, 2, /*tries=*/true);
  EXPECT_EQ(tuner.threads(), 1);
  tuner.Start(2, 1, /*tries=*/true);  // another guess is no reason to forget
  EXPECT_EQ(tuner.threads(), 1);
  tuner.Start(4, 2, /*tries=*/true);
  EXPECT_EQ(tuner.threads(), 2);
}

}  // namespace
}  // namespace mlp
