#ifndef PERCEPTRA_TRAIN_FALLBACK_H_
#define PERCEPTRA_TRAIN_FALLBACK_H_

#include <atomic>
#include <cstddef>
#include <memory>
#include <vector>

#include "math/aligned.h"
#include "math/compute_pool.h"
#include "math/rank0.h"
#include "train/weight_updates.h"
#include "train/weights.h"

namespace mlp {

// Checks vectors for numbers that are not finite, on all threads of a team together.
class FiniteCheck {
 public:
  // On every member of a team, after a meeting; meets twice.
  bool AllFinite(Team& team, const Vector& weights, const std::vector<Vector>& slots);

 private:
  std::atomic<bool> finite_{true};
};

// A copy of finite weights to go back to when an update overflows.
class Fallback {
 public:
  // The first copy is the vector that the weights are in now, or if they are not made yet in the first slice.
  Fallback(Weights& weights, WeightUpdates& updates)
      : updates_(updates),
        count_(updates.weight_count()),
        copy_(weights.is_made() ? weights.Share() : nullptr) {}

  // Both before the others of a team begin, and may throw: before the slice, and when it has begun.
  void Prepare(Weights& weights) MLP_REQUIRES(kRank0) {
    if (!copy_) copy_ = weights.Share();
  }
  // Readers may still share the vector.
  void OwnCopy() MLP_REQUIRES(kRank0) {
    if (copy_.use_count() > 1) {
      copy_ = std::make_shared<Vector>(*copy_);
    } else {
      std::atomic_thread_fence(std::memory_order_acquire);  // pairs with the last reader's release
    }
  }

  // Whether a new copy is due.
  bool due() const { return rows_since_copy_ >= kRowsBetweenCopies; }
  // The weights were changed from outside: the copy is out of date.
  void Invalidate() { rows_since_copy_ = kRowsBetweenCopies; }
  void CountStep(std::size_t rows) MLP_REQUIRES(kRank0) {
    rows_since_copy_ += rows;
    ++steps_since_copy_;
  }

  // Both on every member of a team, after a meeting; they meet twice.
  // Whether all weights and all vectors of the optimizer are finite.
  bool AllFinite(Team& team, const Vector& weights) {
    return check_.AllFinite(team, weights, updates_.slots());
  }
  // Copies the weights if they and the vectors are finite, else returns false.
  bool Copy(Team& team, const Vector& weights);

  // Restores the copy if the weights are not finite, and resets the optimizer's vectors if they or the
  // weights are not. Returns the number of steps that are lost. REQUIRES: no other thread reads the weights.
  std::size_t Repair(Vector& weights) MLP_REQUIRES(kRank0);

  std::size_t numbers() const { return count_; }

 private:
  // Copying all weights costs about as much as a hundredth of the steps over this many rows.
  static constexpr std::size_t kRowsBetweenCopies = 4096;

  WeightUpdates& updates_;
  FiniteCheck check_;
  std::size_t count_;
  std::shared_ptr<Vector> copy_;
  std::size_t rows_since_copy_ = kRowsBetweenCopies, steps_since_copy_ = 0;
};

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_FALLBACK_H_
