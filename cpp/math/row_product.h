#ifndef PERCEPTRA_MATH_ROW_PRODUCT_H_
#define PERCEPTRA_MATH_ROW_PRODUCT_H_

#include <cstddef>

#include "math/kernel_types.h"
#include "math/real.h"

namespace mlp {

// y = x w for few rows x. A large matrix is cut into pieces that lie
// side by side in memory: a core that reads the same piece in every prediction keeps it in its cache. The
// number of pieces depends on the shape alone, and no bit on which thread computes a piece.
struct RowProduct {
  const Real* weights = nullptr;  // (in, out): a piece is some of its rows, and has sums of its own
  std::size_t in = 0, out = 0;
  RoundedMatrix rounded{};  // in place of the weights unless its rounding is kNone: a piece is some panels
  std::size_t rows = 1;

  static constexpr std::size_t kMostPieces = 8;
  // Of weights that are not rounded. (Rounded ones: RoundedWeights::kMostRows.)
  static constexpr std::size_t kMostRows = 16;
  // Whether the product is faster in pieces than in tiles, also on one thread. Tiles jump from row to row of
  // the matrix: if those are more than a page long, each jump is a page of its own.
  bool is_faster() const {
    return pieces() > 1 && rows <= (out > kNumbersOfPage ? kMostRows : kMostRows / 2);
  }

  std::size_t pieces() const;
  // Numbers that the sums of all pieces need.
  std::size_t sum_numbers() const { return is_rounded() ? rows * out : pieces() * rows * stride(); }
  void Compute(Real* sums,     // sum_numbers()
               const Real* x,  // (rows, in)
               std::size_t piece) const;
  void CopySums(Real* to, const Real* from, std::size_t piece) const;
  void Finish(Real* y, const Real* sums) const;

 private:
  static constexpr std::size_t kNumbersOfPage = 4096 / sizeof(Real);
  bool is_rounded() const { return rounded.rounding != Rounding::kNone; }
  // Between two rows of sums: pieces share no cache line.
  std::size_t stride() const { return (out + 31) / 32 * 32; }
  // Where a piece begins: in rows of the weights, or in panels.
  std::size_t First(std::size_t piece) const;
};

}  // namespace mlp

#endif  // PERCEPTRA_MATH_ROW_PRODUCT_H_
