// Packs factors of bfloat16 products, a tile of 16 x 16 pairs at a time.
#include <immintrin.h>

#include <algorithm>
#include <cstdint>

#include "math/kernels/bfloat16_avx512.h"

namespace mlp::avx512 {
namespace {

constexpr std::size_t kLanes = 16;

__mmask16 FirstLanes(std::size_t n) { return static_cast<__mmask16>((1u << std::min(n, kLanes)) - 1); }

// The masked forms below, because GCC 12 warns about an uninitialised variable inside the others.
__m512 LoadFirst(const Real* from, __mmask16 lanes) { return _mm512_maskz_loadu_ps(lanes, from); }

__m512i RoundTwo(__m512 low, __m512 high) {
  return reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(high, low));
}

// Transposes 16 x 16 pairs.
void Transpose(__m512i (&r)[16]) {
  constexpr __mmask16 kAll = 0xffff;
  __m512i t[16];
  for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_maskz_unpacklo_epi32(kAll, r[i], r[i + 1]);
    t[i + 1] = _mm512_maskz_unpackhi_epi32(kAll, r[i], r[i + 1]);
  }
  for (int i = 0; i < 16; i += 4) {  // now r[i + j], lane l: column 4 l + j of rows i to i + 3
    r[i] = _mm512_maskz_unpacklo_epi64(0xff, t[i], t[i + 2]);
    r[i + 1] = _mm512_maskz_unpackhi_epi64(0xff, t[i], t[i + 2]);
    r[i + 2] = _mm512_maskz_unpacklo_epi64(0xff, t[i + 1], t[i + 3]);
    r[i + 3] = _mm512_maskz_unpackhi_epi64(0xff, t[i + 1], t[i + 3]);
  }
  for (int j = 0; j < 4; ++j) {
    const __m512i even_low = _mm512_maskz_shuffle_i32x4(kAll, r[j], r[4 + j], 0x88);
    const __m512i odd_low = _mm512_maskz_shuffle_i32x4(kAll, r[j], r[4 + j], 0xdd);
    const __m512i even_high = _mm512_maskz_shuffle_i32x4(kAll, r[8 + j], r[12 + j], 0x88);
    const __m512i odd_high = _mm512_maskz_shuffle_i32x4(kAll, r[8 + j], r[12 + j], 0xdd);
    t[j] = _mm512_maskz_shuffle_i32x4(kAll, even_low, even_high, 0x88);
    t[4 + j] = _mm512_maskz_shuffle_i32x4(kAll, odd_low, odd_high, 0x88);
    t[8 + j] = _mm512_maskz_shuffle_i32x4(kAll, even_low, even_high, 0xdd);
    t[12 + j] = _mm512_maskz_shuffle_i32x4(kAll, odd_low, odd_high, 0xdd);
  }
  for (int i = 0; i < 16; ++i) r[i] = t[i];
}

template <bool kTransposed>
void Store(Bfloat16* tile, __m512i (&pairs)[16]) {
  if constexpr (kTransposed) Transpose(pairs);
  for (std::size_t i = 0; i < 16; ++i) {
    _mm512_store_si512(reinterpret_cast<__m512i*>(tile + i * kTileDepth), pairs[i]);
  }
}

// A pair is two neighbours of a row: 16 rows by 32 columns.
template <bool kTransposed>
void PackRows(Bfloat16* tile, const Real* from, std::size_t stride, std::size_t rows, std::size_t columns) {
  const __mmask16 low = FirstLanes(columns), high = FirstLanes(columns - std::min(columns, kLanes));
  __m512i pairs[16];
  for (std::size_t r = 0; r < 16; ++r) {
    const Real* const row = from + std::min(r, rows - 1) * stride;
    const bool inside = r < rows;
    pairs[r] = RoundTwo(LoadFirst(row, inside ? low : __mmask16{}),
                        LoadFirst(row + (high != 0 ? kLanes : 0), inside ? high : __mmask16{}));
  }
  Store<kTransposed>(tile, pairs);
}

// A pair is two neighbours of a column: 32 rows by 16 columns.
template <bool kTransposed>
void PackColumns(Bfloat16* tile, const Real* from, std::size_t stride, std::size_t rows,
                 std::size_t columns) {
  alignas(64) static constexpr std::uint16_t kInterleave[32] = {0,  16, 1,  17, 2,  18, 3,  19, 4,  20, 5,
                                                                21, 6,  22, 7,  23, 8,  24, 9,  25, 10, 26,
                                                                11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
  const __m512i interleave = _mm512_load_si512(kInterleave);
  const __mmask16 lanes = FirstLanes(columns);
  __m512i pairs[16];
  for (std::size_t p = 0; p < 16; ++p) {
    const std::size_t first = 2 * p, second = first + 1;
    const __m512 low =
        LoadFirst(from + std::min(first, rows - 1) * stride, first < rows ? lanes : __mmask16{});
    const __m512 high =
        LoadFirst(from + std::min(second, rows - 1) * stride, second < rows ? lanes : __mmask16{});
    pairs[p] = _mm512_maskz_permutexvar_epi16(0xffffffff, interleave, RoundTwo(low, high));
  }
  Store<kTransposed>(tile, pairs);
}

using PackTile = void (*)(Bfloat16*, const Real*, std::size_t, std::size_t, std::size_t);

PackTile PackTileOf(Factor factor) {
  switch (factor) {
    case Factor::kLeft:
      return PackRows<false>;
    case Factor::kRightTransposed:
      return PackRows<true>;
    case Factor::kRight:
      return PackColumns<false>;
    case Factor::kLeftTransposed:
      break;
  }
  return PackColumns<true>;
}

}  // namespace

void Pack(Bfloat16* tiles, std::size_t stride, const Real* from, std::size_t from_stride, std::size_t rows,
          std::size_t columns, Factor factor) {
  const PackTile pack = PackTileOf(factor);
  const bool by_rows = DepthIsRows(factor);
  const std::size_t tile_rows = by_rows ? kTileDepth : kTileWidth,
                    tile_columns = by_rows ? kTileWidth : kTileDepth;
  for (std::size_t r = 0; r < rows; r += tile_rows) {
    for (std::size_t c = 0; c < columns; c += tile_columns) {
      const std::size_t width = by_rows ? c / kTileWidth : r / kTileWidth,
                        depth = by_rows ? r / kTileDepth : c / kTileDepth;
      pack(tiles + (width * stride + depth) * kTileNumbers, from + r * from_stride + c, from_stride,
           std::min(tile_rows, rows - r), std::min(tile_columns, columns - c));
    }
  }
}

}  // namespace mlp::avx512
