#include "math/thread_setup.h"

#include <algorithm>
#include <cerrno>

#if defined(__x86_64__)
#include <immintrin.h>
#endif
#if defined(__linux__)
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#elif defined(__APPLE__)
#include <pthread.h>
#elif defined(_WIN32)
#include <windows.h>
#endif

namespace mlp {
namespace {

unsigned long long ReadFloatMode() {
#if defined(__x86_64__)
  return _mm_getcsr();
#elif defined(__aarch64__)
  unsigned long long mode;
  asm volatile("mrs %0, fpcr" : "=r"(mode));
  return mode;
#else
  return 0;
#endif
}

void WriteFloatMode([[maybe_unused]] unsigned long long mode) {
#if defined(__x86_64__)
  _mm_setcsr(static_cast<unsigned>(mode));
#elif defined(__aarch64__)
  asm volatile("msr fpcr, %0" : : "r"(mode));
#endif
}

#if defined(__x86_64__)
constexpr unsigned long long kFlush = 0x8040;  // flush to zero, denormals are zero
#elif defined(__aarch64__)
constexpr unsigned long long kFlush = 1ULL << 24;
#else
constexpr unsigned long long kFlush = 0;
#endif

#if defined(__linux__)
// The first version of the struct in <linux/sched/types.h>, which glibc declares only since 2.41.
struct SchedulingAttributes {
  std::uint32_t size = 48, policy = 0;
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime = 0, deadline = 0, period = 0;
};
static_assert(sizeof(SchedulingAttributes) == 48);

bool ReadAttributes(SchedulingAttributes& attributes) {
  return syscall(SYS_sched_getattr, 0, &attributes, sizeof(attributes), 0) == 0;
}

// Asks for a longer time slice than that of other threads: then the event loop, when it wakes, gets the core
// at once. Slices exist since Linux 6.12; earlier kernels ignore the request.
bool TakeLongSlice() {
  constexpr std::uint64_t kSliceNs = 20'000'000;
  SchedulingAttributes attributes;
  if (!ReadAttributes(attributes)) return false;
  if (attributes.policy != SCHED_OTHER && attributes.policy != SCHED_BATCH) return false;
  attributes.runtime = kSliceNs;
  return syscall(SYS_sched_setattr, 0, &attributes, 0) == 0 && ReadAttributes(attributes) &&
         attributes.runtime == kSliceNs;
}
#endif

}  // namespace

void SetUpComputeThread() {
#if defined(__linux__)
  // On Linux each thread has its own niceness and inherits that of its creator. A fixed niceness could be
  // above the event loop's when the process runs under `nice`, so it is relative. Beside another busy process
  // a thread gets a quarter of a core with 5, and 44 % with 1.
  const int lowered_by = TakeLongSlice() ? 1 : 5;
  errno = 0;
  const int niceness = getpriority(PRIO_PROCESS, 0);
  if (errno == 0) setpriority(PRIO_PROCESS, 0, std::min(niceness + lowered_by, 19));
#elif defined(__APPLE__)
  pthread_set_qos_class_self_np(QOS_CLASS_UTILITY, 0);
#elif defined(_WIN32)
  SetThreadPriority(GetCurrentThread(), THREAD_PRIORITY_BELOW_NORMAL);
#endif
  WriteFloatMode(ReadFloatMode() | kFlush);
}

int PresentCpu() {
#if defined(__linux__)
  cpu_set_t mask;
  const int present = sched_getcpu();
  if (present < 0 || sched_getaffinity(0, sizeof(mask), &mask) != 0) return -1;
  int n = 0;
  for (int cpu = 0; cpu < present; ++cpu) n += CPU_ISSET(cpu, &mask) ? 1 : 0;
  return n;
#else
  return -1;
#endif
}

int SystemCpu() {
#if defined(__linux__)
  return sched_getcpu();
#else
  return -1;
#endif
}

void MoveToCpu([[maybe_unused]] int n) {
#if defined(__linux__)
  cpu_set_t mask, one;
  if (sched_getaffinity(0, sizeof(mask), &mask) != 0) return;
  int cpu = 0;
  while (cpu < CPU_SETSIZE && (!CPU_ISSET(cpu, &mask) || n-- > 0)) ++cpu;
  if (cpu == CPU_SETSIZE || cpu == sched_getcpu()) return;
  CPU_ZERO(&one);
  CPU_SET(cpu, &one);
  if (sched_setaffinity(0, sizeof(one), &one) == 0) sched_setaffinity(0, sizeof(mask), &mask);
#endif
}

FlushDenormals::FlushDenormals() : saved_(ReadFloatMode()) { WriteFloatMode(saved_ | kFlush); }

FlushDenormals::~FlushDenormals() { WriteFloatMode(saved_); }

}  // namespace mlp
