// Which cores the threads of a team begin on. Each test has a pool of its own, whose threads may use the
// cores that the thread which made them may.
#if defined(__linux__)

#include <gtest/gtest.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "math/compute_pool.h"

namespace mlp {
namespace {

// The first cores that this process may use.
std::vector<int> FirstCores(std::size_t count) {
  cpu_set_t all;
  EXPECT_EQ(sched_getaffinity(0, sizeof(all), &all), 0);
  std::vector<int> cores;
  for (int core = 0; core < CPU_SETSIZE && cores.size() < count; ++core) {
    if (CPU_ISSET(core, &all)) cores.push_back(core);
  }
  return cores;
}

void Bind(const std::vector<int>& cores) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int core : cores) CPU_SET(core, &set);
  ASSERT_EQ(sched_setaffinity(0, sizeof(set), &set), 0);
}

// Pools are never destroyed: their threads wait for ever.
ComputePool& NewPool() {
  static std::vector<ComputePool*>& pools = *new std::vector<ComputePool*>;
  return *pools.emplace_back(new ComputePool);
}

// A thread that asks for a core all the time.
class Spinner {
 public:
  explicit Spinner(int core)
      : thread_([this, core] {
          Bind({core});
          while (!done_.load(std::memory_order_relaxed)) {
          }
        }) {}
  ~Spinner() {
    done_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> done_{false};
  std::thread thread_;
};

// The system would wake both on the core that has nothing else to do, where one would wait for the other.
TEST(ComputePool, ThreadsOfATeamBeginOnCoresOfTheirOwn) {
  const std::vector<int> cores = FirstCores(2);
  std::thread([&] {
    constexpr int kTeams = 40;
    Bind(cores);
    ComputePool& pool = NewPool();
    int apart = 0;
    const Spinner spinner(cores.back());
    for (int i = 0; i < kTeams; ++i) {
      int at[2];
      pool.Run(2, [&](Team& team) {
        const int core = sched_getcpu();
        team.Meet();
        at[team.rank()] = core;
        Bind({cores[0]});  // where the next team finds both
        Bind(cores);
      });
      apart += at[0] != at[1];
    }
    if (cores.size() < 2) {
      EXPECT_EQ(apart, 0);
    } else {
      EXPECT_GT(apart, kTeams / 4);  // the system may have moved one of them at once
    }
  }).join();
}

// More threads than the cores that they may use, and fewer of those than the process has: all meet
// nevertheless, and may use afterwards what they might before.
TEST(ComputePool, TeamsMeetOnFewerCoresThanTheProcessHas) {
  for (const std::size_t allowed : {1u, 2u}) {
    std::thread([&] {
      const std::vector<int> cores = FirstCores(allowed);
      Bind(cores);
      ComputePool& pool = NewPool();
      for (const int threads : {2, 3, 2 * ComputePool::Cores() + 1}) {
        std::atomic<int> met{0};
        pool.Run(threads, [&](Team& team) {
          for (int i = 0; i < 20; ++i) team.Meet();
          ++met;
          cpu_set_t after;
          EXPECT_EQ(sched_getaffinity(0, sizeof(after), &after), 0);
          EXPECT_EQ(CPU_COUNT(&after), static_cast<int>(cores.size()));
          EXPECT_TRUE(std::find(cores.begin(), cores.end(), sched_getcpu()) != cores.end());
        });
        EXPECT_EQ(met, threads);
      }
    }).join();
  }
}

// Cores taken away from threads that are there already.
TEST(ComputePool, TeamsMeetWhenCoresAreTakenAway) {
  const std::vector<int> cores = FirstCores(2);
  std::thread([&] {
    ComputePool& pool = NewPool();
    for (const std::size_t allowed : {2u, 1u, 2u, 1u}) {
      const std::vector<int> now(
          cores.begin(), cores.begin() + static_cast<std::ptrdiff_t>(std::min(allowed, cores.size())));
      pool.Run(2, [&](Team& team) {
        Bind(now);
        team.Meet();
      });
      std::atomic<int> met{0};
      pool.Run(2, [&](Team& team) {
        for (int i = 0; i < 20; ++i) team.Meet();
        ++met;
      });
      EXPECT_EQ(met, 2);
    }
  }).join();
}

}  // namespace
}  // namespace mlp

#endif
