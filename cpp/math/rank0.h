#ifndef PERCEPTRA_MATH_RANK0_H_
#define PERCEPTRA_MATH_RANK0_H_

#include <cassert>

#include "math/compute_pool.h"
#include "math/thread_annotations.h"

namespace mlp {

// A role for clang's thread-safety analysis, without data: that of a team's rank 0, which between two
// meetings may write what all members read after the second one. Clang reports calls of functions with
// MLP_REQUIRES(kRank0) from code without the role.
class MLP_CAPABILITY("role of rank 0") Rank0 {};
inline constexpr Rank0 kRank0;

// Takes the role for a scope:  if (team.rank() == 0) { const AsRank0 role(team); ... }
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
