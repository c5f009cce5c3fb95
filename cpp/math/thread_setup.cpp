#include "math/thread_setup.h"

#include <algorithm>
#include <cerrno>

#if defined(__x86_64__)
#include <immintrin.h>
#endif
#if defined(__linux__)
#include <sched.h>
#include <sys/resource.h>
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

}  // namespace

void SetUpComputeThread() {
#if defined(__linux__)
  // On Linux each thread has its own niceness and inherits that of its creator. A fixed niceness could be
  // above the event loop's when the process runs under `nice`, so it is relative.
  errno = 0;
  const int niceness = getpriority(PRIO_PROCESS, 0);
  if (errno == 0) setpriority(PRIO_PROCESS, 0, std::min(niceness + 5, 19));
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
