#ifndef PERCEPTRA_MATH_RANK0_H_
#define PERCEPTRA_MATH_RANK0_H_

#include <cassert>

#include "math/compute_pool.h"
#include "math/thread_annotations.h"

namespace mlp {

// The right of a team's rank 0 to write, between two meetings, what all members read after the second one. It
// holds no data: clang checks that functions with MLP_REQUIRES(kRank0) are called by nobody else.
class MLP_CAPABILITY("role of rank 0") Rank0 {};
inline constexpr Rank0 kRank0;

// Takes that right for a scope:  if (team.rank() == 0) { const AsRank0 role(team); ... }
class MLP_SCOPED_CAPABILITY AsRank0 {
 public:
  explicit AsRank0([[maybe_unused]] const Team& team) MLP_ACQUIRE(kRank0) { assert(team.rank() == 0); }
  ~AsRank0() MLP_RELEASE() {}
  AsRank0(const AsRank0&) = delete;
  AsRank0& operator=(const AsRank0&) = delete;
};

// A value that rank 0 sets between two meetings, and that all members may read after the second one.
template <typename T>
class SetByRank0 {
 public:
  const T& get() const { return value_; }
  void Set(const T& value) MLP_REQUIRES(kRank0) { value_ = value; }

 private:
  T value_{};
};

}  // namespace mlp

#endif  // PERCEPTRA_MATH_RANK0_H_
