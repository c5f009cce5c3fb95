// The products of tiny layers, where a BLAS call costs more than its work.

void SmallForwardProduct(Real* y, const Real* x, const Real* w, std::size_t batch, std::size_t in,
                         std::size_t out) {
  for (std::size_t r = 0; r < batch; ++r) {
    const Real* x_row = x + r * in;
    Real* y_row = y + r * out;
    if (out == 1) {
      y_row[0] = Dot(x_row, w, in);
      continue;
    }
    for (std::size_t j = 0; j < out; ++j) y_row[j] = x_row[0] * w[j];
    for (std::size_t i = 1; i < in; ++i) {
      for (std::size_t j = 0; j < out; ++j) y_row[j] += x_row[i] * w[i * out + j];
    }
  }
}

void SmallInputGradientProduct(Real* dx, const Real* dy, const Real* w, std::size_t batch, std::size_t in,
                               std::size_t out) {
  for (std::size_t r = 0; r < batch; ++r) {
    const Real* dy_row = dy + r * out;
    Real* dx_row = dx + r * in;
    if (out == 1) {
      for (std::size_t i = 0; i < in; ++i) dx_row[i] = dy_row[0] * w[i];
      continue;
    }
    for (std::size_t i = 0; i < in; ++i) dx_row[i] = Dot(dy_row, w + i * out, out);
  }
}

void SmallWeightGradientProduct(Real* dw, const Real* x, const Real* dy, std::size_t batch, std::size_t rows,
                                std::size_t out, std::size_t x_stride, Real alpha, Real beta) {
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t from = 0; from < out; from += kTile) {
      const std::size_t n = std::min(kTile, out - from);
      Real sums[kTile];
      for (std::size_t j = 0; j < n; ++j) sums[j] = 0;
      for (std::size_t r = 0; r < batch; ++r) {
        const Real factor = x[r * x_stride + i];
        const Real* dy_row = dy + r * out + from;
        for (std::size_t j = 0; j < n; ++j) sums[j] += factor * dy_row[j];
      }
      Real* dw_row = dw + i * out + from;
      for (std::size_t j = 0; j < n; ++j)
        dw_row[j] = alpha * sums[j] + (beta == 0 ? Real(0) : beta * dw_row[j]);
    }
  }
}
