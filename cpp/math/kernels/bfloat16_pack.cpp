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

// Two vectors of numbers side by side as bfloat16 numbers, in parts. kInTurns: those of the two alternate.
template <std::size_t kParts, bool kInTurns>
struct Parts;

template <bool kInTurns>
struct Parts<1, kInTurns> {
  static void Write(__m512i (&parts)[1], __m512 low, __m512 high) {
    parts[0] = RoundTwo(low, high);
    if constexpr (kInTurns) {
      alignas(64) static constexpr std::uint16_t kInterleave[32] = {
          0, 16, 1, 17, 2,  18, 3,  19, 4,  20, 5,  21, 6,  22, 7,  23,
          8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
      parts[0] = _mm512_maskz_permutexvar_epi16(0xffffffff, _mm512_load_si512(kInterleave), parts[0]);
    }
  }
};

// The first part is rounded, ties away from 0; of what is left the next 8 bits are taken, and then the
// last 8.
template <bool kInTurns>
struct Parts<3, kInTurns> {
  static void Write(__m512i (&parts)[3], __m512 low, __m512 high) {
    const __m512i upper = _mm512_set1_epi32(static_cast<int>(0xffff0000)), half = _mm512_set1_epi32(0x8000);
    for (std::size_t part = 0; part < 3; ++part) {
      __m512i first = _mm512_castps_si512(low), second = _mm512_castps_si512(high);
      if (part == 0) {
        first = _mm512_add_epi32(first, half);
        second = _mm512_add_epi32(second, half);
      }
      first = _mm512_and_si512(first, upper);
      second = _mm512_and_si512(second, upper);
      low = _mm512_sub_ps(low, _mm512_castsi512_ps(first));
      high = _mm512_sub_ps(high, _mm512_castsi512_ps(second));
      parts[part] = Join(first, second);
    }
  }

 private:
  // The upper halves of the lanes.
  static __m512i Join(__m512i low, __m512i high) {
    constexpr __mmask16 kAll = 0xffff;
    if constexpr (kInTurns) return _mm512_or_si512(high, _mm512_maskz_srli_epi32(kAll, low, 16));
    alignas(64) static constexpr std::uint16_t kOdd[32] = {1,  3,  5,  7,  9,  11, 13, 15, 17, 19, 21,
                                                           23, 25, 27, 29, 31, 33, 35, 37, 39, 41, 43,
                                                           45, 47, 49, 51, 53, 55, 57, 59, 61, 63};
    return _mm512_permutex2var_epi16(low, _mm512_load_si512(kOdd), high);
  }
};

// Writes a tile, all parts of it, from the pairs of vectors that `load(i, low, high)` reads.
template <std::size_t kParts, bool kInTurns, bool kTransposed, typename F>
[[gnu::always_inline]] inline void StoreTile(Bfloat16* tile, F load) {
  __m512i parts[kParts][16];
  for (std::size_t i = 0; i < 16; ++i) {
    __m512 low, high;
    load(i, low, high);
    __m512i pair[kParts];
    Parts<kParts, kInTurns>::Write(pair, low, high);
    for (std::size_t part = 0; part < kParts; ++part) parts[part][i] = pair[part];
  }
  for (std::size_t part = 0; part < kParts; ++part, tile += kTileNumbers) {
    if constexpr (kTransposed) Transpose(parts[part]);
    for (std::size_t i = 0; i < 16; ++i) {
      _mm512_store_si512(reinterpret_cast<__m512i*>(tile + i * kTileDepth), parts[part][i]);
    }
  }
}

// A pair is two neighbours of a row: 16 rows by 32 columns.
template <std::size_t kParts, bool kTransposed>
void PackRows(Bfloat16* tile, const Real* from, std::size_t stride, std::size_t rows, std::size_t columns) {
  const __mmask16 lows = FirstLanes(columns), highs = FirstLanes(columns - std::min(columns, kLanes));
  StoreTile<kParts, false, kTransposed>(tile, [=](std::size_t r, __m512& low, __m512& high) {
    const Real* const row = from + std::min(r, rows - 1) * stride;
    const bool inside = r < rows;
    low = LoadFirst(row, inside ? lows : __mmask16{});
    high = LoadFirst(row + (highs != 0 ? kLanes : 0), inside ? highs : __mmask16{});
  });
}

// A pair is two neighbours of a column: 32 rows by 16 columns.
template <std::size_t kParts, bool kTransposed>
void PackColumns(Bfloat16* tile, const Real* from, std::size_t stride, std::size_t rows,
                 std::size_t columns) {
  const __mmask16 lanes = FirstLanes(columns);
  StoreTile<kParts, true, kTransposed>(tile, [=](std::size_t p, __m512& low, __m512& high) {
    const std::size_t first = 2 * p, second = first + 1;
    low = LoadFirst(from + std::min(first, rows - 1) * stride, first < rows ? lanes : __mmask16{});
    high = LoadFirst(from + std::min(second, rows - 1) * stride, second < rows ? lanes : __mmask16{});
  });
}

using PackTile = void (*)(Bfloat16*, const Real*, std::size_t, std::size_t, std::size_t);

template <std::size_t kParts>
PackTile PackTileOf(Factor factor) {
  switch (factor) {
    case Factor::kLeft:
      return PackRows<kParts, false>;
    case Factor::kRightTransposed:
      return PackRows<kParts, true>;
    case Factor::kRight:
      return PackColumns<kParts, false>;
    case Factor::kLeftTransposed:
      break;
  }
  return PackColumns<kParts, true>;
}

template <std::size_t kParts>
void PackParts(Bfloat16* tiles, std::size_t stride, const Real* from, std::size_t from_stride,
               std::size_t rows, std::size_t columns, Factor factor) {
  const PackTile pack = PackTileOf<kParts>(factor);
  const bool by_rows = DepthIsRows(factor);
  const std::size_t tile_rows = by_rows ? kTileDepth : kTileWidth,
                    tile_columns = by_rows ? kTileWidth : kTileDepth;
  for (std::size_t r = 0; r < rows; r += tile_rows) {
    for (std::size_t c = 0; c < columns; c += tile_columns) {
      const std::size_t width = by_rows ? c / kTileWidth : r / kTileWidth,
                        depth = by_rows ? r / kTileDepth : c / kTileDepth;
      pack(tiles + (width * stride + depth) * kParts * kTileNumbers, from + r * from_stride + c, from_stride,
           std::min(tile_rows, rows - r), std::min(tile_columns, columns - c));
    }
  }
}

}  // namespace

void Pack(Bfloat16* tiles, std::size_t stride, const Real* from, std::size_t from_stride, std::size_t rows,
          std::size_t columns, Factor factor) {
  PackParts<1>(tiles, stride, from, from_stride, rows, columns, factor);
}

void PackThreeParts(Bfloat16* tiles, std::size_t stride, const Real* from, std::size_t from_stride,
                    std::size_t rows, std::size_t columns, Factor factor) {
  PackParts<3>(tiles, stride, from, from_stride, rows, columns, factor);
}

}  // namespace mlp::avx512
