#ifndef PERCEPTRA_MATH_ALIGNED_H_
#define PERCEPTRA_MATH_ALIGNED_H_

#include <cstddef>
#include <new>
#include <utility>
#include <vector>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "math/real.h"

namespace mlp {

// Aligns memory to cache lines. Elements constructed without a value stay uninitialised, so that a large
// buffer is not written twice.
template <typename T>
struct CacheLineAllocator {
  using value_type = T;
  // Large buffers use huge pages: fewer page faults, and fewer TLB misses when rows are gathered.
  static constexpr std::size_t kHugePage = std::size_t{2} << 20;
  static constexpr std::size_t kLarge = 2 * kHugePage;

  CacheLineAllocator() = default;
  template <typename U>
  explicit CacheLineAllocator(const CacheLineAllocator<U>&) {}

  static std::align_val_t AlignmentOf(std::size_t n) {
    return std::align_val_t{n * sizeof(T) >= kLarge ? kHugePage : 64};
  }

  T* allocate(std::size_t n) {
    void* memory = ::operator new(n * sizeof(T), AlignmentOf(n));
#if defined(__linux__)
    if (n * sizeof(T) >= kLarge)
      madvise(memory, n * sizeof(T), MADV_HUGEPAGE);  // a hint: failure is harmless
#endif
    return static_cast<T*>(memory);
  }
  void deallocate(T* p, std::size_t n) { ::operator delete(p, AlignmentOf(n)); }
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
