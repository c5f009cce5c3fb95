// What happens to a gradient and to weights beside the optimizer's own rule.

// Some hundred squares lose nothing that counts in single precision; their sums are added up in double.
inline double SquaresInParts(const Real* x, std::size_t n) {
  using V = VectorOf<kVectorBytes>::Type;
  constexpr std::size_t kVectors = 4, kStep = kVectors * kWidthOf<V>, kPart = 32 * kStep;
  double sum = 0;
  std::size_t i = 0;
  while (i + kStep <= n) {
    V sums[kVectors] = {};
    for (const std::size_t end = std::min(n, i + kPart); i + kStep <= end; i += kStep) {
      Each<kVectors>([&](auto k) {
        const V v = Load<V>(x + i + k * kWidthOf<V>);
        sums[k] += v * v;
      });
    }
    const V all = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    for (std::size_t lane = 0; lane < kWidthOf<V>; ++lane) sum += static_cast<double>(all[lane]);
  }
  for (; i < n; ++i) sum += static_cast<double>(x[i] * x[i]);
  return sum;
}

// grad += the gradient of l1 * sum |w| + l2 * sum w^2, which is returned.
double Regularize(Real* grad, const Real* w, std::size_t n, Real l1, Real l2) {
  if (l1 == 0) {
    if (grad != nullptr) {
      for (std::size_t i = 0; i < n; ++i) grad[i] += 2 * l2 * w[i];
    }
    return static_cast<double>(l2) * SquaresInParts(w, n);
  }
  const double penalty = LaneSum(n, [=](std::size_t i) {
    const Real size = w[i] < 0 ? -w[i] : w[i];
    return static_cast<double>(l1 * size) + static_cast<double>(l2 * w[i] * w[i]);
  });
  if (grad == nullptr) return penalty;
  for (std::size_t i = 0; i < n; ++i) {
    const Real sign = w[i] > 0 ? Real(1) : w[i] < 0 ? Real(-1) : Real(0);
    grad[i] += l1 * sign + 2 * l2 * w[i];
  }
  return penalty;
}

double SumOfSquares(const Real* x, std::size_t n) {
  return LaneSum(n, [=](std::size_t i) { return static_cast<double>(x[i]) * static_cast<double>(x[i]); });
}

void Clip(Real* x, std::size_t n, Real limit) {
  for (std::size_t i = 0; i < n; ++i) x[i] = x[i] > limit ? limit : x[i] < -limit ? -limit : x[i];
}

void Scale(Real* x, std::size_t n, Real factor) {
  for (std::size_t i = 0; i < n; ++i) x[i] *= factor;
}

// average = momentum * average + (1 - momentum) * w
void MoveAverage(Real* average, const Real* w, std::size_t n, Real momentum) {
  for (std::size_t i = 0; i < n; ++i) average[i] += (1 - momentum) * (w[i] - average[i]);
}

void NotBelowZero(Real* w, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) w[i] = w[i] < 0 ? Real(0) : w[i];
}

// Scales `count` columns of (rows, stride) to a norm of 1, or of at most `limit` where that is not 0. The
// small number is Keras's.
void LimitColumns(Real* w, std::size_t rows, std::size_t stride, std::size_t count, Real limit) {
  EachTile(count, [=](std::size_t first, std::size_t width) {
    Real squares[kTile] = {};
    for (std::size_t r = 0; r < rows; ++r) {
      const Real* row = w + r * stride + first;
      for (std::size_t j = 0; j < width; ++j) squares[j] += row[j] * row[j];
    }
    for (std::size_t j = 0; j < width; ++j) {
      const Real norm = std::sqrt(squares[j]);
      const Real wanted = limit == 0 ? Real(1) : norm > limit ? limit : norm;
      squares[j] = limit != 0 && norm <= limit ? Real(1) : wanted / (norm + Real(1e-7));
    }
    for (std::size_t r = 0; r < rows; ++r) {
      Real* row = w + r * stride + first;
      for (std::size_t j = 0; j < width; ++j) row[j] *= squares[j];
    }
  });
}
