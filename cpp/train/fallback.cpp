#include "train/fallback.h"

#include <algorithm>
#include <utility>

#include "math/kernels.h"
#include "train/plan.h"

namespace mlp {
namespace {

std::pair<std::size_t, std::size_t> RangeOfThread(const Team& team, std::size_t count) {
  return Share(count, static_cast<std::size_t>(team.rank()), static_cast<std::size_t>(team.size()));
}

bool IsFinite(const Vector& numbers) { return ActiveKernels().all_finite(numbers.data(), numbers.size()); }

}  // namespace

bool FiniteCheck::AllFinite(Team& team, const Vector& weights, const std::vector<Vector>& slots) {
  const auto [first, end] = RangeOfThread(team, weights.size());
  const auto finite = [first = first, end = end](const Vector& numbers) {
    return ActiveKernels().all_finite(numbers.data() + first, end - first);
  };
  if (!finite(weights) || !std::all_of(slots.begin(), slots.end(), finite)) {
    finite_.store(false, std::memory_order_relaxed);
  }
  team.Meet();
  const bool all = finite_.load(std::memory_order_relaxed);
  team.Meet();
  if (team.rank() == 0) finite_.store(true, std::memory_order_relaxed);
  return all;
}

bool Fallback::Copy(Team& team, const Vector& weights) {
  if (!AllFinite(team, weights)) return false;
  const auto [first, end] = RangeOfThread(team, weights.size());
  std::copy(weights.data() + first, weights.data() + end, copy_->data() + first);
  if (team.rank() == 0) rows_since_copy_ = steps_since_copy_ = 0;
  return true;
}

std::size_t Fallback::Repair(Vector& weights) {
  std::size_t steps_lost = 0;
  if (!IsFinite(weights)) {
    std::copy(copy_->begin(), copy_->end(), weights.begin());
    steps_lost = steps_since_copy_;
  } else if (std::all_of(updates_.slots().begin(), updates_.slots().end(), IsFinite)) {
    return 0;
  }
  updates_.SetSteps(0);
  updates_.ResetSlots();
  return steps_lost;
}

}  // namespace mlp
