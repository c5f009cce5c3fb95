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
  batch_size_ = std::max<std::size_t>(1, std::min(options.batch_size, data.rows())) * members_;
  const std::size_t own = (rows + batch_size_ - 1) / batch_size_;
  const std::size_t batches = group_ == nullptr ? own : std::max(own, options.steps);
  end_ = group_ == nullptr ? rows : batches * batch_size_;
  rows_per_update_ = batch_size_ * std::min(batches_per_update, std::max<std::size_t>(1, batches));
  scale_of_all_ = 0;
  if (batches_per_update == kAllBatches && group_ == nullptr) {
    const bool by_weight = data.has_weights() && mean_ == Mean::kWeights;
    scale_of_all_ = 1 / ((by_weight ? data.weight_sum() : static_cast<double>(data.rows())) *
                         static_cast<double>(members_));
  }
  return batches;
}

void Epoch::BeginSlice(const Dataset& data) {
  data_ = &data;
  if (order_is_drawn_) return;
  DrawOrder();
  if (group_ != nullptr) LearnGroupRows();
  order_is_drawn_ = true;
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
}

void Epoch::LearnGroupRows() {
  const std::size_t updates = (end_ + rows_per_update_ - 1) / rows_per_update_;
  const auto weight_of = [this](std::size_t update) {
    const std::size_t begin = std::min(rows(), update * rows_per_update_);
    return WeightOf(begin, std::min(rows(), begin + rows_per_update_) - begin);
  };
  group_rows_.Learn(*group_, {rows(), batch_size_, end_ / batch_size_},
                    mean_ == Mean::kWeights && data_->has_weights(), updates, weight_of);
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
  const std::size_t update_end = std::min(begin + rows_per_update_, end_);
  const auto rows_of = [this](std::size_t from, std::size_t to) {
    return std::min(rows(), to) - std::min(rows(), from);
  };
  Batch batch{};
  batch.first = first;
  batch.end = std::min(first + batch_size_, end_);
  batch.rows = rows_of(first, batch.end);
  batch.update_rows = rows_of(begin, update_end);
  batch.begins_update = first == begin;
  batch.ends_update = batch.end == update_end;
  batch.place = first;
  batch.all_rows = batch.rows;
  batch.all_update_rows = batch.update_rows;
  batch.scale = scale_of_all_;
  if (group_ != nullptr) {
    const std::size_t step = first / batch_size_, update = begin / batch_size_;
    batch.place = group_rows_.PlaceAt(step, group_->rank());
    batch.all_rows = group_rows_.RowsBefore(step + 1) - group_rows_.RowsBefore(step);
    const std::size_t next_update = (update_end + batch_size_ - 1) / batch_size_;
    batch.all_update_rows = group_rows_.RowsBefore(next_update) - group_rows_.RowsBefore(update);
  }
  if (batch.scale != 0) return batch;
  double weight = static_cast<double>(batch.all_update_rows);
  if (mean_ == Mean::kWeights) {
    weight = group_ == nullptr ? WeightOf(begin, batch.update_rows)
                               : group_rows_.WeightOf(begin / rows_per_update_, weight);
  }
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
