#ifndef PERCEPTRA_MATH_BARRIER_H_
#define PERCEPTRA_MATH_BARRIER_H_

#include <atomic>
#include <cstdint>

namespace mlp {

// A reusable meeting point for a fixed number of threads. It spins for some microseconds, the length of an
// unlucky step, then sleeps, so that a machine with more threads than cores does not burn its turns waiting.
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
    while (phase_.load(std::memory_order_acquire) == phase) phase_.wait(phase, std::memory_order_acquire);
  }

 private:
  static constexpr int kSpins = 2000;

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
