#ifndef PERCEPTRA_TRAIN_SLICE_CLOCK_H_
#define PERCEPTRA_TRAIN_SLICE_CLOCK_H_

#include <algorithm>
#include <chrono>
#include <cstddef>

#include "math/compute_pool.h"

namespace mlp {

// The time of a slice, and whether there is time left. For rank 0.
class SliceClock {
 public:
  // The slice ends when the smaller budget is spent, or early for an urgent job that waits for the team's
  // threads.
  void Start(double budget_ms, double other_budget_ms, const Team& team) {
    team_ = &team;
    start_ = std::chrono::steady_clock::now();
    budget_ms_ = budget_ms;
    other_budget_ms_ = other_budget_ms;
    next_reading_ = 1;
  }

  double elapsed_ms() const {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start_).count();
  }

  // Whether there is time for another step. The clock is read about every 50 microseconds: for a tiny network
  // a reading costs a large fraction of a step.
  bool Allows(std::size_t steps_taken) {
    if (steps_taken < next_reading_) return true;
    const double elapsed = elapsed_ms(), per_step = elapsed / static_cast<double>(steps_taken);
    next_reading_ = steps_taken + static_cast<std::size_t>(std::clamp(0.05 / (per_step + 1e-6), 1.0, 1000.0));
    if (elapsed > kLeastMs && team_->UrgentWaits()) return false;
    return elapsed < budget_ms_ && elapsed < other_budget_ms_;
  }

 private:
  // What training gets between urgent jobs that come without a pause.
  static constexpr double kLeastMs = 4;

  const Team* team_ = nullptr;
  std::chrono::steady_clock::time_point start_;
  double budget_ms_ = 0, other_budget_ms_ = 0;
  std::size_t next_reading_ = 1;  // steps until the clock is read again
};

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_SLICE_CLOCK_H_
