#include "train/group_sums.h"

#include <algorithm>

namespace mlp {

void GroupSums::FinishGradient(AllReduce& group, Vector& gradient, const GroupBuckets::Bucket& last) {
  Real* const flags = gradient.data() + last.first + last.count;
  flags[0] = all_finite_ ? Real(0) : Real(1);
  flags[1] = wants_stop_ ? Real(1) : Real(0);
  group.FinishSums();
  group.SumGradient(gradient.data() + last.first, last.count + kFlags);
  is_infinite_.Set(flags[0] != 0);
  stops_.Set(flags[1] != 0);
}

void GroupSums::AgreeOnSquares(AllReduce& group, std::vector<double>& squares) {
  if (group.rank() != 0) std::fill(squares.begin(), squares.end(), 0.0);
  group.SumNumbers(squares.data(), squares.size());
}

}  // namespace mlp
