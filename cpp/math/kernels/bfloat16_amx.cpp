// bfloat16 products by AMX: the sums of 2 x 2 tiles of 16 x 16 stay in tile registers.
//
// By inline assembly, because GCC 12's intrinsics do not tell the compiler which memory they read: it drops
// stores to it. Compilers leave tile registers alone, so these may be named.
#include <immintrin.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "math/kernels/bfloat16_avx512.h"

#define PERCEPTRA_LOAD_TILE(tile, from) \
  asm volatile("tileloadd (%0,%1,1), %%tmm" #tile ::"r"(from), "r"(kRowBytes) : "memory")
#define PERCEPTRA_STORE_TILE(tile, to, row_bytes) \
  asm volatile("tilestored %%tmm" #tile ", (%0,%1,1)" ::"r"(to), "r"(row_bytes) : "memory")
#define PERCEPTRA_CLEAR_TILE(tile) asm volatile("tilezero %%tmm" #tile ::)
#define PERCEPTRA_ADD_PRODUCT(sum, a, b) asm volatile("tdpbf16ps %%tmm" #b ", %%tmm" #a ", %%tmm" #sum ::)

namespace mlp::amx {
namespace {

// f of the constants 0 to kCount - 1.
template <std::size_t kCount, typename F>
[[gnu::always_inline]] inline void Unroll(F f) {
  [&]<std::size_t... kIndex>(std::index_sequence<kIndex...>) {
    (f(std::integral_constant<std::size_t, kIndex>{}), ...);
  }
  (std::make_index_sequence<kCount>{});
}

constexpr std::size_t kRowBytes = 64, kTileBytes = kTileNumbers * sizeof(Bfloat16);
// Tiles of left factors, all rows of which are multiplied by a column of tiles before the next: a quarter of
// a core's second cache.
constexpr std::size_t kLeftTiles = 512;
constexpr std::size_t kBlock = 2 * kTileWidth;  // rows and columns of c that are computed at a time
// Bytes of a right factor from which it does not stay in the second cache beside other numbers.
constexpr std::size_t kLargeFactor = std::size_t{1} << 18;

// The numbers of a configuration are little-endian bytes: Intel's manual, LDTILECFG.
struct alignas(64) TileConfiguration {
  std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
  std::uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
static_assert(sizeof(TileConfiguration) == 64);

// Tile registers are in use between construction and destruction: a thread at rest has none to save.
class TilesInUse {
 public:
  TilesInUse() {
    static constexpr TileConfiguration kConfiguration;
    asm volatile("ldtilecfg %0" ::"m"(kConfiguration) : "memory");
  }
  ~TilesInUse() { asm volatile("tilerelease" ::: "memory"); }
  TilesInUse(const TilesInUse&) = delete;
  TilesInUse& operator=(const TilesInUse&) = delete;
};

struct Result {
  Real* c;
  std::size_t stride, rows, columns;
  Real alpha, beta;
};

// The sums of a block that do not go to c as they are: c = alpha sums + beta c. They are merged a few rows at
// a time while the tiles of the next block are multiplied, which keeps other parts of the core busy.
class Sums {
 public:
  float* tile(std::size_t row, std::size_t column) {
    return numbers_ + (2 * row + column) * kTileWidth * kTileWidth;
  }

  void Begin(const Result& result) {
    result_ = result;
    row_ = 0;
    end_ = std::min(result.rows, kBlock);
  }

  [[gnu::always_inline]] void Merge(std::size_t rows) {
    if (row_ == end_) return;
    const std::size_t end = std::min(end_, row_ + rows);
    const bool adds = result_.beta != 0;
    if (result_.columns > kTileWidth) {
      adds ? MergeTo<2, true>(end) : MergeTo<2, false>(end);
    } else {
      adds ? MergeTo<1, true>(end) : MergeTo<1, false>(end);
    }
    row_ = end;
  }

 private:
  template <std::size_t kTiles, bool kAdds>
  [[gnu::always_inline]] void MergeTo(std::size_t end) const {
    const __m512 alpha = _mm512_set1_ps(result_.alpha), beta = _mm512_set1_ps(result_.beta);
    const __mmask16 lanes[] = {LanesFrom(0), LanesFrom(kTileWidth)};
    Real* c = result_.c + row_ * result_.stride;
    for (std::size_t row = row_; row < end; ++row, c += result_.stride) {
      const float* const sums =
          numbers_ + (row / kTileWidth * 2 * kTileWidth + row % kTileWidth) * kTileWidth;
      for (std::size_t t = 0; t < kTiles; ++t) {
        const std::size_t column = t * kTileWidth;
        __m512 x = _mm512_mul_ps(alpha, _mm512_load_ps(sums + column * kTileWidth));
        if constexpr (kAdds) x = _mm512_fmadd_ps(beta, _mm512_maskz_loadu_ps(lanes[t], c + column), x);
        _mm512_mask_storeu_ps(c + column, lanes[t], x);
      }
    }
  }
  __mmask16 LanesFrom(std::size_t column) const {
    const std::size_t left = result_.columns - std::min(result_.columns, column);
    return static_cast<__mmask16>((1u << std::min(left, kTileWidth)) - 1);
  }

  alignas(64) float numbers_[kBlock * kBlock];
  Result result_{};
  std::size_t row_ = 0, end_ = 0;  // merged so far, and in all
};

#define PERCEPTRA_WRITE_TILE(number, row, column)                                                   \
  do {                                                                                              \
    if (plain) {                                                                                    \
      PERCEPTRA_STORE_TILE(number, block.c + (row)*kTileWidth * block.stride + (column)*kTileWidth, \
                           block.stride * sizeof(Real));                                            \
    } else {                                                                                        \
      PERCEPTRA_STORE_TILE(number, sums.tile(row, column), kRowBytes);                              \
    }                                                                                               \
  } while (false)

// What to fetch during a block: so many bytes with each tile of depth. A prefetch past a factor's end
// changes no result.
struct Ahead {
  const char* from;
  std::size_t bytes;
};

// Up to 2 x 2 tiles of c. Merges the sums of the block before; leaves its own in `sums`, if they are to be
// merged.
template <std::size_t kParts, bool kTwoRows, bool kTwoColumns>
void MultiplyBlock(const Result& block, PackedFactor a, PackedFactor b, std::size_t depth_tiles, Ahead ahead,
                   Sums& before, Sums& sums) {
  // The core's own prefetcher brings the lines behind one that is fetched.
  constexpr std::size_t kFetchedTogether = 8 * kRowBytes;
  PERCEPTRA_CLEAR_TILE(0);
  if constexpr (kTwoColumns) PERCEPTRA_CLEAR_TILE(1);
  if constexpr (kTwoRows) PERCEPTRA_CLEAR_TILE(2);
  if constexpr (kTwoRows && kTwoColumns) PERCEPTRA_CLEAR_TILE(3);
  constexpr std::size_t kNumbers = kParts * kTileNumbers;
  const Bfloat16 *a0 = a.tiles, *b0 = b.tiles;
  const Bfloat16* a1 = a0 + (kTwoRows ? a.stride * kNumbers : 0);
  const Bfloat16* b1 = b0 + (kTwoColumns ? b.stride * kNumbers : 0);
  const std::size_t merged_rows = (kBlock + depth_tiles - 1) / std::max<std::size_t>(depth_tiles, 1);
  const char* due = ahead.from;
  for (std::size_t tile = 0; tile < depth_tiles; ++tile) {
    // Each part of the left factor with the parts of the right one with which its products count, in an order
    // in which one of two tiles often stays.
    Unroll<kParts>([&](auto left) {
      Unroll<kParts - left>([&](auto turn) {
        constexpr std::size_t kRight = left == 1 ? turn : kParts - 1 - left - turn;
        constexpr bool kLoadsLeft = turn == 0, kLoadsRight = left != 1 || turn != 0;
        if constexpr (kLoadsLeft) PERCEPTRA_LOAD_TILE(4, a0 + left * kTileNumbers);
        if constexpr (kLoadsRight) PERCEPTRA_LOAD_TILE(6, b0 + kRight * kTileNumbers);
        PERCEPTRA_ADD_PRODUCT(0, 4, 6);
        if constexpr (kTwoColumns) {
          if constexpr (kLoadsRight) PERCEPTRA_LOAD_TILE(7, b1 + kRight * kTileNumbers);
          PERCEPTRA_ADD_PRODUCT(1, 4, 7);
        }
        if constexpr (kTwoRows) {
          if constexpr (kLoadsLeft) PERCEPTRA_LOAD_TILE(5, a1 + left * kTileNumbers);
          PERCEPTRA_ADD_PRODUCT(2, 5, 6);
        }
        if constexpr (kTwoRows && kTwoColumns) PERCEPTRA_ADD_PRODUCT(3, 5, 7);
      });
    });
    for (due += ahead.bytes; ahead.from < due; ahead.from += kFetchedTogether) {
      _mm_prefetch(ahead.from, _MM_HINT_T1);
    }
    before.Merge(merged_rows);
    a0 += kNumbers;
    a1 += kNumbers;
    b0 += kNumbers;
    b1 += kNumbers;
  }
  before.Merge(kBlock);  // where the depth is 0
  const bool plain = block.alpha == 1 && block.beta == 0 && block.rows >= (kTwoRows ? kBlock : kTileWidth) &&
                     block.columns >= (kTwoColumns ? kBlock : kTileWidth);
  PERCEPTRA_WRITE_TILE(0, 0, 0);
  if constexpr (kTwoColumns) PERCEPTRA_WRITE_TILE(1, 0, 1);
  if constexpr (kTwoRows) PERCEPTRA_WRITE_TILE(2, 1, 0);
  if constexpr (kTwoRows && kTwoColumns) PERCEPTRA_WRITE_TILE(3, 1, 1);
  if (!plain) sums.Begin(block);
}

// The two columns of tiles behind these, for all blocks of rows together. Few rows would fetch too much at
// once.
template <std::size_t kParts>
Ahead NextColumns(PackedFactor b, std::size_t rows, bool fetches) {
  constexpr std::size_t kBytes = 2 * kParts * kTileBytes;
  const auto* const from = reinterpret_cast<const char*>(b.tiles + 2 * b.stride * kParts * kTileNumbers);
  return {from, fetches && rows >= kBlock ? kBytes / ((rows + kBlock - 1) / kBlock) : 0};
}

template <std::size_t kParts>
void Multiply(Real* c, std::size_t c_stride, PackedFactor a, PackedFactor b, std::size_t rows,
              std::size_t columns, std::size_t depth_tiles, Real alpha, Real beta) {
  const TilesInUse tiles;
  constexpr std::size_t kNumbers = kParts * kTileNumbers;
  const std::size_t depth = depth_tiles * kParts;
  const bool is_large = WidthTiles(columns) * depth * kTileBytes >= kLargeFactor;
  const bool fetches = is_large && b.stride == depth_tiles;  // the next columns lie behind these
  // Where c is read too, and the right factor is in cache, c is read in the order of memory.
  const std::size_t left_blocks =
      is_large || beta == 0 ? std::max<std::size_t>(1, kLeftTiles / 2 / std::max<std::size_t>(depth, 1)) : 1;
  const std::size_t some_rows = left_blocks * kBlock;
  Sums sums[2];  // in turns
  std::size_t turn = 0;
  for (std::size_t first = 0; first < rows; first += some_rows) {
    const std::size_t end = std::min(rows, first + some_rows);
    for (std::size_t n = 0; n < columns; n += kBlock) {
      const PackedFactor right{b.tiles + n / kTileWidth * b.stride * kNumbers, b.stride};
      const bool two_columns = columns - n > kTileWidth;
      const Ahead ahead = NextColumns<kParts>(right, end - first, fetches);
      for (std::size_t m = first; m < end; m += kBlock) {
        const PackedFactor left{a.tiles + m / kTileWidth * a.stride * kNumbers, a.stride};
        const bool two_rows = rows - m > kTileWidth;
        const Result block{c + m * c_stride + n, c_stride, rows - m, columns - n, alpha, beta};
        const auto multiply =
            two_rows
                ? (two_columns ? MultiplyBlock<kParts, true, true> : MultiplyBlock<kParts, true, false>)
                : (two_columns ? MultiplyBlock<kParts, false, true> : MultiplyBlock<kParts, false, false>);
        const std::size_t before = (m - first) / kBlock * ahead.bytes * depth_tiles;
        multiply(block, left, right, depth_tiles, {ahead.from + before, ahead.bytes}, sums[turn],
                 sums[1 - turn]);
        turn = 1 - turn;
      }
    }
  }
  sums[turn].Merge(kBlock);
}

constexpr Bfloat16Kernels kThreeParts = {.name = "amx",
                                         .parts = 3,
                                         .three_parts = nullptr,
                                         .pack = avx512::PackThreeParts,
                                         .multiply = Multiply<3>};

}  // namespace

extern const Bfloat16Kernels kBfloat16;
const Bfloat16Kernels kBfloat16 = {
    .name = "amx", .parts = 1, .three_parts = &kThreeParts, .pack = avx512::Pack, .multiply = Multiply<1>};

}  // namespace mlp::amx
