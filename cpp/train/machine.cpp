#include "train/machine.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <limits>
#include <memory>

#include "math/aligned.h"
#include "math/compute_pool.h"
#include "math/cores.h"
#include "math/kernels.h"
#include "math/real.h"

namespace mlp {
namespace {

constexpr std::size_t kLine = 64 / sizeof(Real);

// Two threads measure together. A cost is the least of many short rounds, since disturbances only make a
// round longer.
class Measurement {
 public:
  Measurement() : machine_(FixedMachine()), lines_(kLines * kLine), x_(kSide * kSide), w_(x_), y_(x_) {}

  // On both members of a team of two. Allocates nothing.
  void Run(Team& team) {
    for (int round = 0; round < kRounds; ++round) {
      MeasureMeeting(team);
      MeasureLines(team);
      if (team.rank() == 0) MeasureProducts();
    }
    team.Meet();
    if (team.rank() == 0) Finish();
  }

  bool done() const { return done_.load(std::memory_order_acquire); }
  // REQUIRES: done()
  const Machine& machine() const { return machine_; }

 private:
  static constexpr int kRounds = 32, kMeetings = 8;
  static constexpr std::size_t kLines = 256, kSide = 32;

  template <typename F>
  static void Time(double& least_ns, double count, F work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double, std::nano> elapsed = std::chrono::steady_clock::now() - start;
    least_ns = std::min(least_ns, std::max(elapsed.count(), 1.0) / count);
  }

  void MeasureMeeting(Team& team) {
    double ns = meeting_ns_;
    team.Meet();
    Time(ns, kMeetings, [&] {
      for (int i = 0; i < kMeetings; ++i) team.Meet();
    });
    if (team.rank() == 0) meeting_ns_ = ns;
  }

  // Rank 0 writes what rank 1 has read, then rank 1 reads what rank 0 has written.
  void MeasureLines(Team& team) {
    if (team.rank() == 0) Time(write_line_ns_, kLines, [&] { WriteLines(); });
    team.Meet();
    if (team.rank() == 1) Time(read_line_ns_, kLines, [&] { sum_ = SumOfLines(); });
    team.Meet();
  }

  void WriteLines() {
    for (std::size_t i = 0; i < lines_.size(); i += kLine) lines_[i] += 1;
  }

  Real SumOfLines() const {
    Real sum = 0;
    for (std::size_t i = 0; i < lines_.size(); i += kLine) sum += lines_[i];
    return sum;
  }

  void MeasureProducts() {
    const Kernels& kernels = ActiveKernels();
    Time(multiply_add_ns_, 3.0 * kSide * kSide * kSide, [&] {
      kernels.forward_product(y_.data(), x_.data(), w_.data(), kSide, kSide, kSide, kSide);
      kernels.input_gradient_product(y_.data(), x_.data(), w_.data(), kSide, kSide, kSide, kSide);
      kernels.weight_gradient_product(y_.data(), x_.data(), w_.data(), kSide, kSide, kSide, kSide, 1, 0);
    });
  }

  // On a busy machine every round may be disturbed, and the values stay for the life of the process: so they
  // are kept within bounds around the defaults.
  void Finish() {
    machine_.products_per_ns = Within(1 / multiply_add_ns_, machine_.products_per_ns, 20);
    machine_.meeting_ns = Within(meeting_ns_, machine_.meeting_ns, 10);
    machine_.read_line_ns = Within(read_line_ns_, machine_.read_line_ns, 5);
    machine_.write_line_ns = Within(write_line_ns_, machine_.write_line_ns, 5);
    done_.store(true, std::memory_order_release);
  }

  static double Within(double value, double usual, double factor) {
    return std::clamp(value, usual / factor, usual * factor);
  }

  static constexpr double kNever = std::numeric_limits<double>::infinity();
  Machine machine_;
  Vector lines_, x_, w_, y_;
  double multiply_add_ns_ = kNever, meeting_ns_ = kNever, write_line_ns_ = kNever;  // written by rank 0
  alignas(64) double read_line_ns_ = kNever;                                        // written by rank 1
  volatile Real sum_ = 0;  // keeps the compiler from leaving out the reads
  std::atomic<bool> done_{false};
};

// Null if the measurement cannot start: then the fixed values stay.
const Measurement* StartMeasurement() {
  try {
    // Never destroyed: a process may exit while the compute threads measure.
    auto measurement = std::make_unique<Measurement>();
    auto job = std::make_shared<ComputePool::Job>();
    job->threads = 2;
    job->run = [running = measurement.get()](Team& team) { running->Run(team); };
    job->done = [](std::exception_ptr) {};
    ComputePool::ProcessWide().Submit(job);
    return measurement.release();
  } catch (const std::exception&) {
    return nullptr;
  }
}

}  // namespace

Machine FixedMachine() {
  Machine machine;
  machine.cores = ComputePool::Cores();
  machine.cpus = ProcessCpuLimits().most_threads();
  return machine;
}

Machine MeasuredMachine(bool* measured) {
  // On one core there is no choice of threads.
  static const Measurement* const measurement = ComputePool::Cores() > 1 ? StartMeasurement() : nullptr;
  const bool done = measurement != nullptr && measurement->done();
  if (measured != nullptr) *measured = done;
  return done ? measurement->machine() : FixedMachine();
}

}  // namespace mlp
