// Batch and layer normalisation. Sums over rows are kept in double: x^2 is exact there, and nothing is lost
// where a mean is large beside its deviation.

// Calls f(first, width) for tiles of columns that fit on the stack.
template <typename F>
inline void EachTile(std::size_t columns, F f) {
  for (std::size_t first = 0; first < columns; first += kTile) f(first, std::min(kTile, columns - first));
}

// sums[j] += sum of x, sums[columns + j] += sum of x^2
void ColumnMoments(double* sums, const Real* x, std::size_t rows, std::size_t columns) {
  EachTile(columns, [=](std::size_t first, std::size_t width) {
    double sum[kTile] = {}, squares[kTile] = {};
    for (std::size_t r = 0; r < rows; ++r) {
      const Real* row = x + r * columns + first;
      for (std::size_t j = 0; j < width; ++j) {
        const auto value = static_cast<double>(row[j]);
        sum[j] += value;
        squares[j] += value * value;
      }
    }
    for (std::size_t j = 0; j < width; ++j) {
      sums[first + j] += sum[j];
      sums[columns + first + j] += squares[j];
    }
  });
}

// sums[j] += sum of dy, sums[columns + j] += sum of dy * (x - mean)
void ColumnCorrelations(double* sums, const Real* dy, const Real* x, const Real* mean, std::size_t rows,
                        std::size_t columns) {
  EachTile(columns, [=](std::size_t first, std::size_t width) {
    double sum[kTile] = {}, products[kTile] = {};
    for (std::size_t r = 0; r < rows; ++r) {
      const Real* d = dy + r * columns + first;
      const Real* row = x + r * columns + first;
      for (std::size_t j = 0; j < width; ++j) {
        const auto gradient = static_cast<double>(d[j]);
        sum[j] += gradient;
        products[j] += gradient * (static_cast<double>(row[j]) - mean[first + j]);
      }
    }
    for (std::size_t j = 0; j < width; ++j) {
      sums[first + j] += sum[j];
      sums[columns + first + j] += products[j];
    }
  });
}

void BatchNormForward(Real* y, const Real* x, std::size_t rows, std::size_t columns, const BatchNorm& norm) {
  EachTile(columns, [=, &norm](std::size_t first, std::size_t width) {
    Real mean[kTile], gain[kTile], shift[kTile];
    for (std::size_t j = 0; j < width; ++j) {
      mean[j] = norm.mean[first + j];
      gain[j] =
          (norm.gamma ? norm.gamma[first + j] : Real(1)) / std::sqrt(norm.variance[first + j] + norm.epsilon);
      shift[j] = norm.beta ? norm.beta[first + j] : Real(0);
    }
    for (std::size_t r = 0; r < rows; ++r) {
      const Real* from = x + r * columns + first;
      Real* to = y + r * columns + first;
      for (std::size_t j = 0; j < width; ++j) to[j] = (from[j] - mean[j]) * gain[j] + shift[j];
    }
  });
}

// dx = gamma / deviation * (dy - mean of dy - normalised x * mean of (dy * normalised x)); without sums the
// statistics are constants.
void BatchNormGradient(Real* dx, const Real* dy, const Real* x, std::size_t rows, std::size_t columns,
                       const BatchNorm& norm, const Real* sums, Real share) {
  EachTile(columns, [=, &norm](std::size_t first, std::size_t width) {
    Real mean[kTile], gain[kTile], bias[kTile], slope[kTile];
    for (std::size_t j = 0; j < width; ++j) {
      const std::size_t c = first + j;
      const Real scale = 1 / std::sqrt(norm.variance[c] + norm.epsilon);
      mean[j] = norm.mean[c];
      gain[j] = (norm.gamma ? norm.gamma[c] : Real(1)) * scale;
      bias[j] = sums ? sums[c] * share : Real(0);
      slope[j] = sums ? sums[columns + c] * share * scale : Real(0);
    }
    for (std::size_t r = 0; r < rows; ++r) {
      const Real* d = dy + r * columns + first;
      const Real* row = x + r * columns + first;
      Real* to = dx + r * columns + first;
      for (std::size_t j = 0; j < width; ++j) {
        to[j] = gain[j] * (d[j] - bias[j] - (row[j] - mean[j]) * slope[j]);
      }
    }
  });
}

