// A product in tiles of registers, read from where the matrices lie: for the shapes of small networks a BLAS
// spends more time copying its operands than multiplying them.

template <std::size_t kBytes>
struct VectorOf {
  typedef Real Type __attribute__((vector_size(kBytes)));
};

template <typename V>
constexpr std::size_t kWidthOf = sizeof(V) / sizeof(Real);

// What an instruction set has registers for: rows of a tile that is one, two or three vectors wide. Clang
// needs one more than the sums, the vectors of a row and a factor take.
#if defined(__AVX512F__)
constexpr std::size_t kVectorBytes = 64, kTileRows[] = {12, 12, 8};
#elif defined(__AVX2__)
constexpr std::size_t kVectorBytes = 32, kTileRows[] = {8, 6, 3};
#elif defined(__aarch64__)
constexpr std::size_t kVectorBytes = 16, kTileRows[] = {12, 10, 8};
#else
constexpr std::size_t kVectorBytes = 16, kTileRows[] = {8, 5, 3};
#endif

// Terms that are summed up before they go to memory: so many rows of `b`, a tile wide, stay in the first
// cache.
constexpr std::size_t kDepth = 256;

template <typename V>
inline V Load(const Real* from) {
  V v;
  std::memcpy(&v, from, sizeof v);
  return v;
}

template <typename V>
inline void Store(Real* to, V v) {
  std::memcpy(to, &v, sizeof v);
}

// Calls f with 0, 1, ... as constants: what they index stays in registers.
template <std::size_t... kIndices, typename F>
[[gnu::always_inline]] inline void EachOf(std::index_sequence<kIndices...>, F f) {
  (f(std::integral_constant<std::size_t, kIndices>{}), ...);
}

template <std::size_t kCount, typename F>
[[gnu::always_inline]] inline void Each(F f) {
  EachOf(std::make_index_sequence<kCount>{}, f);
}

// A matrix whose rows or columns may be the contiguous ones.
struct Strided {
  const Real* numbers;
  std::size_t row, column;  // numbers from one to the next
};

// c = alpha a b + beta c
struct TileProduct {
  Real* c;
  std::size_t c_stride;
  Strided a;
  const Real* b;
  std::size_t b_stride;
  std::size_t depth;
  Real alpha, beta;
};

// The last vector begins at column `last`: where the columns are no whole vectors it overlaps the one before,
// and both compute the same numbers. Inlined among others a tile would have to share its registers with them.
template <typename V, std::size_t kRows, std::size_t kVectors>
[[gnu::noinline]] void MultiplyTile(const TileProduct& p, std::size_t row, std::size_t last) {
  const auto column = [last](std::size_t n) { return n + 1 == kVectors ? last : n * kWidthOf<V>; };
  const std::size_t a_row = p.a.row;
  V sums[kRows][kVectors] = {};
  const Real* a = p.a.numbers + row * a_row;
  const Real* b = p.b;
  for (std::size_t k = 0; k < p.depth; ++k, a += p.a.column, b += p.b_stride) {
    V right[kVectors];
    Each<kVectors>([&](auto n) { right[n] = Load<V>(b + column(n)); });
    Each<kRows>([&](auto r) {
      const Real left = a[r * a_row];
      Each<kVectors>([&](auto n) { sums[r][n] += left * right[n]; });
    });
  }
  Each<kRows>([&](auto r) {
    Real* const c = p.c + (row + r) * p.c_stride;
    Each<kVectors>([&](auto n) { sums[r][n] *= p.alpha; });
    if (p.beta != 0) {
      V old[kVectors];
      Each<kVectors>([&](auto n) { old[n] = Load<V>(c + column(n)); });
      Each<kVectors>([&](auto n) { sums[r][n] += p.beta * old[n]; });
    }
    Each<kVectors>([&](auto n) { Store(c + column(n), sums[r][n]); });
  });
}

template <typename V, std::size_t kVectors>
void MultiplyRows(const TileProduct& p, std::size_t row, std::size_t rows, std::size_t last) {
  Each<kTileRows[kVectors - 1]>([&](auto n) {
    if (rows == n + 1) MultiplyTile<V, n + 1, kVectors>(p, row, last);
  });
}

// So many columns of the product, from the first on.
struct Columns {
  std::size_t vectors, width;
};

// A single row has registers for more of its columns.
constexpr std::size_t kSingleRowVectors = 8;

template <typename V>
Columns NextColumns(bool single_row, std::size_t left) {
  constexpr std::size_t kWidth = kWidthOf<V>;
  if (single_row) {
    const std::size_t all = (left + kWidth - 1) / kWidth;
    // Never less than a vector is left over.
    const std::size_t vectors = all == kSingleRowVectors + 1 ? all - 2 : std::min(all, kSingleRowVectors);
    return {vectors, std::min(left, vectors * kWidth)};
  }
  const std::size_t vectors = left <= kWidth ? 1 : left > 2 * kWidth && left <= 3 * kWidth ? 3 : 2;
  return {vectors, std::min(left, vectors * kWidth)};
}

