#ifndef PERCEPTRA_TRAIN_EPOCH_H_
#define PERCEPTRA_TRAIN_EPOCH_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "math/rank0.h"
#include "nn/range.h"
#include "train/all_reduce.h"
#include "train/dataset.h"
#include "train/group_rows.h"
#include "train/slice.h"
#include "train/training.h"

namespace mlp {

// Rows of an epoch's order that make one step: [first, first + rows). Of a network with members, each row of
// the data stands in the order once for each member: see nn/members.h.
//
// In a group each rank has a part of a batch, which may be empty. `first` and `end` are the same on all ranks
// if their batches are of one size: they count the rows that the rank has, or would have.
struct Batch {
  std::size_t first, rows;
  std::size_t end;          // where the next batch begins
  double scale;             // of a row's loss in the gradient of the update
  std::size_t update_rows;  // of all batches of the update that this one is part of
  bool begins_update, ends_update;
  // Over all ranks; without a group the same as above.
  std::size_t place;  // of the first row in the epoch
  std::size_t all_rows, all_update_rows;
  double dropout_factor = 1;  // of the rates of dropout layers
};

// An epoch: the order of its rows, their division into batches and updates, and the position of training. The
// data are passed to each slice, so that a trainer at rest keeps no data set alive.
class Epoch {
 public:
  // A value of `batches_per_update`: all rows make one update.
  static constexpr std::size_t kAllBatches = std::numeric_limits<std::size_t>::max();

  Epoch(Mean mean, std::uint64_t seed, std::size_t members) : mean_(mean), seed_(seed), members_(members) {}

  // Before Begin. Null: no group.
  void SetGroup(AllReduce* group) { group_ = group; }
  AllReduce* group() const { return group_; }

  // Returns the number of batches.
  std::size_t Begin(const Dataset& data, const EpochOptions& options, std::size_t batches_per_update);
  // Draws the epoch's order in its first slice: on a compute thread, since a long permutation takes time. In
  // a group the ranks then learn each other's rows.
  void BeginSlice(const Dataset& data) MLP_REQUIRES(kRank0);
  // Begins the epoch after this one, on the same data.
  void Next() MLP_REQUIRES(kRank0);

  const EpochOptions& options() const { return options_; }
  std::size_t rows() const { return order_.size(); }
  std::size_t batch_size() const { return batch_size_; }
  // Where the last batch ends; the number of rows, unless other ranks have more batches.
  std::size_t end() const { return end_; }
  // The end of the batches that earlier slices have trained on.
  std::size_t position() const { return position_; }
  void SetPosition(std::size_t rows) MLP_REQUIRES(kRank0) { position_ = rows; }

  // REQUIRES: the order is drawn.
  Batch BatchAt(std::size_t first) const;
  // The row numbers, in the data set, of these rows of a batch.
  std::span<const std::uint32_t> Order(const Batch& batch, Range rows) const {
    return {order_.data() + batch.first + rows.first, rows.count};
  }
  // The data of the slice.
  const Dataset& data() const { return *data_; }

  std::size_t bytes() const { return (order_.size() + of_member_.size()) * sizeof(std::uint32_t); }

 private:
  void DrawOrder();
  void DrawShuffle(std::span<std::uint32_t> order, std::uint32_t member) const;
  double WeightOf(std::size_t first, std::size_t rows) const;
  void LearnGroupRows();

  Mean mean_;
  std::uint64_t seed_;
  std::size_t members_;
  EpochOptions options_;
  std::size_t batch_size_ = 0, rows_per_update_ = 0, end_ = 0;
  double scale_of_all_ = 0;  // of a row's loss when all rows make one update; else 0
  AlignedVector<std::uint32_t> order_;
  AlignedVector<std::uint32_t> of_member_;  // the order of one member, if there are several
  bool order_is_drawn_ = false;
  std::size_t position_ = 0;
  AllReduce* group_ = nullptr;
  GroupRows group_rows_;
  const Dataset* data_ = nullptr;
};

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_EPOCH_H_
