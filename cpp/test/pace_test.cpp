#include "train/pace.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace mlp {
namespace {

// Runs slices of a tenth of a millisecond or so on a machine where a row takes cost(threads) ms, for so many
// milliseconds; returns the share of the time that `threads` had.
template <typename F>
double ShareOf(Pace& pace, int threads, double ms, F cost) {
  double all = 0, theirs = 0;
  while (all < ms) {
    const int now = pace.threads();
    const double slice = std::max(0.1, std::min(1.0, pace.budget_ms()));
    const auto rows = static_cast<std::size_t>(std::ceil(slice / cost(now)));
    const double taken = static_cast<double>(rows) * cost(now);
    pace.Count(rows, taken);
    all += taken;
    if (now == threads) theirs += taken;
  }
  return theirs / all;
}

TEST(Pace, HasNothingToTryWhereTheNumberIsGiven) {
  Pace pace;
  pace.Start(3, 3, /*tries=*/false);
  EXPECT_EQ(pace.threads(), 3);
  EXPECT_EQ(pace.budget_ms(), std::numeric_limits<double>::infinity());
  pace.Count(10, 1e6);
  EXPECT_EQ(pace.threads(), 3);
}

TEST(Pace, BeginsWithTheLikelyNumber) {
  for (const int first : {1, 2, 6}) {
    Pace pace;
    pace.Start(6, first, /*tries=*/true);
    EXPECT_EQ(pace.threads(), first);
  }
}

TEST(Pace, FindsTheFastestNumberAndStaysThere) {
  for (const int best : {1, 2, 4, 6}) {
    for (const int first : {1, 6}) {
      Pace pace;
      pace.Start(6, first, /*tries=*/true);
      const auto cost = [best](int threads) {
        return 1e-3 * (1 + std::abs(std::log2(threads) - std::log2(best)));
      };
      ShareOf(pace, best, 100, cost);  // as far as three steps away
      ShareOf(pace, best, 2000, cost);
      EXPECT_EQ(pace.threads(), best) << "from " << first;
      EXPECT_GT(ShareOf(pace, best, 2000, cost), 0.9) << best << " from " << first;
    }
  }
}

TEST(Pace, NoticesSoonThatTheMachineBecameBusy) {
  Pace pace;
  pace.Start(2, 2, /*tries=*/true);
  const auto quiet = [](int threads) { return 1e-3 / threads; };
  ShareOf(pace, 2, 1000, quiet);
  ASSERT_EQ(pace.threads(), 2);
  const auto busy = [](int threads) { return threads == 1 ? 1e-3 : 8e-3; };
  ShareOf(pace, 2, 50, busy);
  EXPECT_GT(ShareOf(pace, 1, 500, busy), 0.8);
  ShareOf(pace, 2, 1000, quiet);
  EXPECT_GT(ShareOf(pace, 2, 1000, quiet), 0.9);
}

TEST(Pace, KeepsWhatItKnowsFromEpochToEpoch) {
  Pace pace;
  const auto cost = [](int threads) { return 1e-3 * threads; };
  pace.Start(2, 2, /*tries=*/true);
  ShareOf(pace, 1, 50, cost);
  ASSERT_EQ(pace.threads(), 1);
  pace.Start(2, 2, /*tries=*/true);
  EXPECT_EQ(pace.threads(), 1);
  pace.Start(4, 2, /*tries=*/true);
  EXPECT_EQ(pace.threads(), 2);
}

}  // namespace
}  // namespace mlp
