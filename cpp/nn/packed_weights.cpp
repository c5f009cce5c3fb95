#include "nn/packed_weights.h"

#include <algorithm>

namespace mlp {

PackedWeights::PackedWeights(const Bfloat16Kernels& kernels, const Network& network, std::size_t lowest)
    : kernels_(kernels), network_(network), places_(network.layers().size()) {
  std::size_t numbers = 0;
  for (std::size_t l = 0; l < places_.size(); ++l) {
    const Layer& layer = *network.layers()[l];
    if (!layer.has_kernel()) continue;
    Place& place = places_[l];
    place.forward = numbers;
    place.forward_stride = DepthTiles(layer.inputs());
    numbers += WidthTiles(layer.outputs()) * place.forward_stride * kernels.tile_numbers();
    if (l <= lowest) continue;
    place.backward = numbers;
    place.backward_stride = DepthTiles(layer.outputs());
    numbers += WidthTiles(layer.inputs()) * place.backward_stride * kernels.tile_numbers();
  }
  tiles_.resize(numbers);
}

void PackedWeights::Pack(const Real* weights, std::size_t layer, Range rows) {
  const Tensor& kernel = network_.layers()[layer]->tensors()[0];
  const Place& place = places_[layer];
  const std::size_t columns = kernel.columns;
  const Real* const from = weights + kernel.offset + rows.first * columns;
  kernels_.pack(kernels_.At(tiles_.data() + place.forward, 0, 0, rows.first / kTileDepth),
                place.forward_stride, from, columns, rows.count, columns, Factor::kRight);
  if (place.backward_stride == 0) return;
  kernels_.pack(
      kernels_.At(tiles_.data() + place.backward, rows.first / kTileWidth, place.backward_stride, 0),
      place.backward_stride, from, columns, rows.count, columns, Factor::kRightTransposed);
}

void PackedWeights::PackShare(const Real* weights, std::size_t share, std::size_t shares) {
  for (std::size_t l = 0; l < places_.size(); ++l) {
    if (!holds(l)) continue;
    const std::size_t inputs = network_.layers()[l]->inputs(), steps = (inputs + kRowStep - 1) / kRowStep;
    const std::size_t first = steps * share / shares * kRowStep,
                      end = std::min(inputs, steps * (share + 1) / shares * kRowStep);
    if (first < end) Pack(weights, l, {first, end - first});
  }
}

Packs PackedWeights::PacksOf(std::size_t layer) const {
  const Place& place = places_[layer];
  Packs packs;
  if (place.forward_stride == 0) return packs;
  packs.kernels = &kernels_;
  packs.forward = {tiles_.data() + place.forward, place.forward_stride};
  if (place.backward_stride > 0) packs.backward = {tiles_.data() + place.backward, place.backward_stride};
  return packs;
}

std::size_t PackedWeights::NumbersOfRows(std::size_t rows) const {
  std::size_t depth = 0;
  for (const Place& place : places_) depth = std::max({depth, place.forward_stride, place.backward_stride});
  return WidthTiles(rows) * depth * kernels_.tile_numbers();
}

}  // namespace mlp
