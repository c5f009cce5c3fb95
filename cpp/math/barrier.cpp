#include "math/barrier.h"

#include <chrono>

#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include "math/relax.h"

namespace mlp {
namespace {

using Clock = std::chrono::steady_clock;

// Longer than most waits of a step whose work is shared out evenly, and than it takes to wake a thread, which
// on a virtual machine is some tens of microseconds.
constexpr std::chrono::microseconds kSpin{150};
// While threads share a core, the one that spins keeps the other from its work. They do so if a wait was this
// long, or in so many meetings in turn a thread slept (or work was shared out unevenly, where little is
// lost); then so many waits are short.
constexpr std::chrono::microseconds kLongWait{1000}, kShortSpin{2};
constexpr int kUselessSpins = 3, kShortWaits = 64;
constexpr int kSpinsBetweenLooks = 16;  // at the clock

#if defined(__linux__)
// Of <linux/futex.h>, which some systems do not ship with their compiler.
constexpr int kFutexWaitPrivate = 128, kFutexWakePrivate = 129;

// Not by std::atomic::wait: libstdc++ yields before it sleeps.
void SleepWhile(std::atomic<std::uint32_t>& number, std::uint32_t value) {
  syscall(SYS_futex, &number, kFutexWaitPrivate, value, nullptr, nullptr, 0);
}

void WakeAll(std::atomic<std::uint32_t>& number) {
  constexpr int kAll = 1 << 30;
  syscall(SYS_futex, &number, kFutexWakePrivate, kAll, nullptr, nullptr, 0);
}
static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t));
#else
void SleepWhile(std::atomic<std::uint32_t>& number, std::uint32_t value) { number.wait(value); }

void WakeAll(std::atomic<std::uint32_t>& number) { number.notify_all(); }
#endif

}  // namespace

bool Barrier::Wait(std::uint32_t phase) {
  const int short_waits = short_waits_.load(std::memory_order_relaxed);
  if (short_waits > 0) short_waits_.store(short_waits - 1, std::memory_order_relaxed);
  const Clock::time_point start = Clock::now();
  const Clock::time_point until = start + (short_waits > 0 ? kShortSpin : kSpin);
  std::uint32_t current = phase_.load(std::memory_order_acquire);
  while (current == phase && Clock::now() < until) {
    for (int spin = 0; spin < kSpinsBetweenLooks && current == phase; ++spin) {
      Relax();
      current = phase_.load(std::memory_order_acquire);
    }
  }
  const bool spun = short_waits == 0;
  if (current == phase) {
    sleepers_.fetch_add(1);
    while ((current = phase_.load()) == phase) SleepWhile(phase_, phase);
    // The last to wake counts the meeting.
    const bool counts = sleepers_.fetch_sub(1, std::memory_order_relaxed) == 1 && spun;
    const bool is_useless =
        counts && useless_spins_.fetch_add(1, std::memory_order_relaxed) + 1 >= kUselessSpins;
    if (is_useless || Clock::now() - start > kLongWait) {
      short_waits_.store(kShortWaits, std::memory_order_relaxed);
      useless_spins_.store(0, std::memory_order_relaxed);
    }
  } else if (spun && useless_spins_.load(std::memory_order_relaxed) != 0) {
    useless_spins_.store(0, std::memory_order_relaxed);
  }
  return current != (phase | kLeft);
}

void Barrier::WakeSleepers() {
  if (sleepers_.load() > 0) WakeAll(phase_);
}

}  // namespace mlp
