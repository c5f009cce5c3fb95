#ifndef PERCEPTRA_TRAIN_GROUP_SUMS_H_
#define PERCEPTRA_TRAIN_GROUP_SUMS_H_

#include <cstddef>
#include <vector>

#include "math/aligned.h"
#include "math/rank0.h"
#include "train/all_reduce.h"
#include "train/group_buckets.h"

namespace mlp {

// The sums over ranks of one update, and what the ranks agree on with them. Two flags stand behind the
// gradient and travel with it.
class GroupSums {
 public:
  static constexpr std::size_t kFlags = 2;

  // A batch of an update. A loss or gradient that is not finite counts until the update ends.
  void AddBatch(bool begins_update, bool is_finite) MLP_REQUIRES(kRank0) {
    if (begins_update) all_finite_ = true;
    all_finite_ = all_finite_ && is_finite;
  }
  void SetWantsStop(bool wants_stop) MLP_REQUIRES(kRank0) { wants_stop_ = wants_stop; }

  // Sums the last bucket of the gradient, which has room for the flags behind, and waits for the sums of the
  // others.
  void FinishGradient(AllReduce& group, Vector& gradient, const GroupBuckets::Bucket& last)
      MLP_REQUIRES(kRank0);
  // As the first rank has them. Every rank has the sum of all gradients, but may have added up its squares in
  // another order.
  void AgreeOnSquares(AllReduce& group, std::vector<double>& squares) MLP_REQUIRES(kRank0);

  // Of the last FinishGradient: whether all ranks were finite, and whether one wants to stop.
  bool finite() const { return !is_infinite_.get(); }
  bool stops() const { return stops_.get(); }

 private:
  bool all_finite_ = true, wants_stop_ = false;
  SetByRank0<bool> is_infinite_, stops_;
};

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_GROUP_SUMS_H_
