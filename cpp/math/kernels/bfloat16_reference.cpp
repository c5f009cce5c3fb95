// bfloat16 products in plain loops: what the other kernels are tested against, on any CPU.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

#include "math/bfloat16.h"

namespace mlp::reference {
namespace {

// Rounds to nearest, ties to even: adds half a unit in the last place, less one bit if that place is even.
Bfloat16 Round(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  if (std::isnan(x)) return static_cast<Bfloat16>(bits >> 16 | 0x40);  // the carry could make it infinite
  return static_cast<Bfloat16>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

// Of three parts the first is rounded, ties away from 0, and of the others bits are cut.
Bfloat16 Part(float x, std::size_t part) {
  return static_cast<Bfloat16>((std::bit_cast<std::uint32_t>(x) + (part == 0 ? 0x8000 : 0)) >> 16);
}

float Widen(Bfloat16 x) { return std::bit_cast<float>(static_cast<std::uint32_t>(x) << 16); }

bool IsLeft(Factor factor) { return factor == Factor::kLeft || factor == Factor::kLeftTransposed; }

// The place of a number in its tile. A right tile holds pairs of neighbouring depths side by side.
std::size_t PlaceIn(bool left, std::size_t width, std::size_t depth) {
  return left ? width * kTileDepth + depth : depth / 2 * kTileDepth + 2 * width + depth % 2;
}

template <std::size_t kParts>
void Pack(Bfloat16* tiles, std::size_t stride, const Real* from, std::size_t from_stride, std::size_t rows,
          std::size_t columns, Factor factor) {
  constexpr std::size_t kNumbers = kParts * kTileNumbers;
  const bool by_rows = DepthIsRows(factor), left = IsLeft(factor);
  const std::size_t width = by_rows ? columns : rows, depth = by_rows ? rows : columns;
  for (std::size_t w = 0; w < WidthTiles(width); ++w) {
    std::fill_n(tiles + w * stride * kNumbers, DepthTiles(depth) * kNumbers, Bfloat16{});
  }
  for (std::size_t w = 0; w < width; ++w) {
    for (std::size_t d = 0; d < depth; ++d) {
      auto rest = static_cast<float>(by_rows ? from[d * from_stride + w] : from[w * from_stride + d]);
      Bfloat16* tile = tiles + (w / kTileWidth * stride + d / kTileDepth) * kNumbers;
      for (std::size_t part = 0; part < kParts; ++part, tile += kTileNumbers) {
        const Bfloat16 rounded = kParts == 1 ? Round(rest) : Part(rest, part);
        tile[PlaceIn(left, w % kTileWidth, d % kTileDepth)] = rounded;
        rest -= Widen(rounded);
      }
    }
  }
}

template <std::size_t kParts>
void Multiply(Real* c, std::size_t c_stride, PackedFactor a, PackedFactor b, std::size_t rows,
              std::size_t columns, std::size_t depth_tiles, Real alpha, Real beta) {
  constexpr std::size_t kNumbers = kParts * kTileNumbers;
  for (std::size_t m = 0; m < rows; ++m) {
    for (std::size_t n = 0; n < columns; ++n) {
      const Bfloat16* const left = a.tiles + m / kTileWidth * a.stride * kNumbers;
      const Bfloat16* const right = b.tiles + n / kTileWidth * b.stride * kNumbers;
      float sum = 0;
      for (std::size_t k = 0; k < depth_tiles * kTileDepth; ++k) {
        const std::size_t tile = k / kTileDepth * kNumbers, depth = k % kTileDepth;
        const Bfloat16* const x = left + tile + PlaceIn(true, m % kTileWidth, depth);
        const Bfloat16* const y = right + tile + PlaceIn(false, n % kTileWidth, depth);
        for (std::size_t p = 0; p < kParts; ++p) {
          for (std::size_t q = 0; p + q < kParts; ++q) {
            sum += Widen(x[p * kTileNumbers]) * Widen(y[q * kTileNumbers]);
          }
        }
      }
      Real& result = c[m * c_stride + n];
      result = beta == 0 ? alpha * static_cast<Real>(sum) : alpha * static_cast<Real>(sum) + beta * result;
    }
  }
}

constexpr Bfloat16Kernels kThreeParts = {
    .name = "reference", .parts = 3, .three_parts = nullptr, .pack = Pack<3>, .multiply = Multiply<3>};

}  // namespace

extern const Bfloat16Kernels kBfloat16;
const Bfloat16Kernels kBfloat16 = {
    .name = "reference", .parts = 1, .three_parts = &kThreeParts, .pack = Pack<1>, .multiply = Multiply<1>};

}  // namespace mlp::reference
