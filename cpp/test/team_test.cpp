// Meetings never wait for a thread that left.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "math/compute_pool.h"
#include "math/meeting_check.h"
#include "test/watchdog.h"

namespace mlp {
namespace {

constexpr int kThreads = 4;

// What `run` throws on a team of four, or "".
std::string FailureOf(const std::function<void(Team&)>& run) {
  const Watchdog watchdog("FailureOf");
  try {
    ComputePool::ProcessWide().Run(kThreads, run);
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

TEST(Team, PrepareRunsOnRankZeroBeforeAllGoOn) {
  std::atomic<int> prepared{0}, seen{0};
  ComputePool::ProcessWide().Run(kThreads, [&](Team& team) {
    for (int round = 1; round <= 500; ++round) {
      team.Prepare([&] { ++prepared; });
      seen += prepared == round ? 1 : 0;
      team.Meet();
    }
  });
  EXPECT_EQ(prepared, 500);
  EXPECT_EQ(seen, 500 * kThreads);
}

TEST(Team, SharesOutEachPieceOnce) {
  for (const int threads : {1, 2, 3, 4}) {
    for (const std::size_t count : {0u, 1u, 2u, 3u, 5u, 16u}) {
      std::vector<std::atomic<int>> calls(count);
      ComputePool::ProcessWide().Run(threads, [&](Team& team) {
        for (int round = 0; round < 300; ++round) {
          team.Share(count, [&](std::size_t k) { ++calls[k]; });
          team.Meet();
        }
      });
      for (const auto& of_piece : calls) EXPECT_EQ(of_piece, 300) << threads << " threads, " << count;
    }
  }
}

TEST(Team, OtherThreadsTakeThePiecesOfOneThatIsLate) {
  constexpr std::size_t kPieces = 16;
  std::atomic<std::size_t> done{0};
  std::atomic<std::size_t> by_late{0};
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  const auto wait_until = [&](auto holds) {
    while (!holds() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  };
  ComputePool::ProcessWide().Run(kThreads, [&](Team& team) {
    team.Share(kPieces, [&](std::size_t) {
      if (team.rank() == 1) {
        ++by_late;
        wait_until([&] { return done == kPieces - 1; });  // others have done all but this
      } else {
        wait_until([&] { return by_late > 0; });
      }
      ++done;
    });
    team.Meet();
  });
  EXPECT_EQ(done, kPieces);
  EXPECT_EQ(by_late, 1u);
}

// Waits of all kinds: while spinning, asleep, and hardly spinning after a long one.
TEST(Team, MeetingsWithThreadsThatAreLateLoseNobody) {
  const Watchdog watchdog("Meetings with late threads");
  constexpr int kMeetings = 1000;
  std::atomic<int> arrived{0}, early{0};
  ComputePool::ProcessWide().Run(kThreads, [&](Team& team) {
    std::uint32_t state = 1;  // all threads draw the same numbers
    for (int meeting = 1; meeting <= kMeetings; ++meeting) {
      state = state * 1664525 + 1013904223;
      if (static_cast<int>(state >> 30) == team.rank()) {
        constexpr int kLate[] = {0, 3, 50, 300};
        std::this_thread::sleep_for(std::chrono::microseconds(kLate[state >> 20 & 3]));
      }
      ++arrived;
      team.Meet();
      early += arrived < meeting * kThreads ? 1 : 0;
      team.Meet();
    }
  });
  EXPECT_EQ(arrived, kMeetings * kThreads);
  EXPECT_EQ(early, 0);
}

TEST(Team, SharesWithoutAMeetingBetweenThemAreFoundInDebugBuilds) {
  if (!Team::kChecks) GTEST_SKIP() << "Not checked in this build.";
  const std::string failure = FailureOf([](Team& team) {
    for (int call = 0; call < 2; ++call) team.Share(kThreads, [](std::size_t) {});
  });
  EXPECT_NE(failure.find("team_test.cpp"), std::string::npos) << failure;
}

TEST(Team, FailedPreparationEndsTheJobOnEveryThread) {
  std::atomic<int> missed{0}, went_on{0};
  const std::string failure = FailureOf([&](Team& team) {
    try {
      team.Prepare([] { throw std::runtime_error("no memory"); });
    } catch (const MeetingMissed&) {
      ++missed;
      throw;
    }
    ++went_on;
  });
  EXPECT_EQ(failure, "no memory");
  EXPECT_EQ(missed, kThreads - 1);
  EXPECT_EQ(went_on, 0);
}

TEST(Team, ExceptionOfAnyThreadBetweenMeetingsEndsTheJob) {
  for (int thrower = 0; thrower < kThreads; ++thrower) {
    for (const int rounds : {0, 1, 2, 100}) {
      const std::string failure = FailureOf([&](Team& team) {
        for (int round = 0; round < 200; ++round) {
          if (team.rank() == thrower && round == rounds) throw std::runtime_error("thrown");
          team.Meet();
        }
      });
      EXPECT_EQ(failure, "thrown") << thrower << ", " << rounds;
    }
  }
}

TEST(Team, SleepingThreadsWakeUpWhenAThreadThrows) {
  EXPECT_EQ(FailureOf([](Team& team) {
              if (team.rank() == 1) {
                std::this_thread::sleep_for(std::chrono::milliseconds(100));
                throw std::runtime_error("late");
              }
              team.Meet();
            }),
            "late");
}

TEST(Team, MeetingsAfterACaughtMeetingMissedThrowToo) {
  std::atomic<int> missed{0};
  EXPECT_EQ(FailureOf([&](Team& team) {
              if (team.rank() == 0) throw std::runtime_error("thrown");
              for (int i = 0; i < 3; ++i) {
                try {
                  team.Meet();
                } catch (const MeetingMissed&) {
                  ++missed;
                }
              }
            }),
            "thrown");
  EXPECT_EQ(missed, 3 * (kThreads - 1));
}

TEST(Team, ThreadThatReturnsTooEarlyFailsTheJob) {
  EXPECT_EQ(FailureOf([](Team& team) {
              team.Meet();
              if (team.rank() == 2) return;
              team.Meet();
            }),
            MeetingMissed().what());
}

TEST(Team, EveryThreadMayThrow) {
  EXPECT_EQ(FailureOf([](Team&) { throw std::runtime_error("all"); }), "all");
}

TEST(Team, AThreadMayLeaveAfterTheLastMeeting) {
  std::atomic<int> through{0};
  for (int i = 0; i < 500; ++i) {
    ComputePool::ProcessWide().Run(kThreads, [&](Team& team) {
      team.Meet();
      ++through;
    });
  }
  EXPECT_EQ(through, 500 * kThreads);
}

TEST(Team, PoolRunsJobsAfterFailures) {
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(FailureOf([](Team& team) { team.Prepare([] { throw std::bad_alloc(); }); }),
              std::bad_alloc().what());
    EXPECT_EQ(FailureOf([](Team& team) { team.Meet(); }), "");
  }
  try {
    ComputePool::ProcessWide().Run(1, [](Team&) { throw 1; });
    FAIL();
  } catch (const int number) {
    EXPECT_EQ(number, 1);
  }
}

// Debug builds compare the places of meetings; a release build waits for all at any place.
TEST(Team, MeetingAtDifferentPlacesFailsInDebugBuilds) {
  const std::string failure = FailureOf([](Team& team) {
    if (team.rank() == 0) {  // NOLINT(bugprone-branch-clone): the lines differ
      team.Meet();
    } else {
      team.Meet();
    }
  });
  EXPECT_EQ(failure.find("team_test.cpp") != std::string::npos, Team::kChecks) << failure;
}

TEST(MeetingCheck, AcceptsTheSamePlaces) {
  MeetingCheck check(3);
  for (int meeting = 0; meeting < 5; ++meeting) {
    for (int rank = 0; rank < 3; ++rank) check.Arrive(rank, {"a.cpp", 10 + meeting});
    for (int rank = 0; rank < 3; ++rank) EXPECT_NO_THROW(check.Compare(rank));
  }
}

TEST(MeetingCheck, AcceptsAThreadThatIsOneMeetingAhead) {
  MeetingCheck check(2);
  check.Arrive(0, {"a.cpp", 10});
  check.Arrive(1, {"a.cpp", 10});
  check.Compare(0);
  check.Arrive(0, {"a.cpp", 20});
  EXPECT_NO_THROW(check.Compare(1));
}

TEST(MeetingCheck, NamesBothPlacesOnEveryThread) {
  for (const MeetingCheck::Place other : {MeetingCheck::Place{"a.cpp", 11}, {"b.cpp", 10}}) {
    MeetingCheck check(3);
    check.Arrive(0, {"a.cpp", 10});
    check.Arrive(1, {"a.cpp", 10});
    check.Arrive(2, other);
    for (int rank = 0; rank < 3; ++rank) {
      try {
        check.Compare(rank);
        ADD_FAILURE() << rank;
      } catch (const std::logic_error& error) {
        EXPECT_EQ(std::string(error.what()), "Threads of a team met at different places: a.cpp:10 and " +
                                                 std::string(other.file) + ":" + std::to_string(other.line) +
                                                 ".");
      }
    }
  }
}

}  // namespace
}  // namespace mlp