// All rows of those columns; the last ones are shared out evenly: 7 rows are 4 and 3, not 6 and 1.
template <typename V>
void MultiplyColumns(const TileProduct& p, std::size_t all, Columns columns) {
  const std::size_t last = columns.width - kWidthOf<V>;
  if (all == 1) {
    return Each<kSingleRowVectors>([&](auto n) {
      if (columns.vectors == n + 1) MultiplyTile<V, 1, n + 1>(p, 0, last);
    });
  }
  const std::size_t most = kTileRows[columns.vectors - 1];
  for (std::size_t row = 0; row < all;) {
    const std::size_t left = all - row;
    const std::size_t rows = left >= 2 * most ? most : left > most ? (left + 1) / 2 : left;
    if (columns.vectors == 1) MultiplyRows<V, 1>(p, row, rows, last);
    if (columns.vectors == 2) MultiplyRows<V, 2>(p, row, rows, last);
    if (columns.vectors == 3) MultiplyRows<V, 3>(p, row, rows, last);
    row += rows;
  }
}

// Rows of b side by side, `width` numbers of each.
template <typename V>
void CopyPanel(Real* panel, Strided b, std::size_t depth, std::size_t width) {
  for (std::size_t k = 0; k < depth; ++k, panel += width) {
    const Real* const row = b.numbers + k * b.row;
    for (std::size_t j = 0; j < width; j += kWidthOf<V>) {
      const std::size_t at = std::min(j, width - kWidthOf<V>);
      Store(panel + at, Load<V>(row + at));
    }
  }
}

// Four numbers of each of four rows, `from_stride` apart, become four rows of one number of each.
inline void Turn4(Real* to, std::size_t to_stride, const Real* from, std::size_t from_stride) {
#ifdef PERCEPTRA_DOUBLE
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t j = 0; j < 4; ++j) to[i * to_stride + j] = from[j * from_stride + i];
  }
#else
  using V = VectorOf<16>::Type;
  const V a = Load<V>(from), b = Load<V>(from + from_stride), c = Load<V>(from + 2 * from_stride),
          d = Load<V>(from + 3 * from_stride);
  const V ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  const V ab2 = __builtin_shufflevector(a, b, 2, 6, 3, 7), cd2 = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  Store(to, __builtin_shufflevector(ab, cd, 0, 1, 4, 5));
  Store(to + to_stride, __builtin_shufflevector(ab, cd, 2, 3, 6, 7));
  Store(to + 2 * to_stride, __builtin_shufflevector(ab2, cd2, 0, 1, 4, 5));
  Store(to + 3 * to_stride, __builtin_shufflevector(ab2, cd2, 2, 3, 6, 7));
#endif
}

// The same of a matrix whose columns are the contiguous ones, `stride` apart.
inline void TurnPanel(Real* panel, const Real* b, std::size_t stride, std::size_t depth, std::size_t width) {
  const std::size_t wide = width - width % 4, deep = depth - depth % 4;
  for (std::size_t j = 0; j < wide; j += 4) {
    for (std::size_t k = 0; k < deep; k += 4) Turn4(panel + k * width + j, width, b + j * stride + k, stride);
    for (std::size_t k = deep; k < depth; ++k) {
      for (std::size_t i = j; i < j + 4; ++i) panel[k * width + i] = b[i * stride + k];
    }
  }
  for (std::size_t j = wide; j < width; ++j) {
    for (std::size_t k = 0; k < depth; ++k) panel[k * width + j] = b[j * stride + k];
  }
}

// c = alpha a b + beta c, panel by panel of b: a panel is copied where its columns are not contiguous, or
// where enough rows of a read it again and again. `columns` are at least a vector.
template <typename V>
void MultiplyInTiles(Real* c, std::size_t c_stride, Strided a, Strided b, std::size_t rows,
                     std::size_t columns, std::size_t depth, Real alpha, Real beta) {
  constexpr std::size_t kFarApart = 2048 / sizeof(Real);
  const bool turns = b.column != 1;
  const bool copies = turns || rows >= (b.row >= kFarApart ? 12 : 48);
  alignas(64) Real panel[kDepth * 3 * kWidthOf<V>];
  for (std::size_t from = 0; from < depth; from += kDepth) {
    const std::size_t terms = std::min(kDepth, depth - from);
    Columns next{};
    for (std::size_t j = 0; j < columns; j += next.width) {
      next = NextColumns<V>(rows == 1 && !copies, columns - j);
      const Strided part = {b.numbers + from * b.row + j * b.column, b.row, b.column};
      if (turns) {
        TurnPanel(panel, part.numbers, part.column, terms, next.width);
      } else if (copies) {
        CopyPanel<V>(panel, part, terms, next.width);
      }
      MultiplyColumns<V>({c + j,
                          c_stride,
                          {a.numbers + from * a.column, a.row, a.column},
                          copies ? panel : part.numbers,
                          copies ? next.width : part.row,
                          terms,
                          alpha,
                          from == 0 ? beta : Real(1)},
                         rows, next);
    }
  }
}

// With vectors as wide as the columns, at least four, allow.
template <std::size_t kBytes = kVectorBytes>
void MultiplyWide(Real* c, std::size_t c_stride, Strided a, Strided b, std::size_t rows, std::size_t columns,
                  std::size_t depth, Real alpha, Real beta) {
  using V = typename VectorOf<kBytes>::Type;
  if constexpr (kBytes > 4 * sizeof(Real)) {
    if (columns < kWidthOf<V>)
      return MultiplyWide<kBytes / 2>(c, c_stride, a, b, rows, columns, depth, alpha, beta);
  }
  MultiplyInTiles<V>(c, c_stride, a, b, rows, columns, depth, alpha, beta);
}
