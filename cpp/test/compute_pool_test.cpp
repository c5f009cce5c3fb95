#include "math/compute_pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <thread>
#include <vector>

namespace mlp {
namespace {

TEST(ComputePool, GivesEveryMemberItsRank) {
  for (const int threads : {1, 2, 4, 7}) {
    std::vector<std::atomic<int>> seen(static_cast<std::size_t>(threads));
    ComputePool::ProcessWide().Run(threads, [&](Team& team) {
      EXPECT_EQ(team.size(), threads);
      ++seen[static_cast<std::size_t>(team.rank())];
    });
    for (const auto& count : seen) EXPECT_EQ(count, 1);
  }
}

TEST(ComputePool, MeetingsSynchronizeAllThreads) {
  constexpr int kThreads = 4, kRounds = 2000;
  std::vector<int> rounds(kThreads);
  std::atomic<int> apart{0};
  ComputePool::ProcessWide().Run(kThreads, [&](Team& team) {
    for (int round = 0; round < kRounds; ++round) {
      rounds[static_cast<std::size_t>(team.rank())] = round;
      team.Meet();
      for (const int other : rounds) apart += other != round;
      team.Meet();
    }
  });
  EXPECT_EQ(apart, 0);
}

TEST(ComputePool, RunsManyTeamsFromManyCallers) {
  std::atomic<int> ran{0};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 6; ++caller) {
    callers.emplace_back([&, caller] {
      for (int i = 0; i < 50; ++i) {
        ComputePool::ProcessWide().Run(1 + (caller + i) % 3, [&](Team& team) {
          team.Meet();
          ++ran;
          team.Meet();
        });
      }
    });
  }
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(ran, 600);
}

TEST(ComputePool, CancelsJobsThatHaveNotStarted) {
  ComputePool& pool = ComputePool::ProcessWide();
  std::promise<void> release, started;
  auto gate = release.get_future().share();
  auto blocker = std::make_shared<ComputePool::Job>();
  std::atomic<bool> announced{false};
  blocker->threads = ComputePool::Cores();
  blocker->run = [&](Team&) {
    if (!announced.exchange(true)) started.set_value();
    gate.wait();
  };
  std::promise<void> finished;
  blocker->done = [&](const std::exception_ptr&) { finished.set_value(); };
  pool.Submit(blocker);
  started.get_future().wait();

  auto waiting = std::make_shared<ComputePool::Job>();
  bool ran = false;
  waiting->run = [&](Team&) { ran = true; };
  waiting->done = [&](const std::exception_ptr&) { ran = true; };
  pool.Submit(waiting);
  EXPECT_TRUE(pool.Cancel(waiting));
  EXPECT_FALSE(pool.Cancel(waiting));
  EXPECT_FALSE(pool.Cancel(blocker));
  release.set_value();
  finished.get_future().wait();
  pool.Run(1, [](Team&) {});
  EXPECT_FALSE(ran);
}

TEST(ComputePool, StartsUrgentJobsFirst) {
  ComputePool& pool = ComputePool::ProcessWide();
  std::promise<void> release;
  auto gate = release.get_future().share();
  std::mutex mutex;
  std::vector<int> order;
  std::atomic<int> left{4};
  std::promise<void> all;
  const auto submit = [&](int name, bool urgent) {
    auto job = std::make_shared<ComputePool::Job>();
    job->threads = ComputePool::Cores();
    job->urgent = urgent;
    job->run = [&, name](Team& team) {
      if (name == 0) gate.wait();
      if (team.rank() != 0) return;
      const std::lock_guard lock(mutex);
      order.push_back(name);
    };
    job->done = [&](const std::exception_ptr&) {
      if (--left == 0) all.set_value();
    };
    pool.Submit(job);
  };
  submit(0, false);
  submit(1, false);
  submit(2, true);
  submit(3, true);
  release.set_value();
  all.get_future().wait();
  EXPECT_EQ(order, (std::vector<int>{0, 2, 3, 1}));
}

TEST(ComputePool, UrgentJobsDoNotKeepOthersWaitingForEver) {
  ComputePool& pool = ComputePool::ProcessWide();
  std::promise<void> release;
  auto gate = release.get_future().share();
  std::mutex mutex;
  std::vector<bool> order;
  std::atomic<int> left{22};
  std::promise<void> all;
  for (int i = 0; i < 22; ++i) {
    auto job = std::make_shared<ComputePool::Job>();
    job->threads = ComputePool::Cores();
    job->urgent = i > 1;
    job->run = [&, i](Team& team) {
      if (i == 0) gate.wait();
      if (team.rank() != 0) return;
      const std::lock_guard lock(mutex);
      order.push_back(i > 1);
    };
    job->done = [&](const std::exception_ptr&) {
      if (--left == 0) all.set_value();
    };
    pool.Submit(job);
  }
  release.set_value();
  all.get_future().wait();
  EXPECT_EQ(std::find(order.begin() + 1, order.end(), false) - order.begin(), 5);
}

}  // namespace
}  // namespace mlp
