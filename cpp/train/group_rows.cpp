#include "train/group_rows.h"

#include <algorithm>
#include <limits>
#include <string>

#include "math/error.h"

namespace mlp {

void GroupRows::Learn(AllReduce& group, const Own& own, bool has_weights, std::size_t updates,
                      const std::function<double(std::size_t)>& weight_of) {
  const auto size = static_cast<std::size_t>(group.size()), rank = static_cast<std::size_t>(group.rank());
  constexpr std::size_t kFields = 4;
  std::vector<double> all(size * kFields);
  double* const mine = all.data() + rank * kFields;
  mine[0] = static_cast<double>(own.rows);
  mine[1] = static_cast<double>(own.batch);
  mine[2] = static_cast<double>(own.steps);
  mine[3] = has_weights ? 1 : 0;
  group.SumNumbers(all.data(), all.size());
  rows_.resize(size);
  batches_.resize(size);
  bool any_weights = false;
  for (std::size_t r = 0; r < size; ++r) {
    const double* const its = all.data() + r * kFields;
    rows_[r] = static_cast<std::size_t>(its[0]);
    batches_[r] = static_cast<std::size_t>(its[1]);
    any_weights = any_weights || its[3] != 0;
    if (its[2] != all[2] || its[0] > its[1] * its[2]) {
      throw Error("ERR_ARGUMENT",
                  "Expected the same number of steps on all ranks, enough for the rows of each: rank " +
                      std::to_string(r) + " has " + std::to_string(rows_[r]) + " rows in batches of " +
                      std::to_string(batches_[r]) + " and " +
                      std::to_string(static_cast<std::size_t>(its[2])) + " steps, rank 0 has " +
                      std::to_string(static_cast<std::size_t>(all[2])) + " steps.");
    }
  }
  // Random numbers have a row's place in the epoch, in 32 bits, as a key.
  if (RowsBefore(own.steps) > std::numeric_limits<std::uint32_t>::max()) {
    throw Error("ERR_ARGUMENT",
                "An epoch has at most 2^32 - 1 rows on all ranks, counted once for each member.");
  }
  weights_.clear();
  if (!any_weights) return;
  for (std::size_t update = 0; update < updates; ++update) weights_.push_back(weight_of(update));
  group.SumNumbers(weights_.data(), weights_.size());
}

std::size_t GroupRows::RowsBefore(std::size_t step) const {
  std::size_t sum = 0;
  for (std::size_t r = 0; r < rows_.size(); ++r) sum += std::min(rows_[r], step * batches_[r]);
  return sum;
}

std::size_t GroupRows::PlaceAt(std::size_t step, int rank) const {
  std::size_t place = RowsBefore(step);
  for (std::size_t r = 0; r < static_cast<std::size_t>(rank); ++r) {
    place += std::min(rows_[r], (step + 1) * batches_[r]) - std::min(rows_[r], step * batches_[r]);
  }
  return place;
}

}  // namespace mlp
