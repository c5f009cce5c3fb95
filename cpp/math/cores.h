#ifndef PERCEPTRA_MATH_CORES_H_
#define PERCEPTRA_MATH_CORES_H_

#include <limits>
#include <string>
#include <vector>

namespace mlp {

// What the operating system lets this process use.
struct CpuLimits {
  // The core, numbered from 0, of each CPU in the affinity mask. CPUs with the same core are its
  // hyperthreads. Empty if the system does not number CPUs.
  std::vector<int> core_of;
  int cpus = 1;   // in the affinity mask
  int cores = 1;  // that these CPUs belong to
  // CPU time a second of wall time, over all threads: the strictest quota of the process's cgroups.
  double quota = std::numeric_limits<double>::infinity();

  // Hyperthreads of one core share its arithmetic units, so a second thread there gains nothing. A quota is
  // rounded up, as Go, .NET and the JVM do: 1.5 CPUs are two threads.
  int default_threads() const;
  // Threads that can run at the same time.
  int most_threads() const;
};

// Read once: later changes have no effect. Never destroyed: compute threads read them while the process
// exits.
const CpuLimits& ProcessCpuLimits();

// The limits of a Linux process that may run on the CPUs of these numbers. Reads /proc/self/cgroup, and the
// quotas and the topology under /sys; a file that is missing or does not parse sets no limit. `root` is put
// before all paths, for tests.
CpuLimits ReadCpuLimits(const std::vector<int>& cpus, const std::string& root = "");

}  // namespace mlp

#endif  // PERCEPTRA_MATH_CORES_H_
