#ifndef PERCEPTRA_NN_PACKED_WEIGHTS_H_
#define PERCEPTRA_NN_PACKED_WEIGHTS_H_

#include <cstddef>
#include <vector>

#include "math/bfloat16.h"
#include "nn/network.h"
#include "nn/packs.h"
#include "nn/range.h"

namespace mlp {

// The kernels of a network's dense layers, packed for products by tiles. Whoever changes weights packs them
// again.
class PackedWeights {
 public:
  // Layers above `lowest` are packed for the gradient of their inputs too.
  PackedWeights(const Bfloat16Kernels& kernels, const Network& network, std::size_t lowest);

  // Rows of a kernel can be packed on different threads if they begin at multiples of this.
  static constexpr std::size_t kRowStep = kTileDepth;

  // Packs rows of a layer's kernel, or all kernels' rows of one of `shares` shares.
  void Pack(const Real* weights, std::size_t layer, Range rows);
  void PackShare(const Real* weights, std::size_t share, std::size_t shares);

  bool holds(std::size_t layer) const { return places_[layer].forward_stride > 0; }
  // `forward` and `backward` are set.
  Packs PacksOf(std::size_t layer) const;
  const Bfloat16Kernels& kernels() const { return kernels_; }
  // The numbers of a left factor of this many rows, for the widest of the layers.
  std::size_t NumbersOfRows(std::size_t rows) const;
  std::size_t bytes() const { return tiles_.size() * sizeof(Bfloat16); }

 private:
  struct Place {
    std::size_t forward = 0, backward = 0;                // into tiles_
    std::size_t forward_stride = 0, backward_stride = 0;  // 0: not packed
  };

  const Bfloat16Kernels& kernels_;
  const Network& network_;
  std::vector<Place> places_;  // per layer
  PackedVector tiles_;
};

}  // namespace mlp

#endif  // PERCEPTRA_NN_PACKED_WEIGHTS_H_
