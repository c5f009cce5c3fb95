// bfloat16 products by AMX: the sums of 2 x 2 tiles of 16 x 16 stay in tile registers.
//
// By inline assembly, because GCC 12's intrinsics do not tell the compiler which memory they read: it drops
// stores to it. Compilers leave tile registers alone, so these may be named.
#include <immintrin.h>

#include <algorithm>
#include <cstdint>

#include "math/kernels/bfloat16_avx512.h"

#define PERCEPTRA_LOAD_TILE(tile, from) \
  asm volatile("tileloadd (%0,%1,1), %%tmm" #tile ::"r"(from), "r"(kRowBytes) : "memory")
#define PERCEPTRA_STORE_TILE(tile, to, row_bytes) \
  asm volatile("tilestored %%tmm" #tile ", (%0,%1,1)" ::"r"(to), "r"(row_bytes) : "memory")
#define PERCEPTRA_CLEAR_TILE(tile) asm volatile("tilezero %%tmm" #tile ::)
#define PERCEPTRA_ADD_PRODUCT(sum, a, b) asm volatile("tdpbf16ps %%tmm" #b ", %%tmm" #a ", %%tmm" #sum ::)

namespace mlp::amx {
namespace {

constexpr std::size_t kRowBytes = 64, kTileBytes = kTileNumbers * sizeof(Bfloat16);
// Tiles of left factors, all rows of which are multiplied by a column of tiles before the next: a quarter of
// a core's second cache.
constexpr std::size_t kLeftTiles = 512;
constexpr std::size_t kBlock = 2 * kTileWidth;  // rows and columns of c that are computed at a time
// Bytes of a right factor from which it does not stay in the second cache beside other numbers.
constexpr std::size_t kLargeFactor = std::size_t{1} << 20;

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

// c = alpha sums + beta c, for the part of a tile that lies in the matrix.
void Merge(const Result& result, const float* sums) {
  const auto lanes = static_cast<__mmask16>((1u << std::min(result.columns, kTileWidth)) - 1);
  const __m512 alpha = _mm512_set1_ps(result.alpha), beta = _mm512_set1_ps(result.beta);
  for (std::size_t r = 0; r < std::min(result.rows, kTileWidth); ++r) {
    Real* const c = result.c + r * result.stride;
    __m512 numbers = _mm512_mul_ps(alpha, _mm512_load_ps(sums + r * kTileWidth));
    if (result.beta != 0) numbers = _mm512_fmadd_ps(beta, _mm512_maskz_loadu_ps(lanes, c), numbers);
    _mm512_mask_storeu_ps(c, lanes, numbers);
  }
}

// The tile in these rows and columns of tiles.
Result TileOf(const Result& block, std::size_t row, std::size_t column) {
  Result tile = block;
  tile.c += row * kTileWidth * block.stride + column * kTileWidth;
  tile.rows -= row * kTileWidth;
  tile.columns -= column * kTileWidth;
  return tile;
}

#define PERCEPTRA_WRITE_TILE(number, row, column)                         \
  {                                                                       \
    const Result tile = TileOf(block, row, column);                       \
    if (plain && tile.rows >= kTileWidth && tile.columns >= kTileWidth) { \
      PERCEPTRA_STORE_TILE(number, tile.c, tile.stride * sizeof(Real));   \
    } else {                                                              \
      alignas(64) float sums[kTileWidth * kTileWidth];                    \
      PERCEPTRA_STORE_TILE(number, sums, kRowBytes);                      \
      Merge(tile, sums);                                                  \
    }                                                                     \
  }

// Cache lines to fetch during a block, `lines` with each tile of depth. Past a factor's end a prefetch has no
// effect.
struct Ahead {
  const char* from;
  std::size_t lines;
};

// Up to 2 x 2 tiles of c.
template <bool kTwoRows, bool kTwoColumns, bool kFetches = false>
void MultiplyBlock(const Result& block, PackedFactor a, PackedFactor b, std::size_t depth_tiles,
                   Ahead ahead) {
  PERCEPTRA_CLEAR_TILE(0);
  if constexpr (kTwoColumns) PERCEPTRA_CLEAR_TILE(1);
  if constexpr (kTwoRows) PERCEPTRA_CLEAR_TILE(2);
  if constexpr (kTwoRows && kTwoColumns) PERCEPTRA_CLEAR_TILE(3);
  const Bfloat16 *a0 = a.tiles, *b0 = b.tiles;
  const Bfloat16* a1 = a0 + (kTwoRows ? a.stride * kTileNumbers : 0);
  const Bfloat16* b1 = b0 + (kTwoColumns ? b.stride * kTileNumbers : 0);
  for (std::size_t tile = 0; tile < depth_tiles; ++tile) {
    PERCEPTRA_LOAD_TILE(4, a0);
    PERCEPTRA_LOAD_TILE(6, b0);
    PERCEPTRA_ADD_PRODUCT(0, 4, 6);
    if constexpr (kTwoColumns) {
      PERCEPTRA_LOAD_TILE(7, b1);
      PERCEPTRA_ADD_PRODUCT(1, 4, 7);
    }
    if constexpr (kTwoRows) {
      PERCEPTRA_LOAD_TILE(5, a1);
      PERCEPTRA_ADD_PRODUCT(2, 5, 6);
    }
    if constexpr (kTwoRows && kTwoColumns) PERCEPTRA_ADD_PRODUCT(3, 5, 7);
    for (std::size_t line = 0; kFetches && line < ahead.lines; ++line, ahead.from += kRowBytes) {
      _mm_prefetch(ahead.from, _MM_HINT_T1);
    }
    a0 += kTileNumbers;
    a1 += kTileNumbers;
    b0 += kTileNumbers;
    b1 += kTileNumbers;
  }
  const bool plain = block.alpha == 1 && block.beta == 0;
  PERCEPTRA_WRITE_TILE(0, 0, 0);
  if constexpr (kTwoColumns) PERCEPTRA_WRITE_TILE(1, 0, 1);
  if constexpr (kTwoRows) PERCEPTRA_WRITE_TILE(2, 1, 0);
  if constexpr (kTwoRows && kTwoColumns) PERCEPTRA_WRITE_TILE(3, 1, 1);
}

// The two columns of tiles behind these, for all blocks of rows together. Few rows would fetch too much at
// once.
Ahead NextColumns(PackedFactor b, std::size_t rows, bool is_large) {
  constexpr std::size_t kFewestRows = 128, kLines = 2 * kBlock * kTileBytes / kRowBytes;
  const auto* const from = reinterpret_cast<const char*>(b.tiles + 2 * b.stride * kTileNumbers);
  return {from, is_large && rows >= kFewestRows ? (kLines + rows - 1) / rows : 0};
}

void Multiply(Real* c, std::size_t c_stride, PackedFactor a, PackedFactor b, std::size_t rows,
              std::size_t columns, std::size_t depth_tiles, Real alpha, Real beta) {
  const TilesInUse tiles;
  const bool is_large = WidthTiles(columns) * depth_tiles * kTileBytes >= kLargeFactor;
  const std::size_t some_rows =
      std::max<std::size_t>(1, kLeftTiles / 2 / std::max<std::size_t>(depth_tiles, 1)) * kBlock;
  for (std::size_t first = 0; first < rows; first += some_rows) {
    const std::size_t end = std::min(rows, first + some_rows);
    for (std::size_t n = 0; n < columns; n += kBlock) {
      const PackedFactor right{b.tiles + n / kTileWidth * b.stride * kTileNumbers, b.stride};
      const bool two_columns = columns - n > kTileWidth;
      const Ahead ahead = NextColumns(right, end - first, is_large);
      for (std::size_t m = first; m < end; m += kBlock) {
        const PackedFactor left{a.tiles + m / kTileWidth * a.stride * kTileNumbers, a.stride};
        const bool two_rows = rows - m > kTileWidth;
        const Result block{c + m * c_stride + n, c_stride, rows - m, columns - n, alpha, beta};
        const auto both = ahead.lines > 0 ? MultiplyBlock<true, true, true> : MultiplyBlock<true, true>;
        const auto multiply = two_rows
                                  ? (two_columns ? both : MultiplyBlock<true, false>)
                                  : (two_columns ? MultiplyBlock<false, true> : MultiplyBlock<false, false>);
        const std::size_t before = (m - first) / kBlock * ahead.lines * depth_tiles * kRowBytes;
        multiply(block, left, right, depth_tiles, {ahead.from + before, ahead.lines});
      }
    }
  }
}

}  // namespace

extern const Bfloat16Kernels kBfloat16;
const Bfloat16Kernels kBfloat16 = {.name = "amx", .pack = avx512::Pack, .multiply = Multiply};

}  // namespace mlp::amx
