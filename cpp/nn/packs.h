#ifndef PERCEPTRA_NN_PACKS_H_
#define PERCEPTRA_NN_PACKS_H_

#include <cstddef>

#include "math/bfloat16.h"

namespace mlp {

// What a layer with a kernel reads and writes where its products are computed by tiles, for a block of rows.
// In plain float32 all pointers are null.
struct Packs {
  const Bfloat16Kernels* kernels = nullptr;
  PackedFactor forward{nullptr, 0};   // the kernel, right factor of x w
  PackedFactor backward{nullptr, 0};  // the kernel, right factor of dy w^T; null if never needed
  Bfloat16* rows = nullptr;           // room for x or dy as a left factor

  // The factors of the weight gradient x^T dy over the whole batch, from the block's first tile of depth on;
  // null if the kernel is not trained.
  Bfloat16* x = nullptr;
  Bfloat16* dy = nullptr;
  std::size_t stride = 0;  // in tiles, of both
};

// The same factors, for Gradient.
struct PackedBatch {
  const Bfloat16Kernels* kernels = nullptr;
  const Bfloat16* x = nullptr;
  const Bfloat16* dy = nullptr;
  std::size_t depth_tiles = 0;  // of the batch: shares fill whole tiles
};

}  // namespace mlp

#endif  // PERCEPTRA_NN_PACKS_H_
