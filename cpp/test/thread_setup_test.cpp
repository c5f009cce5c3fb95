#include "math/thread_setup.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <thread>

#include "math/real.h"

#if defined(__linux__)
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace mlp {
namespace {

// Settings of a thread end with it.
template <typename F>
void OnAnotherThread(F f) {
  std::thread(f).join();
}

TEST(ThreadSetup, FlushesDenormals) {
  OnAnotherThread([] {
    volatile Real small = std::numeric_limits<Real>::min();
    EXPECT_GT(small / 4, 0);
    SetUpComputeThread();
#if defined(__x86_64__) || defined(__aarch64__)
    EXPECT_EQ(small / 4, 0);
#endif
  });
}

#if defined(__linux__)
TEST(ThreadSetup, MoveToCpuDoesNotBindTheThread) {
  OnAnotherThread([] {
    cpu_set_t before, after;
    ASSERT_EQ(sched_getaffinity(0, sizeof(before), &before), 0);
    for (int cpu = 0; cpu <= CPU_COUNT(&before); ++cpu) {  // the last one is not there
      MoveToCpu(cpu);
      EXPECT_GE(PresentCpu(), 0);
      EXPECT_LT(PresentCpu(), CPU_COUNT(&before));
      ASSERT_EQ(sched_getaffinity(0, sizeof(after), &after), 0);
      EXPECT_TRUE(CPU_EQUAL(&before, &after));
    }
  });
}

// The niceness where the kernel gives no slice, and where it gives the one that is asked for.
constexpr int kLowered = 5, kLoweredWithSlice = 1;
constexpr std::uint64_t kSliceNs = 20'000'000;

// The slice of the calling thread in nanoseconds; 0 if the kernel has none.
std::uint64_t SliceNs() {
  std::uint64_t attributes[6] = {};  // struct sched_attr: the runtime is its fourth word
  return syscall(SYS_sched_getattr, 0, attributes, sizeof(attributes), 0) == 0 ? attributes[3] : 0;
}

// Under `nice` the event loop has a low priority too: that of compute threads must be lower still.
TEST(ThreadSetup, LowersThePriorityBelowThatOfTheCreator) {
  const int niceness = getpriority(PRIO_PROCESS, 0);
  for (const int start : {niceness, niceness + 3, 17, 19}) {
    if (start < niceness || start > 19) continue;
    OnAnotherThread([start] {
      ASSERT_EQ(setpriority(PRIO_PROCESS, 0, start), 0);
      SetUpComputeThread();
      const int lowered = SliceNs() == kSliceNs ? kLoweredWithSlice : kLowered;
      EXPECT_EQ(getpriority(PRIO_PROCESS, 0), std::min(start + lowered, 19));
    });
  }
  EXPECT_EQ(getpriority(PRIO_PROCESS, 0), niceness);
}
#endif

}  // namespace
}  // namespace mlp
