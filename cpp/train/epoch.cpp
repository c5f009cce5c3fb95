#include "train/epoch.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "math/error.h"
#include "math/random.h"

namespace mlp {

std::size_t Epoch::Begin(const Dataset& data, const EpochOptions& options, std::size_t batches_per_update) {
  const std::size_t rows = data.rows() * members_;
  // Random numbers have a row's place in the epoch, in 32 bits, as a key.
  if (rows > std::numeric_limits<std::uint32_t>::max()) {
    throw Error("ERR_ARGUMENT", "An epoch has at most 2^32 - 1 rows, counted once for each member.");
  }
  order_.resize(rows);
  of_member_.resize(members_ > 1 ? data.rows() : 0);
  options_ = options;
  order_is_drawn_ = false;
  position_ = 0;
  batch_size_ = std::min(options.batch_size, data.rows()) * members_;
  const std::size_t batches = (rows + batch_size_ - 1) / batch_size_;
  rows_per_update_ = batch_size_ * std::min(batches_per_update, batches);
  scale_of_all_ = 0;
  if (batches_per_update == kAllBatches) {
    const bool by_weight = data.has_weights() && mean_ == Mean::kWeights;
    scale_of_all_ = 1 / ((by_weight ? data.weight_sum() : static_cast<double>(data.rows())) *
                         static_cast<double>(members_));
  }
  return batches;
}

void Epoch::BeginSlice(const Dataset& data) {
  data_ = &data;
  if (!order_is_drawn_) DrawOrder();
}

void Epoch::Next() {
  ++options_.epoch;
  DrawOrder();
}

void Epoch::DrawOrder() {
  if (members_ == 1) DrawShuffle(order_, 0);
  for (std::size_t member = 0; member < members_ && members_ > 1; ++member) {
    if (member == 0 || !options_.share_batches) DrawShuffle(of_member_, static_cast<std::uint32_t>(member));
    for (std::size_t i = 0; i < of_member_.size(); ++i) order_[i * members_ + member] = of_member_[i];
  }
  order_is_drawn_ = true;
}

// The seed, the epoch and the member alone name a shuffle: it does not depend on those before.
void Epoch::DrawShuffle(std::span<std::uint32_t> order, std::uint32_t member) const {
  if (options_.shuffle) {
    Random random = MemberShuffle(seed_, options_.epoch, member);
    Permute(order, random);
  } else {
    std::iota(order.begin(), order.end(), 0u);
  }
}

Batch Epoch::BatchAt(std::size_t first) const {
  const std::size_t begin = first - first % rows_per_update_;
  const std::size_t update_rows = std::min(rows_per_update_, rows() - begin);
  Batch batch{first, std::min(batch_size_, rows() - first), scale_of_all_, update_rows, first == begin,
              false};
  batch.ends_update = batch.end() == begin + update_rows;
  if (scale_of_all_ != 0) return batch;
  const double weight =
      mean_ == Mean::kWeights ? WeightOf(begin, update_rows) : static_cast<double>(update_rows);
  batch.scale = weight > 0 ? 1 / weight : 0;
  return batch;
}

double Epoch::WeightOf(std::size_t first, std::size_t rows) const {
  if (!data_->has_weights()) return static_cast<double>(rows);
  double sum = 0;
  for (std::size_t r = first; r < first + rows; ++r) sum += data_->weight(order_[r]);
  return sum;
}

}  // namespace mlp
