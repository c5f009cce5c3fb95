#ifndef PERCEPTRA_MATH_CLAIMS_H_
#define PERCEPTRA_MATH_CLAIMS_H_

#include <atomic>
#include <cstddef>
#include <vector>

namespace mlp {

// Counters by which the threads of a team claim pieces of work. Each thread has a part of the pieces, and a
// counter of those that are taken, by itself or by a thread that has finished its own part.
class Claims {
 public:
  explicit Claims(int threads) : parts_(static_cast<std::size_t>(threads)) {}

  // Calls work(k) for the pieces k in [0, count) that this thread claims. REQUIRES: all threads call this
  // with the same `turn`, counted from 0 on, and the same `count`, and meet between two turns.
  template <typename F>
  void Each(std::size_t turn, int rank, std::size_t count, F work) {
    const std::size_t threads = parts_.size(), own = static_cast<std::size_t>(rank);
    // Nobody uses the other counter now: all have finished the last turn, and none begins the next.
    parts_[own].taken[(turn + 1) % 2].store(0, std::memory_order_relaxed);
    for (std::size_t i = 0; i < threads; ++i) {
      const std::size_t part = (own + i) % threads;
      const std::size_t first = count * part / threads, end = count * (part + 1) / threads;
      std::atomic<std::size_t>& taken = parts_[part].taken[turn % 2];
      // A thread that finds nothing left does not write.
      while (first + taken.load(std::memory_order_relaxed) < end) {
        const std::size_t piece = first + taken.fetch_add(1, std::memory_order_relaxed);
        if (piece >= end) break;
        work(piece);
      }
    }
  }

 private:
  struct alignas(64) Part {
    std::atomic<std::size_t> taken[2] = {0, 0};
  };

  std::vector<Part> parts_;
};

}  // namespace mlp

#endif  // PERCEPTRA_MATH_CLAIMS_H_