// A row's mean as two numbers: itself, and what its rounding left over. Where it is large beside the
// deviation, x - mean loses nothing, but the rounding of the mean would be in every difference.
struct RowMean {
  Real mean, rest;
  Real Centre(Real x) const { return (x - mean) - rest; }
};

// saved: mean, its rest and 1 / sqrt(variance + epsilon) of each row, unless it is null.
void LayerNorm(Real* y, Real* saved, const Real* x, const Real* gamma, const Real* beta, std::size_t rows,
               std::size_t columns, Real epsilon) {
  const Real share = Real(1) / static_cast<Real>(columns);
  for (std::size_t r = 0; r < rows; ++r) {
    const Real* from = x + r * columns;
    Real* to = y + r * columns;
    const Real mean = Sum(from, columns) * share;
    for (std::size_t j = 0; j < columns; ++j) to[j] = from[j] - mean;
    const Real rest = Sum(to, columns) * share;
    for (std::size_t j = 0; j < columns; ++j) to[j] -= rest;
    const Real scale = 1 / std::sqrt(Dot(to, to, columns) * share + epsilon);
    for (std::size_t j = 0; j < columns; ++j) to[j] *= scale;
    if (gamma != nullptr) {
      for (std::size_t j = 0; j < columns; ++j) to[j] *= gamma[j];
    }
    if (beta != nullptr) {
      for (std::size_t j = 0; j < columns; ++j) to[j] += beta[j];
    }
    if (saved != nullptr) {
      saved[3 * r] = mean;
      saved[3 * r + 1] = rest;
      saved[3 * r + 2] = scale;
    }
  }
}

// With g = dy * gamma and n = normalised x: dx = (g - mean(g) - n * mean(g n)) / deviation, per row. The last
// mean is summed over centred x: over x itself, most of it would be mean(x) mean(g), to be taken off again.
void LayerNormGradient(Real* dx, const Real* dy, const Real* x, const Real* saved, const Real* gamma,
                       std::size_t rows, std::size_t columns) {
  const Real share = Real(1) / static_cast<Real>(columns);
  for (std::size_t r = 0; r < rows; ++r) {
    const RowMean mean{saved[3 * r], saved[3 * r + 1]};
    const Real scale = saved[3 * r + 2];
    const Real* d = dy + r * columns;
    const Real* from = x + r * columns;
    Real* to = dx + r * columns;
    for (std::size_t j = 0; j < columns; ++j) to[j] = gamma ? d[j] * gamma[j] : d[j];
    const Real bias = Sum(to, columns) * share;
    Real products = 0;
    EachTile(columns, [=, &products](std::size_t first, std::size_t width) {
      Real centred[kTile];
      for (std::size_t j = 0; j < width; ++j) centred[j] = mean.Centre(from[first + j]);
      products += Dot(to + first, centred, width);
    });
    const Real slope = products * share * scale * scale;
    for (std::size_t j = 0; j < columns; ++j) to[j] = scale * (to[j] - bias - mean.Centre(from[j]) * slope);
  }
}

// dgamma = alpha * (sum over rows of dy * normalised x) + beta * dgamma
void LayerNormGammaGradient(Real* dgamma, const Real* dy, const Real* x, const Real* saved, std::size_t rows,
                            std::size_t columns, Real alpha, Real beta) {
  EachTile(columns, [=](std::size_t first, std::size_t width) {
    Real sums[kTile] = {};
    for (std::size_t r = 0; r < rows; ++r) {
      const RowMean mean{saved[3 * r], saved[3 * r + 1]};
      const Real scale = saved[3 * r + 2];
      const Real* d = dy + r * columns + first;
      const Real* from = x + r * columns + first;
      for (std::size_t j = 0; j < width; ++j) sums[j] += d[j] * (mean.Centre(from[j]) * scale);
    }
    Real* to = dgamma + first;
    for (std::size_t j = 0; j < width; ++j) {
      to[j] = alpha * sums[j] + (beta == 0 ? Real(0) : beta * to[j]);
    }
  });
}
