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

// struct sched_attr: the policy is the upper half of the first word, the runtime is the fourth word.
struct Attributes {
  std::uint64_t words[6] = {};
  bool Read() { return syscall(SYS_sched_getattr, 0, words, sizeof(words), 0) == 0; }
  bool Write() { return syscall(SYS_sched_setattr, 0, words, 0) == 0; }
};

// The slice of the calling thread in nanoseconds; 0 if the kernel has none.
std::uint64_t SliceNs() {
  Attributes attributes;
  return attributes.Read() ? attributes.words[3] : 0;
}

// Whether a thread gets the slice that it asks for: not before Linux 6.12, and not where a container refuses
// the call.
bool GivesSlice() {
  bool gives = false;
  OnAnotherThread([&gives] {
    Attributes attributes;
    const int policy = sched_getscheduler(0);
    if ((policy != SCHED_OTHER && policy != SCHED_BATCH) || !attributes.Read()) return;
    attributes.words[3] = kSliceNs;
    gives = attributes.Write() && SliceNs() == kSliceNs;
  });
  return gives;
}

// Under `nice` the event loop has a low priority too: that of compute threads must be lower still.
TEST(ThreadSetup, LowersThePriorityBelowThatOfTheCreator) {
  const int niceness = getpriority(PRIO_PROCESS, 0);
  const bool gives_slice = GivesSlice();
  for (const int start : {niceness, niceness + 3, 17, 19}) {
    if (start < niceness || start > 19) continue;
    OnAnotherThread([start, gives_slice] {
      ASSERT_EQ(setpriority(PRIO_PROCESS, 0, start), 0);
      SetUpComputeThread();
      if (gives_slice) {
        EXPECT_EQ(SliceNs(), kSliceNs);
      }
      const int lowered = gives_slice ? kLoweredWithSlice : kLowered;
      EXPECT_EQ(getpriority(PRIO_PROCESS, 0), std::min(start + lowered, 19));
    });
  }
  EXPECT_EQ(getpriority(PRIO_PROCESS, 0), niceness);
}
#endif

}  // namespace
}  // namespace mlp
