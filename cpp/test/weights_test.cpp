#include "train/weights.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <new>
#include <thread>

namespace mlp {
namespace {

bool AllEqual(const Vector& weights) {
  return std::all_of(weights.begin(), weights.end(), [&](Real w) { return w == weights[0]; });
}

TEST(Weights, AtRestReadersShareTheVectorAndWritersCopyIt) {
  Weights weights(10);
  std::fill(weights.Change().begin(), weights.Change().end(), Real(0));
  const auto read = weights.Read();
  EXPECT_EQ(read.get(), &weights.AtRest());
  std::fill(weights.Change().begin(), weights.Change().end(), Real(2));
  EXPECT_EQ((*read)[0], Real(0));
  EXPECT_EQ(weights.AtRest()[0], Real(2));
}

TEST(Weights, NothingIsCopiedWithoutReaders) {
  Weights weights(10);
  const Vector* before = &weights.AtRest();
  EXPECT_EQ(&weights.BeginSlice(), before);
  weights.AfterStep();
  weights.EndSlice();
  EXPECT_EQ(&weights.AtRest(), before);
}

TEST(Weights, AreMadeWhenTheyAreFirstNeededAndNeverTwice) {
  int made = 0;
  Weights weights(10, [&](Vector& numbers) {
    ++made;
    std::fill(numbers.begin(), numbers.end(), Real(3));
  });
  EXPECT_FALSE(weights.is_made());
  EXPECT_EQ((*weights.Read())[9], Real(3));
  EXPECT_EQ(weights.BeginSlice()[0], Real(3));
  weights.EndSlice();
  EXPECT_EQ(weights.AtRest()[5], Real(3));
  EXPECT_EQ(made, 1);
}

TEST(Weights, AreNotMadeForAWriterOfAllOfThem) {
  Weights weights(10, [](Vector&) { ADD_FAILURE(); });
  std::fill(weights.Overwrite().begin(), weights.Overwrite().end(), Real(4));
  EXPECT_EQ(weights.AtRest()[9], Real(4));
  const auto read = weights.Read();
  std::fill(weights.Overwrite().begin(), weights.Overwrite().end(), Real(5));
  EXPECT_EQ((*read)[0], Real(4));
}

TEST(Weights, AreMadeByTheNextCallerIfMemoryRanOut) {
  bool fails = true;
  Weights weights(10, [&](Vector& numbers) {
    if (fails) throw std::bad_alloc();
    std::fill(numbers.begin(), numbers.end(), Real(1));
  });
  EXPECT_THROW(weights.Read(), std::bad_alloc);
  fails = false;
  EXPECT_EQ(weights.AtRest()[0], Real(1));
}

// A writer that changes every weight in each step, and readers at any time: a torn copy would hold two
// values.
TEST(Weights, ReadersNeverSeeAStepHalfDone) {
  Weights weights(20000);
  std::fill(weights.Change().begin(), weights.Change().end(), Real(0));
  std::atomic<bool> stop{false};
  std::thread trainer([&] {
    Real value = 0;
    while (!stop) {
      Vector& live = weights.BeginSlice();
      for (int step = 0; step < 20; ++step) {
        value += 1;
        std::fill(live.begin(), live.end(), value);
        weights.AfterStep();
      }
      weights.EndSlice();
    }
  });
  Real last = 0;
  for (int i = 0; i < 2000; ++i) {
    const auto read = weights.Read();
    ASSERT_TRUE(AllEqual(*read));
    ASSERT_GE((*read)[0], last);
    last = (*read)[0];
  }
  stop = true;
  trainer.join();
  EXPECT_GT(last, 0);
}

}  // namespace
}  // namespace mlp
