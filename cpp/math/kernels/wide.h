// Weights in double precision against rows as they are stored, for models that learn row by row.

double WideDot(const double* w, const Real* x, std::size_t n) {
  double lanes[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (std::size_t k = 0; k < kLanes; ++k) lanes[k] += w[i + k] * static_cast<double>(x[i + k]);
  }
  double sum = 0;
  for (std::size_t k = 0; k < kLanes; ++k) sum += lanes[k];
  for (; i < n; ++i) sum += w[i] * static_cast<double>(x[i]);
  return sum;
}

double WideSquares(const Real* x, std::size_t n) {
  double lanes[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (std::size_t k = 0; k < kLanes; ++k) {
      lanes[k] += static_cast<double>(x[i + k]) * static_cast<double>(x[i + k]);
    }
  }
  double sum = 0;
  for (std::size_t k = 0; k < kLanes; ++k) sum += lanes[k];
  for (; i < n; ++i) sum += static_cast<double>(x[i]) * static_cast<double>(x[i]);
  return sum;
}

WideNorms WideAdd(double* w, const Real* x, std::size_t n, double c) {
  double squares[kLanes] = {}, absolutes[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (std::size_t k = 0; k < kLanes; ++k) {
      const double sum = w[i + k] + c * static_cast<double>(x[i + k]);
      w[i + k] = sum;
      squares[k] += sum * sum;
      absolutes[k] += std::abs(sum);
    }
  }
  WideNorms norms{0, 0};
  for (std::size_t k = 0; k < kLanes; ++k) {
    norms.squares += squares[k];
    norms.absolutes += absolutes[k];
  }
  for (; i < n; ++i) {
    w[i] += c * static_cast<double>(x[i]);
    norms.squares += w[i] * w[i];
    norms.absolutes += std::abs(w[i]);
  }
  return norms;
}

void WideTruncate(double* v, double* taken, std::size_t n, double due, double scale) {
  for (std::size_t i = 0; i < n; ++i) {
    const double before = v[i];
    const double down = std::max(0.0, before - (due + taken[i]) / scale);
    const double up = std::min(0.0, before + (due - taken[i]) / scale);
    const double after = before > 0 ? down : before < 0 ? up : before;
    v[i] = after;
    taken[i] += scale * (after - before);
  }
}

// c += alpha a b for `kRows` rows of c: each passage over them takes four terms.
template <std::size_t kRows>
inline void AddWideRows(double* c, std::size_t c_stride, WideMatrix a, const double* b, std::size_t b_stride,
                        std::size_t columns, std::size_t inner, double alpha) {
  typedef double V __attribute__((vector_size(kVectorBytes)));
  constexpr std::size_t kTerms = 4, kWidth = sizeof(V) / sizeof(double);
  for (std::size_t k = 0; k < inner; k += kTerms) {
    // The last ones are filled up with factors of 0 for a row that is there.
    double factors[kRows][kTerms];
    const double* terms[kTerms];
    Each<kTerms>([&](auto t) {
      const bool there = k + t < inner;
      terms[t] = b + (there ? k + t : k) * b_stride;
      Each<kRows>(
          [&](auto r) { factors[r][t] = there ? alpha * a.numbers[r * a.row + (k + t) * a.column] : 0.0; });
    });
    std::size_t j = 0;
    for (; j + kWidth <= columns; j += kWidth) {
      V right[kTerms];
      Each<kTerms>([&](auto t) { std::memcpy(&right[t], terms[t] + j, sizeof(V)); });
      Each<kRows>([&](auto r) {
        V sum;
        std::memcpy(&sum, c + r * c_stride + j, sizeof(V));
        Each<kTerms>([&](auto t) { sum += factors[r][t] * right[t]; });
        std::memcpy(c + r * c_stride + j, &sum, sizeof(V));
      });
    }
    for (; j < columns; ++j) {
      Each<kRows>(
          [&](auto r) { Each<kTerms>([&](auto t) { c[r * c_stride + j] += factors[r][t] * terms[t][j]; }); });
    }
  }
}

void WideProduct(double* c, std::size_t c_stride, WideMatrix a, const double* b, std::size_t b_stride,
                 std::size_t rows, std::size_t columns, std::size_t inner, double alpha, double beta) {
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < columns; ++j) {
      double& number = c[i * c_stride + j];
      number = beta == 0 ? 0 : beta * number;
    }
  }
  std::size_t i = 0;
  for (; i + 4 <= rows; i += 4) {
    AddWideRows<4>(c + i * c_stride, c_stride, {a.numbers + i * a.row, a.row, a.column}, b, b_stride, columns,
                   inner, alpha);
  }
  for (; i < rows; ++i) {
    AddWideRows<1>(c + i * c_stride, c_stride, {a.numbers + i * a.row, a.row, a.column}, b, b_stride, columns,
                   inner, alpha);
  }
}
