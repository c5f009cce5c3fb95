#ifndef PERCEPTRA_TRAIN_GROUP_ROWS_H_
#define PERCEPTRA_TRAIN_GROUP_ROWS_H_

#include <cstddef>
#include <functional>
#include <vector>

#include "train/all_reduce.h"

namespace mlp {

// Which rows of an epoch each rank of a group has. A batch of the group has the first rank's part, then the
// second's, and so on. From a rank's rows and the size of its part follows what it has in each step, so ranks
// tell each other no more than these once per epoch, and weights where rows have them.
class GroupRows {
 public:
  struct Own {
    std::size_t rows, batch, steps;
  };

  // `weight_of(update)` is the sum of this rank's weights in an update. Throws Error ERR_ARGUMENT, on all
  // ranks, unless they have the same number of steps, enough for all rows.
  void Learn(AllReduce& group, const Own& own, bool has_weights, std::size_t updates,
             const std::function<double(std::size_t)>& weight_of);

  // Of all ranks, before a step.
  std::size_t RowsBefore(std::size_t step) const;
  // The place in the epoch of the first row that a rank has in a step.
  std::size_t PlaceAt(std::size_t step, int rank) const;
  // The sum of all ranks' weights in an update; `rows` if no rank has weights.
  double WeightOf(std::size_t update, double rows) const {
    return weights_.empty() ? rows : weights_[update];
  }

 private:
  std::vector<std::size_t> rows_, batches_;  // by rank
  std::vector<double> weights_;              // by update
};

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_GROUP_ROWS_H_
