#ifndef PERCEPTRA_TEST_ALLOCATIONS_H_
#define PERCEPTRA_TEST_ALLOCATIONS_H_

#include <atomic>

// Allocations by operator new of the whole test program, on every thread.
namespace mlp {

extern std::atomic<long> allocations;    // so far
extern std::atomic<long> refused_count;  // the count that is refused with std::bad_alloc; 0: none

// During its lifetime refuses the n-th allocation after its construction.
class RefuseAllocation {
 public:
  explicit RefuseAllocation(long n) : refused_(allocations + n) { refused_count = refused_; }
  ~RefuseAllocation() { refused_count = 0; }
  RefuseAllocation(const RefuseAllocation&) = delete;
  RefuseAllocation& operator=(const RefuseAllocation&) = delete;

  bool happened() const { return allocations >= refused_; }

 private:
  long refused_;
};

}  // namespace mlp

#endif  // PERCEPTRA_TEST_ALLOCATIONS_H_
