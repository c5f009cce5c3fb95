#include "test/allocations.h"

#include <cstddef>
#include <cstdlib>
#include <new>

namespace mlp {

std::atomic<long> allocations{0};
std::atomic<long> refused_count{0};

}  // namespace mlp

namespace {

void Count() {
  if (++mlp::allocations == mlp::refused_count) throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) {
  Count();
  if (void* p = std::malloc(size)) return p;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  Count();
  const auto line = static_cast<std::size_t>(alignment);
  if (void* p = std::aligned_alloc(line, (size + line - 1) / line * line)) return p;
  throw std::bad_alloc();
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
