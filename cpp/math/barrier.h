#ifndef PERCEPTRA_MATH_BARRIER_H_
#define PERCEPTRA_MATH_BARRIER_H_

#include <atomic>
#include <cstdint>

namespace mlp {

// A reusable barrier for a fixed number of threads. A waiting thread spins for a while, then sleeps, so that
// the missing thread can have its core. It never yields: on Linux that can give a whole time slice, some
// milliseconds, to whatever else wants the core, and beside another busy process each step would take that
// long.
class Barrier {
 public:
  explicit Barrier(int threads) : threads_(threads) {}

  // Waits for all threads and returns true; then all see what each has written before. Returns false, without
  // waiting further, if a thread has left, since this meeting can never be complete.
  [[nodiscard]] bool Arrive() {
    const std::uint32_t phase = phase_.load(std::memory_order_relaxed);
    if ((phase & kLeft) != 0) return false;
    if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 < threads_) return Wait(phase);
    arrived_.store(0, std::memory_order_relaxed);
    phase_.store(phase + kPhase);
    WakeSleepers();
    return true;
  }

  // The calling thread will not arrive again. Meetings that are complete stay complete.
  void Leave() {
    phase_.fetch_or(kLeft);
    WakeSleepers();
  }

 private:
  // The lowest bit of the phase says that a thread has left, the others count meetings. Leave and the last
  // arrival of a meeting never write at the same time: the thread that leaves is missing in that meeting.
  static constexpr std::uint32_t kLeft = 1, kPhase = 2;

  bool Wait(std::uint32_t phase);
  void WakeSleepers();

  const int threads_;
  // On separate cache lines: arrivals must not disturb the threads that read the phase.
  alignas(64) std::atomic<int> arrived_{0};
  alignas(64) std::atomic<std::uint32_t> phase_{0};
  // Threads that sleep or are about to. A thread counts itself before it looks at the phase for the last
  // time, and the phase changes before this is read, so none is forgotten.
  alignas(64) std::atomic<int> sleepers_{0};
  std::atomic<int> short_waits_{0};    // in about so many waits to come threads hardly spin
  std::atomic<int> useless_spins_{0};  // meetings in turn in which sleep followed
};

}  // namespace mlp

#endif  // PERCEPTRA_MATH_BARRIER_H_
