#ifndef PERCEPTRA_TEST_GROUP_MEETING_H_
#define PERCEPTRA_TEST_GROUP_MEETING_H_

#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <future>
#include <memory>
#include <vector>

#include "math/error.h"
#include "train/all_reduce.h"

namespace mlp {

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

}  // namespace mlp

#endif  // PERCEPTRA_TEST_GROUP_MEETING_H_
