#include "train/epoch.h"

#include <algorithm>
#include <numeric>

#include "math/random.h"

namespace mlp {

std::size_t Epoch::Begin(const Dataset& data, const EpochOptions& options, std::size_t batches_per_update) {
  const std::size_t rows = data.rows();
  order_.resize(rows);
  options_ = options;
  order_is_drawn_ = false;
  position_ = 0;
  batch_size_ = std::min(options.batch_size, rows);
  const std::size_t batches = (rows + batch_size_ - 1) / batch_size_;
  rows_per_update_ = batch_size_ * std::min(batches_per_update, batches);
  scale_of_all_ = 0;
  if (batches_per_update == kAllBatches) {
    scale_of_all_ =
        1 / (data.has_weights() && mean_ == Mean::kWeights ? data.weight_sum() : static_cast<double>(rows));
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

// The seed and the epoch alone name a shuffle: it does not depend on those before.
void Epoch::DrawOrder() {
  if (options_.shuffle) {
    Random random(seed_, RandomPurpose::kShuffle, options_.epoch);
    Permute(order_, random);
  } else {
    std::iota(order_.begin(), order_.end(), 0u);
  }
  order_is_drawn_ = true;
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
