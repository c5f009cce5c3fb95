#ifndef PERCEPTRA_TRAIN_MEASUREMENT_H_
#define PERCEPTRA_TRAIN_MEASUREMENT_H_

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <limits>

#include "math/aligned.h"
#include "math/compute_pool.h"
#include "math/real.h"
#include "train/machine.h"

namespace mlp {

// Measures the costs of a machine on a team of two threads. Each cost is the least of many short rounds: what
// disturbs a round makes it longer. The jobs behind it in the pool wait, and on a busy machine each meeting
// can take a time slice of the scheduler: when its time is up, it ends at the next meeting.
class Measurement {
 public:
  static constexpr double kMostMs = 5;  // about ten times what an idle machine needs

  explicit Measurement(double most_ms = kMostMs);

  // On both members of a team of two. Allocates nothing. When the time is up, rank 0 leaves, so that rank 1
  // leaves by MeetingMissed.
  void Run(Team& team);

  bool done() const { return done_.load(std::memory_order_acquire); }
  // The fixed values where there was no time for enough rounds. REQUIRES: done()
  const Machine& machine() const { return machine_; }

 private:
  static constexpr int kRounds = 32, kFewestRounds = 4, kMeetings = 8;
  static constexpr std::size_t kLine = 64 / sizeof(Real), kLines = 256, kSide = 32;
  static constexpr double kNever = std::numeric_limits<double>::infinity();
  using Clock = std::chrono::steady_clock;

  struct TimeIsUp {};

  // The least time of one of `count` pieces of work.
  template <typename F>
  static void Time(double& least_ns, double count, F work) {
    const auto start = Clock::now();
    work();
    const std::chrono::duration<double, std::nano> elapsed = Clock::now() - start;
    least_ns = std::min(least_ns, std::max(elapsed.count(), 1.0) / count);
  }

  void Meet(Team& team);
  void MeasureMeeting(Team& team);
  void MeasureLines(Team& team);
  void MeasureProducts();
  void WriteLines();
  Real SumOfLines() const;
  void Finish(int rounds);
  void SetCosts();

  const double most_ms_;
  Machine machine_;
  Vector lines_, x_, w_, y_;
  Clock::time_point start_;  // rank 0's, like the costs
  double multiply_add_ns_ = kNever, meeting_ns_ = kNever, write_line_ns_ = kNever, read_line_ns_ = kNever;
  alignas(64) double rank1_read_line_ns_ = kNever, rank1_meeting_ns_ = kNever;  // written by rank 1
  volatile Real sum_ = 0;  // keeps the compiler from leaving out the reads
  std::atomic<bool> done_{false};
};

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_MEASUREMENT_H_
