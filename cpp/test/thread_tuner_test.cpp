#include "train/thread_tuner.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace mlp {
namespace {

// Runs slices of a tenth of a millisecond or so on a machine where a row takes cost(threads) ms, for so many
// milliseconds; returns the fraction of the time that `threads` had.
template <typename F>
double TimeFraction(ThreadTuner& tuner, int threads, double ms, F cost) {
  double all = 0, matching = 0;
  while (all < ms) {
    const int current = tuner.threads();
    const double slice = std::max(0.1, std::min(1.0, tuner.budget_ms()));
    const auto rows = static_cast<std::size_t>(std::ceil(slice / cost(current)));
    const double elapsed = static_cast<double>(rows) * cost(current);
    tuner.Count(rows, elapsed);
    all += elapsed;
    if (current == threads) matching += elapsed;
  }
  return matching / all;
}

TEST(ThreadTuner, HasNoTrialsIfTheNumberIsFixed) {
  ThreadTuner tuner;
  tuner.Start(3, 3, /*has_trials=*/false);
  EXPECT_EQ(tuner.threads(), 3);
  EXPECT_EQ(tuner.budget_ms(), std::numeric_limits<double>::infinity());
  tuner.Count(10, 1e6);
  EXPECT_EQ(tuner.threads(), 3);
}

TEST(ThreadTuner, BeginsWithTheFirstGuess) {
  for (const int first : {1, 2, 6}) {
    ThreadTuner tuner;
    tuner.Start(6, first, /*has_trials=*/true);
    EXPECT_EQ(tuner.threads(), first);
  }
}

TEST(ThreadTuner, FindsTheFastestNumberAndStaysThere) {
  for (const int best : {1, 2, 4, 6}) {
    for (const int first : {1, 6}) {
      ThreadTuner tuner;
      tuner.Start(6, first, /*has_trials=*/true);
      const auto cost = [best](int threads) {
        return 1e-3 * (1 + std::abs(std::log2(threads) - std::log2(best)));
      };
      TimeFraction(tuner, best, 100, cost);  // as far as three steps away
      TimeFraction(tuner, best, 2000, cost);
      EXPECT_EQ(tuner.threads(), best) << "from " << first;
      EXPECT_GT(TimeFraction(tuner, best, 2000, cost), 0.9) << best << " from " << first;
    }
  }
}

TEST(ThreadTuner, BeginsATrialWhenTheMachineBecomesBusy) {
  ThreadTuner tuner;
  tuner.Start(2, 2, /*has_trials=*/true);
  const auto quiet = [](int threads) { return 1e-3 / threads; };
  TimeFraction(tuner, 2, 1000, quiet);
  ASSERT_EQ(tuner.threads(), 2);
  const auto busy = [](int threads) { return threads == 1 ? 1e-3 : 8e-3; };
  TimeFraction(tuner, 2, 50, busy);
  EXPECT_GT(TimeFraction(tuner, 1, 500, busy), 0.8);
  TimeFraction(tuner, 2, 1000, quiet);
  EXPECT_GT(TimeFraction(tuner, 2, 1000, quiet), 0.9);
}

TEST(ThreadTuner, KeepsItsChoiceFromEpochToEpoch) {
  ThreadTuner tuner;
  const auto cost = [](int threads) { return 1e-3 * threads; };
  tuner.Start(2, 2, /*has_trials=*/true);
  TimeFraction(tuner, 1, 50, cost);
  ASSERT_EQ(tuner.threads(), 1);
  tuner.Start(2, 2, /*has_trials=*/true);
  EXPECT_EQ(tuner.threads(), 1);
  tuner.Start(2, 1, /*has_trials=*/true);  // another guess is no reason to forget
  EXPECT_EQ(tuner.threads(), 1);
  tuner.Start(4, 2, /*has_trials=*/true);
  EXPECT_EQ(tuner.threads(), 2);
}

}  // namespace
}  // namespace mlp
