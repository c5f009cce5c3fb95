#ifndef PERCEPTRA_MATH_BARRIER_H_
#define PERCEPTRA_MATH_BARRIER_H_

#include <atomic>
#include <cstdint>
#include <thread>

#include "math/relax.h"

namespace mlp {

// A reusable barrier for a fixed number of threads. A waiting thread spins for some microseconds, then yields
// repeatedly, since the missing thread may need its core, then sleeps. Sleep comes last: waking up is slow,
// and a thread may wake up on the core of the thread that woke it.
class Barrier {
 public:
  explicit Barrier(int threads) : threads_(threads) {}

  // Waits for all threads and returns true; then all see what each has written before. Returns false, without
  // waiting further, if a thread has left, since this meeting can never be complete.
  [[nodiscard]] bool Arrive() {
    const std::uint32_t phase = phase_.load(std::memory_order_relaxed);
    if ((phase & kLeft) != 0) return false;
    if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == threads_) {
      arrived_.store(0, std::memory_order_relaxed);
      phase_.store(phase + kPhase, std::memory_order_release);
      phase_.notify_all();
      return true;
    }
    std::uint32_t current = phase;
    for (int spin = 0; spin < kSpins; ++spin) {
      current = phase_.load(std::memory_order_acquire);
      if (current != phase) return current != (phase | kLeft);
      Relax();
    }
    for (int turn = 0; turn < kYields; ++turn) {
      current = phase_.load(std::memory_order_acquire);
      if (current != phase) return current != (phase | kLeft);
      std::this_thread::yield();
    }
    while ((current = phase_.load(std::memory_order_acquire)) == phase) {
      phase_.wait(phase, std::memory_order_acquire);
    }
    return current != (phase | kLeft);
  }

  // The calling thread will not arrive again. Meetings that are complete stay complete.
  void Leave() {
    phase_.fetch_or(kLeft, std::memory_order_release);
    phase_.notify_all();
  }

 private:
  static constexpr int kSpins = 500, kYields = 1000;
  // The lowest bit of the phase says that a thread has left, the others count meetings. Leave and the last
  // arrival of a meeting never write at the same time: the thread that leaves is missing in that meeting.
  static constexpr std::uint32_t kLeft = 1, kPhase = 2;

  const int threads_;
  // On separate cache lines: arrivals must not disturb the threads that read the phase.
  alignas(64) std::atomic<int> arrived_{0};
  alignas(64) std::atomic<std::uint32_t> phase_{0};
};

}  // namespace mlp

#endif  // PERCEPTRA_MATH_BARRIER_H_
