// The products of a dense layer of a small network.

// y = x w of a single column w. Four rows at a time: their sums do not wait for each other.
inline void DotRows(Real* y, const Real* x, const Real* w, std::size_t rows, std::size_t n,
                    std::size_t x_stride) {
  std::size_t r = 0;
  for (; n >= kLanes && r + 4 <= rows; r += 4) {
    constexpr std::size_t kWide = kVectorBytes / sizeof(Real);
    using V = VectorOf<kVectorBytes>::Type;
    const Real* const from = x + r * x_stride;
    V sums[4] = {};
    std::size_t i = 0;
    for (; i + kWide <= n; i += kWide) {
      const V factor = Load<V>(w + i);
      Each<4>([&](auto k) { sums[k] += Load<V>(from + k * x_stride + i) * factor; });
    }
    for (std::size_t k = 0; k < 4; ++k) {
      Real sum = 0;
      for (std::size_t lane = 0; lane < kWide; ++lane) sum += sums[k][lane];
      for (std::size_t rest = i; rest < n; ++rest) sum += from[k * x_stride + rest] * w[rest];
      y[r + k] = sum;
    }
  }
  for (; r < rows; ++r) y[r] = Dot(x + r * x_stride, w, n);
}

// y (+)= x w of a single row x and kRows rows of w, which are read side by side as they lie in memory, a few
// streams at a time: a tile would jump from row to row. The sum of their terms meets the older ones once.
template <std::size_t kRows, typename Number>
inline void AddRows(Real* y, const Real* x, const Number* w, std::size_t out, bool is_first) {
  using V = VectorOf<kVectorBytes>::Type;
  constexpr std::size_t kWide = kWidthOf<V>;
  constexpr std::size_t kNear = 8192 / sizeof(Number);  // which the first cache holds beside y
  // Rows that come next; past the end of w nothing is read, and a prefetch cannot fail.
  const std::size_t ahead = kRows * out <= kNear ? kRows * out : 0;
  V factors[kRows];  // in registers: for all the compiler knows, y changes x
  Each<kRows>([&](auto r) { factors[r] = x[r] - V{}; });
  const auto sum = [&](std::size_t j) {
    V terms = factors[0] * LoadWide<V>(w + j);
    for (std::size_t r = 1; r < kRows; ++r) terms += factors[r] * LoadWide<V>(w + r * out + j);
    Store(y + j, is_first ? terms : Load<V>(y + j) + terms);
  };
  std::size_t j = 0;
  for (; j + 2 * kWide <= out; j += 2 * kWide) {
    if (ahead > 0) Each<kRows>([&](auto r) { __builtin_prefetch(w + r * out + j + ahead); });
    sum(j);
    sum(j + kWide);
  }
  if (j + kWide <= out) {
    sum(j);
    j += kWide;
  }
  for (; j < out; ++j) {
    Real terms = 0;
    for (std::size_t r = 0; r < kRows; ++r) terms += x[r] * Widen(w[r * out + j]);
    y[j] = is_first ? terms : y[j] + terms;
  }
}

template <typename Number>
inline void MultiplyRow(Real* y, const Real* x, const Number* w, std::size_t in, std::size_t out) {
  constexpr std::size_t kRows = 6;  // measured: where rows are 4096 bytes apart, 8 push each other out
  std::size_t i = 0;
  for (; i + kRows <= in; i += kRows) AddRows<kRows>(y, x + i, w + i * out, out, i == 0);
  for (; i < in; ++i) AddRows<1>(y, x + i, w + i * out, out, i == 0);
}

void ForwardProductOfHalves(Real* y, const Real* x, const Half* w, std::size_t in, std::size_t out) {
  MultiplyRow(y, x, w, in, out);
}

void ForwardProduct(Real* y, const Real* x, const Real* w, std::size_t batch, std::size_t in, std::size_t out,
                    std::size_t x_stride) {
  if (batch == 1 && out > kSingleRowVectors * kVectorBytes / sizeof(Real))
    return MultiplyRow(y, x, w, in, out);
  if (out == 1) return DotRows(y, x, w, batch, in, x_stride);
  Multiply(y, out, {x, x_stride, 1}, {w, out, 1}, batch, out, in, 1, 0);
}

