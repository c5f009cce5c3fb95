#ifndef PERCEPTRA_TRAIN_FILLING_H_
#define PERCEPTRA_TRAIN_FILLING_H_

#include <cstddef>
#include <span>
#include <utility>

#include "math/aligned.h"
#include "math/error.h"

namespace mlp {

// A vector that is filled in from its beginning, range by range, so that the thread that does it can pause in
// between. Memory that was not filled in is not read.
template <typename T>
class Filling {
 public:
  explicit Filling(std::size_t size = 0) : numbers_(size) {}

  std::size_t size() const { return numbers_.size(); }
  bool full() const { return filled_ == numbers_.size(); }
  // The next `count` places. Throws Error if there are fewer.
  std::span<T> Next(std::size_t count) {
    if (count > size() - filled_)
      throw Error("ERR_ARGUMENT", "A data set got more numbers than it has room for.");
    return {numbers_.data() + filled_, count};
  }
  // The next `count` places are filled in. REQUIRES: Next(count) did not throw.
  void Advance(std::size_t count) { filled_ += count; }
  // REQUIRES: full().
  AlignedVector<T> Take() { return std::move(numbers_); }

 private:
  AlignedVector<T> numbers_;
  std::size_t filled_ = 0;
};

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_FILLING_H_
