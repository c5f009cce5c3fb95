#include "train/machine.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "math/compute_pool.h"

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
  EXPECT_EQ(machine.cores, FixedMachine().cores);
  EXPECT_EQ(machine.cpus, FixedMachine().cpus);
  // Bounds that no computer leaves, busy or not.
  EXPECT_GT(machine.products_per_ns, 1e-4);
  EXPECT_LT(machine.products_per_ns, 1e4);
  for (const double ns : {machine.meeting_ns, machine.read_line_ns, machine.write_line_ns}) {
    EXPECT_GT(ns, 1e-3);
    EXPECT_LT(ns, 1e8);
  }
  const Machine again = MeasuredMachine();
  EXPECT_EQ(again.products_per_ns, machine.products_per_ns);
  EXPECT_EQ(again.meeting_ns, machine.meeting_ns);
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
