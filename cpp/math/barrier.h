#ifndef PERCEPTRA_MATH_BARRIER_H_
#define PERCEPTRA_MATH_BARRIER_H_

#include <atomic>
#include <cstdint>
#include <thread>

namespace mlp {

// A reusable meeting point for a fixed number of threads. Who waits spins for some microseconds; then offers
// its core to others again and again, for whoever is awaited may need it; then sleeps. To wake costs much,
// and a thread may wake up on the core of the one that woke it.
class Barrier {
 public:
  explicit Barrier(int parties) : parties_(parties) {}

  // Returns when all parties have arrived; what each wrote before is visible to all after.
  void Arrive() {
    const std::uint32_t phase = phase_.load(std::memory_order_relaxed);
    if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == parties_) {
      arrived_.store(0, std::memory_order_relaxed);
      phase_.store(phase + 1, std::memory_order_release);
      phase_.notify_all();
      return;
    }
    for (int spin = 0; spin < kSpins; ++spin) {
      if (phase_.load(std::memory_order_acquire) != phase) return;
      Relax();
    }
    for (int turn = 0; turn < kYields; ++turn) {
      if (phase_.load(std::memory_order_acquire) != phase) return;
      std::this_thread::yield();
    }
    while (phase_.load(std::memory_order_acquire) == phase) phase_.wait(phase, std::memory_order_acquire);
  }

 private:
  static constexpr int kSpins = 500, kYields = 1000;

  static void Relax() {
#if defined(__x86_64__) || defined(_M_X64)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
  }

  const int parties_;
  // On lines of their own: arrivals must not disturb those who watch the phase.
  alignas(64) std::atomic<int> arrived_{0};
  alignas(64) std::atomic<std::uint32_t> phase_{0};
};

}  // namespace mlp

#endif  // PERCEPTRA_MATH_BARRIER_H_
