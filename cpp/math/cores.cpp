#include "math/cores.h"

#include <algorithm>
#include <cmath>
#include <thread>

#if defined(__linux__)
#include <sched.h>
#elif defined(__APPLE__)
#include <sys/sysctl.h>
#elif defined(_WIN32)
#include <windows.h>
#endif

namespace mlp {
namespace {

int ThreadsFor(int processors, double quota) {
  return static_cast<int>(std::max(1.0, std::min<double>(processors, std::ceil(quota))));
}

#if defined(__linux__)

std::vector<int> AffinityMask() {
  std::vector<int> cpus;
  cpu_set_t mask;
  if (sched_getaffinity(0, sizeof(mask), &mask) != 0) return cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &mask)) cpus.push_back(cpu);
  }
  return cpus;
}

#elif defined(__APPLE__)

// 0 if the system does not say.
int CountCores() {
  int cores = 0;
  std::size_t size = sizeof(cores);
  return sysctlbyname("hw.physicalcpu", &cores, &size, nullptr, 0) == 0 ? cores : 0;
}

#elif defined(_WIN32)

// Of the process's processor group; 0 where the system does not say.
int CountCores() {
  DWORD_PTR process = 0, system = 0;
  if (!GetProcessAffinityMask(GetCurrentProcess(), &process, &system) || process == 0) return 0;
  DWORD bytes = 0;
  GetLogicalProcessorInformation(nullptr, &bytes);
  std::vector<SYSTEM_LOGICAL_PROCESSOR_INFORMATION> entries(bytes / sizeof(entries[0]));
  if (entries.empty() || !GetLogicalProcessorInformation(entries.data(), &bytes)) return 0;
  return static_cast<int>(std::count_if(entries.begin(), entries.end(), [&](const auto& entry) {
    return entry.Relationship == RelationProcessorCore && (entry.ProcessorMask & process) != 0;
  }));
}

#endif

CpuLimits ReadLimits() {
#if defined(__linux__)
  const std::vector<int> mask = AffinityMask();
  if (!mask.empty()) return ReadCpuLimits(mask);
#endif
  CpuLimits limits;
  limits.cpus = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  limits.cores = limits.cpus;
#if defined(__APPLE__) || defined(_WIN32)
  const int cores = CountCores();
  if (cores > 0) limits.cores = std::min(cores, limits.cpus);
#endif
  return limits;
}

}  // namespace

int CpuLimits::default_threads() const { return ThreadsFor(cores, quota); }

int CpuLimits::most_threads() const { return ThreadsFor(cpus, quota); }

const CpuLimits& ProcessCpuLimits() {
  static const CpuLimits* const limits = new CpuLimits(ReadLimits());
  return *limits;
}

}  // namespace mlp
