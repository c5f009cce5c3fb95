// The products of tiny layers, where a BLAS call costs more than its work.

void SmallForwardProduct(Real* y, const Real* x, const Real* w, std::size_t batch, std::size_t in,
                         std::size_t out) {
  if (out == 1) {
    for (std::size_t r = 0; r < batch; ++r) y[r] = Dot(x + r * in, w, in);
    return;
  }
  WithWidth(out, [=](auto width) {
    const std::size_t n = width;
    for (std::size_t r = 0; r < batch; ++r) {
      const Real* x_row = x + r * in;
      Real* y_row = y + r * n;
      for (std::size_t j = 0; j < n; ++j) y_row[j] = x_row[0] * w[j];
      for (std::size_t i = 1; i < in; ++i) {
        for (std::size_t j = 0; j < n; ++j) y_row[j] += x_row[i] * w[i * n + j];
      }
    }
  });
}

void SmallInputGradientProduct(Real* dx, const Real* dy, const Real* w, std::size_t batch, std::size_t in,
                               std::size_t out) {
  if (out == 1) {
    for (std::size_t r = 0; r < batch; ++r) {
      for (std::size_t i = 0; i < in; ++i) dx[r * in + i] = dy[r] * w[i];
    }
    return;
  }
  for (std::size_t r = 0; r < batch; ++r) {
    for (std::size_t i = 0; i < in; ++i) dx[r * in + i] = Dot(dy + r * out, w + i * out, out);
  }
}

// Tiles of columns are summed up by themselves before they meet what was there: added row by row, small terms
// would be lost.
void SmallWeightGradientProduct(Real* dw, const Real* x, const Real* dy, std::size_t batch, std::size_t rows,
                                std::size_t out, std::size_t x_stride, Real alpha, Real beta) {
  for (std::size_t from = 0; from < out; from += kTile) {
    WithWidth(std::min(kTile, out - from), [=](auto width) {
      const std::size_t n = width;
      for (std::size_t i = 0; i < rows; ++i) {
        Real sums[kTile];
        for (std::size_t j = 0; j < n; ++j) sums[j] = 0;
        for (std::size_t r = 0; r < batch; ++r) {
          const Real factor = x[r * x_stride + i];
          const Real* dy_row = dy + r * out + from;
          for (std::size_t j = 0; j < n; ++j) sums[j] += factor * dy_row[j];
        }
        Real* dw_row = dw + i * out + from;
        for (std::size_t j = 0; j < n; ++j) {
          dw_row[j] = alpha * sums[j] + (beta == 0 ? Real(0) : beta * dw_row[j]);
        }
      }
    });
  }
}

// As the gradient above, of a row of ones.
void ColumnSums(Real* db, const Real* dy, std::size_t rows, std::size_t out, Real alpha, Real beta) {
  if (out == 1) {
    db[0] = alpha * Sum(dy, rows) + (beta == 0 ? Real(0) : beta * db[0]);
    return;
  }
  for (std::size_t from = 0; from < out; from += kTile) {
    WithWidth(std::min(kTile, out - from), [=](auto width) {
      const std::size_t n = width;
      Real sums[kTile];
      for (std::size_t j = 0; j < n; ++j) sums[j] = 0;
      for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t j = 0; j < n; ++j) sums[j] += dy[r * out + from + j];
      }
      for (std::size_t j = 0; j < n; ++j) {
        db[from + j] = alpha * sums[j] + (beta == 0 ? Real(0) : beta * db[from + j]);
      }
    });
  }
}
