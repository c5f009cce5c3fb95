// Products of fewer than four columns: a row of them is less than the narrowest vector of a tile.

// The first numbers of a vector: with memcpy, GCC would write to memory and wait for it.
template <std::size_t kCount, typename V>
[[gnu::always_inline]] inline void LoadFew(V& v, const Real* from) {
  for (std::size_t j = 0; j < kCount; ++j) v[j] = from[j];
}

template <std::size_t kColumns, std::size_t kRows, bool kAdds>
[[gnu::always_inline]] inline void MultiplyFew(const TileProduct& p, std::size_t row) {
  using V = VectorOf<4 * sizeof(Real)>::Type;
  V sums[kRows] = {};
  const Real* a = p.a.numbers + row * p.a.row;
  const Real* b = p.b;
  for (std::size_t k = 0; k < p.depth; ++k, a += p.a.column, b += p.b_stride) {
    V right = {};
    LoadFew<kColumns>(right, b);
    Each<kRows>([&](auto r) { sums[r] += a[r * p.a.row] * right; });
  }
  Each<kRows>([&](auto r) {
    Real* const c = p.c + (row + r) * p.c_stride;
    V sum = p.alpha * sums[r];
    if constexpr (kAdds) {
      V old = {};
      LoadFew<kColumns>(old, c);
      sum += p.beta * old;
    }
    std::memcpy(c, &sum, kColumns * sizeof(Real));
  });
}

template <std::size_t kColumns, bool kAdds>
[[gnu::always_inline]] inline void MultiplyNarrow(const TileProduct& p, std::size_t rows) {
  std::size_t r = 0;
  for (; r + 4 <= rows; r += 4) MultiplyFew<kColumns, 4, kAdds>(p, r);
  for (; r < rows; ++r) MultiplyFew<kColumns, 1, kAdds>(p, r);
}

template <std::size_t kColumns>
[[gnu::always_inline]] inline void MultiplyNarrow(const TileProduct& p, std::size_t rows) {
  if (p.beta == 0) return MultiplyNarrow<kColumns, false>(p, rows);
  MultiplyNarrow<kColumns, true>(p, rows);
}

// c = alpha a b + beta c for any shape; fewer than four columns of b have to be contiguous in a row.
[[gnu::always_inline]] inline void Multiply(Real* c, std::size_t c_stride, Strided a, Strided b,
                                            std::size_t rows, std::size_t columns, std::size_t depth,
                                            Real alpha, Real beta) {
  if (columns == 1) return MultiplyNarrow<1>({c, c_stride, a, b.numbers, b.row, depth, alpha, beta}, rows);
  if (columns == 2) return MultiplyNarrow<2>({c, c_stride, a, b.numbers, b.row, depth, alpha, beta}, rows);
  if (columns == 3) return MultiplyNarrow<3>({c, c_stride, a, b.numbers, b.row, depth, alpha, beta}, rows);
  MultiplyWide(c, c_stride, a, b, rows, columns, depth, alpha, beta);
}
