#ifndef PERCEPTRA_MATH_BFLOAT16_H_
#define PERCEPTRA_MATH_BFLOAT16_H_

#include <cstddef>
#include <span>
#include <string>

#include "math/aligned.h"
#include "math/real.h"

// Matrix products of bfloat16 numbers with float32 sums. Both factors are packed before: rounded to bfloat16
// (to nearest, ties to even; denormals may become 0) and laid out in tiles. A product of (rows, depth) and
// (depth, columns) reads tiles of 16 rows by 32 depths of its left factor, and tiles of 32 depths by 16
// columns of its right factor.
//
// In three parts a number keeps float32's precision: the first part is the number rounded, the others are the
// next 8 bits of what is left and the last 8. The six largest of the nine products of parts are added up; the
// others are below float32's rounding. An infinite number becomes NaN.
namespace mlp {

constexpr std::size_t kTileWidth = 16;  // rows of a left factor, columns of a right one
constexpr std::size_t kTileDepth = 32;
constexpr std::size_t kTileNumbers = kTileWidth * kTileDepth;

constexpr std::size_t WidthTiles(std::size_t n) { return (n + kTileWidth - 1) / kTileWidth; }
constexpr std::size_t DepthTiles(std::size_t n) { return (n + kTileDepth - 1) / kTileDepth; }

// What a matrix is packed as: the left or the right factor of a product, as it is or transposed.
enum class Factor { kLeft, kLeftTransposed, kRight, kRightTransposed };

// Whether the rows of the matrix, not its columns, are the product's depth.
constexpr bool DepthIsRows(Factor factor) {
  return factor == Factor::kLeftTransposed || factor == Factor::kRight;
}

// A packed factor, or a range of one. The tiles of the same rows (of a left factor) or columns (of a right
// one) lie one after the other, each with all its parts; `stride` is the distance, in tiles, to those of the
// next 16.
struct PackedFactor {
  const Bfloat16* tiles;
  std::size_t stride;
};

using PackedVector = AlignedVector<Bfloat16>;

// The functions of one instruction set.
struct Bfloat16Kernels {
  const char* name;
  std::size_t parts;  // of a number: 1 or 3
  // The same for numbers in three parts; null where products in float32 are as fast.
  const Bfloat16Kernels* three_parts;

  // The numbers of a tile, with all parts.
  std::size_t tile_numbers() const { return parts * kTileNumbers; }
  // The tile of a factor of this stride with so many tiles before it in each direction.
  template <typename T>
  T* At(T* tiles, std::size_t width, std::size_t stride, std::size_t depth) const {
    return tiles + (width * stride + depth) * tile_numbers();
  }

  // Packs a matrix. Numbers of the last tiles beyond the matrix are set to 0.
  void (&pack)(Bfloat16* tiles, std::size_t stride,  // see PackedFactor
               const Real* from,                     // (rows, columns), rows `from_stride` apart
               std::size_t from_stride, std::size_t rows, std::size_t columns, Factor factor);

  // c = alpha a b + beta c, where all depths of `depth_tiles` tiles are added up. If beta is 0, c is not
  // read.
  void (&multiply)(Real* c, std::size_t c_stride,  // (rows, columns), rows `c_stride` apart
                   PackedFactor a, PackedFactor b, std::size_t rows, std::size_t columns,
                   std::size_t depth_tiles, Real alpha, Real beta);
};

// The environment variable that names the kernels for bfloat16: 'amx', 'avx512', 'reference' (plain loops, on
// any CPU, for tests) or 'none'.
inline constexpr const char* kBfloat16Variable = "PERCEPTRA_BFLOAT16";

// What this process can run, from the slowest (reference) to the fastest. The first call asks the operating
// system for permission to use AMX.
std::span<const Bfloat16Kernels* const> RunnableBfloat16Kernels();

// The kernels that this process computes with, chosen at the first call. Null where the CPU, the operating
// system or PERCEPTRA_BFLOAT16 allows none, or where PERCEPTRA_KERNELS chooses a table without AVX-512.
// The first call throws Error if PERCEPTRA_BFLOAT16 names kernels that this process cannot run.
const Bfloat16Kernels* ActiveBfloat16Kernels();

// Why ActiveBfloat16Kernels returns null, as a clause.
std::string NoBfloat16Reason();

// Asks the operating system, once a process, for permission to use AMX's tile registers. Returns 0, or the
// number of the system's error.
int AskForTiles();

}  // namespace mlp

#endif  // PERCEPTRA_MATH_BFLOAT16_H_
