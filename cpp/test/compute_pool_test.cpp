#include "math/compute_pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <thread>
#include <utility>
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
  std::promise<void> release, started;
  auto gate = release.get_future().share();
  std::mutex mutex;
  std::vector<int> order;
  std::atomic<int> left{4};
  std::promise<void> all;
  const auto submit = [&](int name, bool urgent) {
    auto job = std::make_shared<ComputePool::Job>();
    job->threads = ComputePool::Cores() + 1;  // never the express thread's
    job->urgent = urgent;
    job->run = [&, name](Team& team) {
      if (name == 0 && team.rank() == 0) started.set_value();
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
  started.get_future().wait();
  submit(1, false);
  submit(2, true);
  submit(3, true);
  release.set_value();
  all.get_future().wait();
  EXPECT_EQ(order, (std::vector<int>{0, 2, 3, 1}));
}

// Waits for the jobs that Make makes.
class Jobs {
 public:
  explicit Jobs(int count) : left_(count) {}
  std::shared_ptr<ComputePool::Job> Make(int threads, bool urgent, std::function<void(Team&)> run) {
    auto job = std::make_shared<ComputePool::Job>();
    job->threads = threads;
    job->urgent = urgent;
    job->run = std::move(run);
    job->done = [this](const std::exception_ptr&) {
      if (--left_ == 0) all_.set_value();
    };
    return job;
  }
  void Wait() { all_.get_future().wait(); }

 private:
  std::atomic<int> left_;
  std::promise<void> all_;
};

TEST(ComputePool, RunsSmallUrgentJobsWhileAllOtherThreadsAreAtWork) {
  ComputePool& pool = ComputePool::ProcessWide();
  std::promise<void> release, small_ran;
  auto gate = release.get_future().share();
  Jobs jobs(8);
  std::atomic<int> ran{0};
  pool.Submit(jobs.Make(ComputePool::Cores() + 1, false, [&](Team&) { gate.wait(); }));
  for (int i = 0; i < 7; ++i) {
    pool.Submit(jobs.Make(1, true, [&](Team& team) {
      EXPECT_EQ(team.size(), 1);
      if (++ran == 7) small_ran.set_value();
    }));
  }
  small_ran.get_future().wait();  // the gate is still closed
  release.set_value();
  jobs.Wait();
}

TEST(ComputePool, TellsTeamsThatAnUrgentJobWaits) {
  ComputePool& pool = ComputePool::ProcessWide();
  Jobs jobs(2);
  std::promise<void> started;
  std::atomic<bool> announced{false}, ended_early{true};
  const int threads = ComputePool::Cores() + 1;
  pool.Submit(jobs.Make(threads, false, [&](Team& team) {
    if (!announced.exchange(true)) {
      if (team.UrgentWaits()) ended_early = false;
      started.set_value();
    }
    while (!team.UrgentWaits()) std::this_thread::yield();
  }));
  started.get_future().wait();
  pool.Submit(jobs.Make(threads, true, [&](Team& team) {
    if (team.UrgentWaits()) ended_early = false;  // none but this one, which has begun
  }));
  jobs.Wait();
  EXPECT_TRUE(ended_early);
}

TEST(ComputePool, UrgentJobsDoNotKeepOthersWaitingForEver) {
  ComputePool& pool = ComputePool::ProcessWide();
  std::promise<void> release, started;
  auto gate = release.get_future().share();
  std::mutex mutex;
  std::vector<bool> order;
  std::atomic<int> left{22};
  std::promise<void> all;
  for (int i = 0; i < 22; ++i) {
    auto job = std::make_shared<ComputePool::Job>();
    job->threads = ComputePool::Cores() + 1;
    job->urgent = i > 1;
    job->run = [&, i](Team& team) {
      if (i == 0 && team.rank() == 0) started.set_value();
      if (i == 0) gate.wait();
      if (team.rank() != 0) return;
      const std::lock_guard lock(mutex);
      order.push_back(i > 1);
    };
    job->done = [&](const std::exception_ptr&) {
      if (--left == 0) all.set_value();
    };
    pool.Submit(job);
    if (i == 0) started.get_future().wait();
  }
  release.set_value();
  all.get_future().wait();
  EXPECT_EQ(std::find(order.begin() + 1, order.end(), false) - order.begin(), 5);
}

}  // namespace
}  // namespace mlp
