#include "train/measurement.h"

#include "math/kernels.h"

namespace mlp {
namespace {

// On a busy machine no round may be undisturbed, and the values stay for the life of the process: they are
// kept within the bounds of known machines.
void Set(double& value, double measured, double factor) {
  value = std::clamp(measured, value / factor, value * factor);
}

}  // namespace

Measurement::Measurement(double most_ms)
    : most_ms_(most_ms),
      machine_(FixedMachine()),
      lines_(kLines * kLine),
      x_(kSide * kSide),
      w_(x_),
      y_(x_) {}

void Measurement::Run(Team& team) {
  team.Meet();  // how long the other thread takes to come is no cost of a meeting
  if (team.rank() == 0) start_ = Clock::now();
  int rounds = 0;
  try {
    for (; rounds < kRounds; ++rounds) {
      MeasureMeeting(team);
      MeasureLines(team);
      if (team.rank() == 0) MeasureProducts();
    }
  } catch (const TimeIsUp&) {
  }
  if (team.rank() == 0) Finish(rounds);
}

void Measurement::Meet(Team& team) {
  if (team.rank() == 0) {
    const std::chrono::duration<double, std::milli> elapsed = Clock::now() - start_;
    if (elapsed.count() >= most_ms_) throw TimeIsUp();
  }
  team.Meet();
}

void Measurement::MeasureMeeting(Team& team) {
  Meet(team);
  Time(team.rank() == 0 ? meeting_ns_ : rank1_meeting_ns_, kMeetings, [&] {
    for (int i = 0; i < kMeetings; ++i) Meet(team);
  });
}

// Rank 0 writes what rank 1 has read, then rank 1 reads what rank 0 has written.
void Measurement::MeasureLines(Team& team) {
  if (team.rank() == 0) Time(write_line_ns_, kLines, [&] { WriteLines(); });
  Meet(team);
  if (team.rank() == 1) Time(rank1_read_line_ns_, kLines, [&] { sum_ = SumOfLines(); });
  Meet(team);
  if (team.rank() == 0) read_line_ns_ = rank1_read_line_ns_;
}

void Measurement::WriteLines() {
  for (std::size_t i = 0; i < lines_.size(); i += kLine) lines_[i] += 1;
}

Real Measurement::SumOfLines() const {
  Real sum = 0;
  for (std::size_t i = 0; i < lines_.size(); i += kLine) sum += lines_[i];
  return sum;
}

void Measurement::MeasureProducts() {
  const Kernels& kernels = ActiveKernels();
  Time(multiply_add_ns_, 3.0 * kSide * kSide * kSide, [&] {
    kernels.forward_product(y_.data(), x_.data(), w_.data(), kSide, kSide, kSide, kSide);
    kernels.input_gradient_product(y_.data(), x_.data(), w_.data(), kSide, kSide, kSide, kSide);
    kernels.weight_gradient_product(y_.data(), x_.data(), w_.data(), kSide, kSide, kSide, kSide, 1, 0);
  });
}

void Measurement::Finish(int rounds) {
  if (rounds >= kFewestRounds) SetCosts();
  done_.store(true, std::memory_order_release);
}

void Measurement::SetCosts() {
  Set(machine_.products_per_ns, 1 / multiply_add_ns_, 20);
  Set(machine_.meeting_ns, meeting_ns_, 10);
  Set(machine_.read_line_ns, read_line_ns_, 5);
  Set(machine_.write_line_ns, write_line_ns_, 5);
}

}  // namespace mlp
