#include "math/row_product.h"

#include <algorithm>

#include "math/kernels.h"

namespace mlp {
namespace {

// The smallest piece: a piece takes some microseconds, a meeting of two threads a fifth of one.
constexpr std::size_t kPieceBytes = 128 * 1024, kRoundedPieceBytes = 64 * 1024;
// Products of fewer outputs have kernels that add up all inputs at once.
constexpr std::size_t kLeastOutputs = 160;
// Pieces begin at a multiple of this, which the kernel for one row takes at a time.
constexpr std::size_t kRowStep = 6;

}  // namespace

std::size_t RowProduct::pieces() const {
  std::size_t most = 0;
  if (is_rounded()) {
    const std::size_t bytes = in * out * (rounded.rounding == Rounding::kInt8 ? 1 : 2);
    most = std::min(bytes / kRoundedPieceBytes, RoundedMatrix::PanelsFor(out));
  } else if (out >= kLeastOutputs) {
    most = std::min(in * out * sizeof(Real) / kPieceBytes, in / kRowStep);
  }
  return std::clamp(most, std::size_t{1}, kMostPieces);
}

std::size_t RowProduct::First(std::size_t piece) const {
  if (is_rounded()) return RoundedMatrix::PanelsFor(out) * piece / pieces();
  return piece == pieces() ? in : in / kRowStep * piece / pieces() * kRowStep;
}

void RowProduct::Compute(Real* sums, const Real* x, std::size_t piece) const {
  const std::size_t first = First(piece), count = First(piece + 1) - first;
  if (is_rounded()) return ActiveKernels().rounded_product(sums, x, rows, rounded, first, count);
  ActiveKernels().few_rows_product(sums + piece * rows * stride(), stride(), x + first, in,
                                   weights + first * out, rows, count, out);
}

void RowProduct::CopySums(Real* to, const Real* from, std::size_t piece) const {
  if (!is_rounded()) {
    const std::size_t at = piece * rows * stride();
    std::copy_n(from + at, rows * stride(), to + at);
    return;
  }
  const std::size_t first = First(piece) * RoundedMatrix::kPanel,
                    end = std::min(out, First(piece + 1) * RoundedMatrix::kPanel);
  for (std::size_t r = 0; r < rows; ++r)
    std::copy_n(from + r * out + first, end - first, to + r * out + first);
}

void RowProduct::Finish(Real* y, const Real* sums) const {
  if (is_rounded()) {
    std::copy_n(sums, rows * out, y);
  } else {
    for (std::size_t r = 0; r < rows; ++r) {
      ActiveKernels().column_sums(y + r * out, sums + r * stride(), pieces(), out, rows * stride(), 1, 0);
    }
  }
}

}  // namespace mlp
