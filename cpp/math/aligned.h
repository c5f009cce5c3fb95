#ifndef PERCEPTRA_MATH_ALIGNED_H_
#define PERCEPTRA_MATH_ALIGNED_H_

#include <cstddef>
#include <new>
#include <utility>
#include <vector>

#include "math/real.h"

namespace mlp {

// A vector whose first element sits on a cache line of its own. Numbers made without a value are left as they
// are: large buffers are written once, by what fills them.
template <typename T>
struct CacheLineAllocator {
  using value_type = T;
  static constexpr std::align_val_t kAlignment{64};

  CacheLineAllocator() = default;
  template <typename U>
  explicit CacheLineAllocator(const CacheLineAllocator<U>&) {}

  T* allocate(std::size_t n) { return static_cast<T*>(::operator new(n * sizeof(T), kAlignment)); }
  void deallocate(T* p, std::size_t) { ::operator delete(p, kAlignment); }
  template <typename U>
  void construct(U* p) {
    ::new (static_cast<void*>(p)) U;
  }
  template <typename U, typename... Args>
  void construct(U* p, Args&&... args) {
    ::new (static_cast<void*>(p)) U(std::forward<Args>(args)...);
  }
  bool operator==(const CacheLineAllocator&) const { return true; }
};

template <typename T>
using AlignedVector = std::vector<T, CacheLineAllocator<T>>;

using Vector = AlignedVector<Real>;

}  // namespace mlp

#endif  // PERCEPTRA_MATH_ALIGNED_H_