void InputGradientProduct(Real* dx, const Real* dy, const Real* w, std::size_t batch, std::size_t in,
                          std::size_t out, std::size_t dx_stride) {
  if (out == 1) {
    for (std::size_t r = 0; r < batch; ++r) {
      for (std::size_t i = 0; i < in; ++i) dx[r * dx_stride + i] = dy[r] * w[i];
    }
    return;
  }
  if (batch == 1) return DotRows(dx, w, dy, in, out, out);
  if (in >= 4) return Multiply(dx, dx_stride, {dy, out, 1}, {w, 1, out}, batch, in, out, 1, 0);
  for (std::size_t r = 0; r < batch; ++r) {
    for (std::size_t i = 0; i < in; ++i) dx[r * dx_stride + i] = Dot(dy + r * out, w + i * out, out);
  }
}

// Columns are summed up by themselves before they meet what was there: added row by row, small terms would be
// lost.
void WeightGradientProduct(Real* dw, const Real* x, const Real* dy, std::size_t batch, std::size_t rows,
                           std::size_t out, std::size_t x_stride, Real alpha, Real beta) {
  if (batch == 1) {
    for (std::size_t i = 0; i < rows; ++i, dw += out) {
      const Real factor = alpha * x[i];
      for (std::size_t j = 0; j < out; ++j) dw[j] = factor * dy[j] + (beta == 0 ? Real(0) : beta * dw[j]);
    }
    return;
  }
  if (out == 1) return Multiply(dw, rows, {dy, batch, 1}, {x, x_stride, 1}, 1, rows, batch, alpha, beta);
  Multiply(dw, out, {x, 1, x_stride}, {dy, out, 1}, rows, out, batch, alpha, beta);
}

// What becomes of kVectors vectors of sums, from column `from` on.
template <typename V, std::size_t kVectors>
inline void SumColumns(V* becomes, const Real* sums, const Real* of, std::size_t rows, std::size_t stride,
                       std::size_t from, Real alpha, Real beta) {
  V total[kVectors] = {};
  for (std::size_t r = 0; r < rows; ++r) {
    Each<kVectors>([&](auto v) { total[v] += Load<V>(of + r * stride + from + v * kWidthOf<V>); });
  }
  Each<kVectors>([&](auto v) {
    becomes[v] = alpha * total[v];
    if (beta != 0) becomes[v] += beta * Load<V>(sums + from + v * kWidthOf<V>);
  });
}

// As the gradient above, of a row of ones; of as many columns at a time as registers hold. What is left over
// ends with a vector that may overlap the one before, and so reads the old sums before any other is stored.
template <std::size_t kBytes = kVectorBytes>
void WideColumnSums(Real* sums, const Real* of, std::size_t rows, std::size_t columns, std::size_t stride,
                    Real alpha, Real beta) {
  using V = typename VectorOf<kBytes>::Type;
  constexpr std::size_t kVectors = 4, kWide = kWidthOf<V>;
  if constexpr (kWide > 4) {
    if (columns < kWide) return WideColumnSums<kBytes / 2>(sums, of, rows, columns, stride, alpha, beta);
  }
  const std::size_t whole = columns - columns % (kVectors * kWide);
  V becomes[kVectors], last{};
  if (whole < columns) SumColumns<V, 1>(&last, sums, of, rows, stride, columns - kWide, alpha, beta);
  for (std::size_t from = 0; from < whole; from += kVectors * kWide) {
    SumColumns<V, kVectors>(becomes, sums, of, rows, stride, from, alpha, beta);
    for (std::size_t v = 0; v < kVectors; ++v) Store(sums + from + v * kWide, becomes[v]);
  }
  for (std::size_t from = whole; from + kWide < columns; from += kWide) {
    SumColumns<V, 1>(becomes, sums, of, rows, stride, from, alpha, beta);
    Store(sums + from, becomes[0]);
  }
  if (whole < columns) Store(sums + columns - kWide, last);
}

void ColumnSums(Real* sums, const Real* of, std::size_t rows, std::size_t columns, std::size_t stride,
                Real alpha, Real beta) {
  if (columns == 1 && stride == 1) {
    sums[0] = alpha * Sum(of, rows) + (beta == 0 ? Real(0) : beta * sums[0]);
    return;
  }
  if (columns >= 4) return WideColumnSums(sums, of, rows, columns, stride, alpha, beta);
  const Real one = 1;
  Multiply(sums, columns, {&one, 0, 0}, {of, stride, 1}, 1, columns, rows, alpha, beta);
}
