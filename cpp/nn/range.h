#ifndef PERCEPTRA_NN_RANGE_H_
#define PERCEPTRA_NN_RANGE_H_

#include <cstddef>

namespace mlp {

// Rows of a batch, inputs or outputs of a layer: [first, first + count).
struct Range {
  std::size_t first, count;
};

}  // namespace mlp

#endif  // PERCEPTRA_NN_RANGE_H_
