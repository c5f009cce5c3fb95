#ifndef PERCEPTRA_MATH_ALIGNED_H_
#define PERCEPTRA_MATH_ALIGNED_H_

#include <cstddef>
#include <new>
#include <vector>

#include "math/real.h"

namespace mlp {

// A vector whose first element sits on a cache line of its own.
template <typename T>
struct CacheLineAllocator {
  using value_type = T;
  static constexpr std::align_val_t kAlignment{64};

  CacheLineAllocator() = default;
  template <typename U>
  explicit CacheLineAllocator(const CacheLineAllocator<U>&) {}

  T* allocate(std::size_t n) { return static_cast<T*>(::operator new(n * sizeof(T), kAlignment)); }
  void deallocate(T* p, std::size_t) { ::operator delete(p, kAlignment); }
  bool operator==(const CacheLineAllocator&) const { return true; }
};

template <typename T>
using AlignedVector = std::vector<T, CacheLineAllocator<T>>;

using Vector = AlignedVector<Real>;

}  // namespace mlp

#endif  // PERCEPTRA_MATH_ALIGNED_H_
