#include "train/machine.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "math/compute_pool.h"
#include "train/measurement.h"

namespace mlp {
namespace {

TEST(Machine, IsMeasuredOnceInTheBackground) {
  bool measured = false;
  Machine machine = MeasuredMachine(&measured);
  for (int wait = 0; !measured && wait < 1000 && ComputePool::Cores() > 1; ++wait) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    machine = MeasuredMachine(&measured);
  }
  EXPECT_EQ(measured, ComputePool::Cores() > 1);  // one core has nothing to measure
  const Machine fixed = FixedMachine();
  EXPECT_EQ(machine.cores, fixed.cores);
  EXPECT_EQ(machine.cpus, fixed.cpus);
  const auto expect_near = [](double value, double usual, double factor) {
    EXPECT_GE(value, usual / factor);
    EXPECT_LE(value, usual * factor);
  };
  expect_near(machine.products_per_ns, fixed.products_per_ns, 20);
  expect_near(machine.meeting_ns, fixed.meeting_ns, 10);
  expect_near(machine.read_line_ns, fixed.read_line_ns, 5);
  expect_near(machine.write_line_ns, fixed.write_line_ns, 5);
  const Machine again = MeasuredMachine();
  EXPECT_EQ(again.products_per_ns, machine.products_per_ns);
  EXPECT_EQ(again.meeting_ns, machine.meeting_ns);
}

TEST(Machine, AMeasurementThatHasNoTimeLeavesTheFixedValues) {
  Measurement measurement(0);
  // Rank 0 leaves, which ends the job.
  EXPECT_THROW(ComputePool::ProcessWide().Run(2, [&](Team& team) { measurement.Run(team); }), MeetingMissed);
  ASSERT_TRUE(measurement.done());
  const Machine fixed = FixedMachine();
  EXPECT_EQ(measurement.machine().products_per_ns, fixed.products_per_ns);
  EXPECT_EQ(measurement.machine().meeting_ns, fixed.meeting_ns);
  EXPECT_EQ(measurement.machine().read_line_ns, fixed.read_line_ns);
  EXPECT_EQ(measurement.machine().write_line_ns, fixed.write_line_ns);
}

TEST(Machine, FixedValuesAreTheSameInEveryProcess) {
  const Machine fixed = FixedMachine(), defaults;
  EXPECT_EQ(fixed.cores, ComputePool::Cores());
  EXPECT_EQ(fixed.products_per_ns, defaults.products_per_ns);
  EXPECT_EQ(fixed.meeting_ns, defaults.meeting_ns);
  EXPECT_EQ(fixed.read_line_ns, defaults.read_line_ns);
  EXPECT_EQ(fixed.write_line_ns, defaults.write_line_ns);
}

}  // namespace
}  // namespace mlp
