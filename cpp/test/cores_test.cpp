// CPU limits, read from made-up folders.
#include "math/cores.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <string>
#include <vector>

#include "math/compute_pool.h"

namespace mlp {
namespace {

namespace fs = std::filesystem;

std::vector<int> Cpus(int count) {
  std::vector<int> cpus(static_cast<std::size_t>(count));
  std::iota(cpus.begin(), cpus.end(), 0);
  return cpus;
}

class Cores : public testing::Test {
 protected:
  Cores()
      : root_(fs::temp_directory_path() / ("perceptra-cores-" + std::to_string(getpid()) + "-" +
                                           testing::UnitTest::GetInstance()->current_test_info()->name())) {}
  ~Cores() override { fs::remove_all(root_); }

  void Write(const std::string& path, const std::string& text) {
    const fs::path file = root_ / path;
    fs::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  void WriteGroups(const std::string& text) { Write("proc/self/cgroup", text); }
  void WriteSiblings(int cpu, const std::string& list, const char* name = "core_cpus_list") {
    Write("sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/" + name, list + "\n");
  }

  CpuLimits Limits(const std::vector<int>& cpus) const { return ReadCpuLimits(cpus, root_.string()); }
  int Threads(int cpus) const { return Limits(Cpus(cpus)).default_threads(); }

 private:
  fs::path root_;
};

TEST_F(Cores, EveryCpuIsACoreIfNoFileCanBeRead) {
  const CpuLimits limits = Limits(Cpus(6));
  EXPECT_EQ(limits.cpus, 6);
  EXPECT_EQ(limits.cores, 6);
  EXPECT_EQ(limits.default_threads(), 6);
  EXPECT_EQ(limits.core_of, Cpus(6));
}

TEST_F(Cores, AContainerWithTwoCpusOn64CoresGetsTwoThreads) {
  WriteGroups("0::/\n");
  Write("sys/fs/cgroup/cpu.max", "200000 100000\n");
  EXPECT_EQ(Threads(64), 2);
  EXPECT_EQ(Limits(Cpus(64)).most_threads(), 2);
  EXPECT_EQ(Limits(Cpus(64)).cores, 64);
}

TEST_F(Cores, FractionsOfACpuAreRoundedUp) {
  WriteGroups("0::/\n");
  for (const auto& [quota, threads] : {std::pair("150000 100000", 2),
                                       {"10000 100000", 1},
                                       {"50000 50000", 1},
                                       {"200001 100000", 3},
                                       {"300000", 3}}) {  // the kernel's default period
    Write("sys/fs/cgroup/cpu.max", quota);
    EXPECT_EQ(Threads(8), threads) << quota;
  }
}

TEST_F(Cores, AQuotaAboveTheCpusChangesNothing) {
  Write("sys/fs/cgroup/cpu.max", "3200000 100000");
  EXPECT_EQ(Threads(4), 4);
}

TEST_F(Cores, TheStrictestOfNestedGroupsCounts) {
  WriteGroups("0::/user.slice/app.service/worker\n");
  Write("sys/fs/cgroup/user.slice/app.service/worker/cpu.max", "max 100000\n");
  Write("sys/fs/cgroup/user.slice/app.service/cpu.max", "300000 100000\n");
  Write("sys/fs/cgroup/user.slice/cpu.max", "800000 100000\n");
  EXPECT_EQ(Threads(16), 3);
  Write("sys/fs/cgroup/user.slice/cpu.max", "200000 100000\n");
  EXPECT_EQ(Threads(16), 2);
  Write("sys/fs/cgroup/user.slice/app.service/worker/cpu.max", "100000 100000\n");
  EXPECT_EQ(Threads(16), 1);
}

TEST_F(Cores, MaxIsNoQuota) {
  WriteGroups("0::/a\n");
  Write("sys/fs/cgroup/a/cpu.max", "max 100000\n");
  EXPECT_EQ(Threads(16), 16);
  Write("sys/fs/cgroup/a/cpu.max", "max\n");
  EXPECT_EQ(Threads(16), 16);
}

TEST_F(Cores, OtherGroupsAreIgnored) {
  WriteGroups("0::/mine\n");
  Write("sys/fs/cgroup/other/cpu.max", "100000 100000");
  EXPECT_EQ(Threads(4), 4);
}

// The path is then one of the host, which the container's mount does not have.
TEST_F(Cores, APathOfTheHostFallsBackToTheRootOfTheMount) {
  WriteGroups("3:cpu,cpuacct:/docker/0123\n2:memory:/docker/0123\n");
  Write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "250000\n");
  Write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(Threads(64), 3);
}

TEST_F(Cores, AGroupOutsideTheNamespaceIsIgnored) {
  WriteGroups("0::/../../other\n");
  Write("sys/fs/cgroup/cpu.max", "400000 100000");
  Write("sys/other/cpu.max", "100000 100000");
  EXPECT_EQ(Threads(64), 4);
}

TEST_F(Cores, ReadsQuotaAndPeriodOfVersion1) {
  WriteGroups("11:memory:/m\n4:cpuacct,cpu:/a/b\n1:name=systemd:/x\n0::/\n");
  const std::string group = "sys/fs/cgroup/cpuacct,cpu/a";
  Write(group + "/b/cpu.cfs_quota_us", "-1\n");
  Write(group + "/b/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(Threads(16), 16);
  Write(group + "/cpu.cfs_quota_us", "25000\n");
  EXPECT_EQ(Threads(16), 16);  // without a period
  Write(group + "/cpu.cfs_period_us", "10000\n");
  EXPECT_EQ(Threads(16), 3);
}

TEST_F(Cores, ReadsVersion2BesideVersion1) {
  WriteGroups("1:cpuset:/\n0::/a\n");
  Write("sys/fs/cgroup/unified/a/cpu.max", "200000 100000");
  EXPECT_EQ(Threads(16), 2);
}

TEST_F(Cores, FilesThatDoNotParseSetNoLimit) {
  WriteGroups("rubbish\n0\n:::\n0::relative\n4:cpu\n");
  for (const char* text : {"", "\n", "many of them", "-5 100000", "0 100000", "100000 0", "100000 -1",
                           "100000 often", "1e5 100000", "99999999999999999999 100000", "100000  100000"}) {
    Write("sys/fs/cgroup/cpu.max", text);
    Write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", text);
    Write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000");
    WriteSiblings(0, text);
    WriteSiblings(1, text, "thread_siblings_list");
    EXPECT_EQ(Threads(4), 4) << text;
  }
}

TEST_F(Cores, HyperthreadsOfOneCoreCountOnce) {
  for (int cpu = 0; cpu < 8; ++cpu) {
    WriteSiblings(cpu, std::to_string(cpu % 4) + "," + std::to_string(cpu % 4 + 4));
  }
  const CpuLimits limits = Limits(Cpus(8));
  EXPECT_EQ(limits.cpus, 8);
  EXPECT_EQ(limits.cores, 4);
  EXPECT_EQ(limits.default_threads(), 4);
  EXPECT_EQ(limits.most_threads(), 8);
  EXPECT_EQ(limits.core_of, (std::vector<int>{0, 1, 2, 3, 0, 1, 2, 3}));
}

TEST_F(Cores, OnlyCpusOfTheAffinityMaskCount) {
  for (int cpu = 0; cpu < 8; ++cpu) {
    const int first = cpu - cpu % 2;
    WriteSiblings(cpu, std::to_string(first) + "-" + std::to_string(first + 1), "thread_siblings_list");
  }
  const CpuLimits limits = Limits({1, 2, 3, 7});  // taskset -c 1-3,7
  EXPECT_EQ(limits.cpus, 4);
  EXPECT_EQ(limits.cores, 3);
  EXPECT_EQ(limits.core_of, (std::vector<int>{0, 1, 1, 2}));
}

TEST_F(Cores, ASiblingListWithoutItsCpuIsIgnored) {
  for (int cpu = 0; cpu < 4; ++cpu) WriteSiblings(cpu, "8-9");
  EXPECT_EQ(Limits(Cpus(4)).cores, 4);
}

TEST_F(Cores, QuotaAndHyperthreadsCountTogether) {
  for (int cpu = 0; cpu < 8; ++cpu) WriteSiblings(cpu, cpu < 4 ? "0-3" : "4-7");
  EXPECT_EQ(Threads(8), 2);
  Write("sys/fs/cgroup/cpu.max", "300000 100000");
  EXPECT_EQ(Threads(8), 2);
  EXPECT_EQ(Limits(Cpus(8)).most_threads(), 3);
  Write("sys/fs/cgroup/cpu.max", "100000 100000");
  EXPECT_EQ(Threads(8), 1);
}

TEST(ProcessCpuLimits, ThePoolHasTheSameNumberOfCores) {
  const CpuLimits& limits = ProcessCpuLimits();
  EXPECT_GE(limits.cores, 1);
  EXPECT_LE(limits.cores, limits.cpus);
  EXPECT_LE(limits.default_threads(), limits.most_threads());
  EXPECT_EQ(ComputePool::Cores(), limits.default_threads());
}

void CompareLimitsAtExit();

// Compute threads read the limits until the process is gone.
TEST(ProcessCpuLimits, OutliveStaticDestructors) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");  // a process that has not read them yet
  EXPECT_EXIT(
      {
        std::atexit(CompareLimitsAtExit);  // runs after the destructors of what is made later
        ProcessCpuLimits();
        std::exit(1);
      },
      testing::ExitedWithCode(0), "");
}

void CompareLimitsAtExit() {
  const std::vector<int> cores = ProcessCpuLimits().core_of;
  const int most = ProcessCpuLimits().cores;
  const bool whole =
      std::all_of(cores.begin(), cores.end(), [=](int core) { return core >= 0 && core < most; });
  std::_Exit(whole ? 0 : 2);
}

}  // namespace
}  // namespace mlp
