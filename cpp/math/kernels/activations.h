// Activations in place, with the bias, and their derivatives from their own outputs.

// Rows of a handful of outputs are treated as one flat run where there is no bias to line up.
template <typename F>
inline void BiasMap(Real* y, const Real* b, std::size_t rows, std::size_t out, F f) {
  if (b == nullptr) {
    for (std::size_t i = 0; i < rows * out; ++i) y[i] = f(y[i]);
    return;
  }
  WithWidth(out, [=](auto width) {
    const std::size_t n = width;
    for (std::size_t r = 0; r < rows; ++r) {
      Real* row = y + r * n;
      for (std::size_t j = 0; j < n; ++j) row[j] = f(row[j] + b[j]);
    }
  });
}

inline Real RowMax(const Real* z, std::size_t n) {
  Real lanes[kLanes];
  for (std::size_t k = 0; k < kLanes; ++k) lanes[k] = z[0];
  std::size_t j = 0;
  for (; j + kLanes <= n; j += kLanes) {
    for (std::size_t k = 0; k < kLanes; ++k) lanes[k] = z[j + k] > lanes[k] ? z[j + k] : lanes[k];
  }
  Real largest = lanes[0];
  for (std::size_t k = 1; k < kLanes; ++k) largest = lanes[k] > largest ? lanes[k] : largest;
  for (; j < n; ++j) largest = z[j] > largest ? z[j] : largest;
  return largest;
}

inline Real Sum(const Real* x, std::size_t n) {
  Real lanes[kLanes] = {};
  std::size_t j = 0;
  for (; j + kLanes <= n; j += kLanes) {
    for (std::size_t k = 0; k < kLanes; ++k) lanes[k] += x[j + k];
  }
  Real sum = 0;
  for (std::size_t k = 0; k < kLanes; ++k) sum += lanes[k];
  for (; j < n; ++j) sum += x[j];
  return sum;
}

inline Real Dot(const Real* a, const Real* b, std::size_t n) {
  Real lanes[kLanes] = {};
  std::size_t j = 0;
  for (; j + kLanes <= n; j += kLanes) {
    for (std::size_t k = 0; k < kLanes; ++k) lanes[k] += a[j + k] * b[j + k];
  }
  Real sum = 0;
  for (std::size_t k = 0; k < kLanes; ++k) sum += lanes[k];
  for (; j < n; ++j) sum += a[j] * b[j];
  return sum;
}

// p = e^(z - max z), not yet divided by its sum, which is returned. p may be z.
inline Real ExpShifted(Real* p, const Real* z, std::size_t n, Real largest) {
  for (std::size_t j = 0; j < n; ++j) p[j] = Exp(z[j] - largest);
  return Sum(p, n);
}

inline void SoftmaxRows(Real* y, const Real* b, std::size_t rows, std::size_t out) {
  for (std::size_t r = 0; r < rows; ++r) {
    Real* row = y + r * out;
    if (b != nullptr) {
      for (std::size_t j = 0; j < out; ++j) row[j] += b[j];
    }
    const Real scale = Real(1) / ExpShifted(row, row, out, RowMax(row, out));
    for (std::size_t j = 0; j < out; ++j) row[j] *= scale;
  }
}

void BiasActivation(Real* y, const Real* b, std::size_t rows, std::size_t out, Activation f, Real slope) {
  switch (f) {
    case Activation::kLinear:
      if (b != nullptr) BiasMap(y, b, rows, out, [](Real z) { return z; });
      return;
    case Activation::kRelu:
      return BiasMap(y, b, rows, out, [](Real z) { return z < 0 ? Real(0) : z; });
    case Activation::kLeakyRelu:
      return BiasMap(y, b, rows, out, [slope](Real z) { return z < 0 ? slope * z : z; });
    case Activation::kSigmoid:
      return BiasMap(y, b, rows, out, [](Real z) { return Sigmoid(z); });
    case Activation::kTanh:
      return BiasMap(y, b, rows, out, [](Real z) { return Tanh(z); });
    case Activation::kSoftmax:
      return SoftmaxRows(y, b, rows, out);
  }
}

template <typename F>
inline void GradientMap(Real* dy, const Real* y, std::size_t n, F slope_at) {
  for (std::size_t i = 0; i < n; ++i) dy[i] *= slope_at(y[i]);
}

void ActivationGradient(Real* dy, const Real* y, std::size_t rows, std::size_t out, Activation f,
                        Real slope) {
  const std::size_t n = rows * out;
  switch (f) {
    case Activation::kLinear:
      return;
    case Activation::kRelu:
      return GradientMap(dy, y, n, [](Real a) { return a > 0 ? Real(1) : Real(0); });
    case Activation::kLeakyRelu:  // the output has its input's sign: slopes are not negative
      return GradientMap(dy, y, n, [slope](Real a) { return a > 0 ? Real(1) : slope; });
    case Activation::kSigmoid:
      return GradientMap(dy, y, n, [](Real a) { return a * (1 - a); });
    case Activation::kTanh:
      return GradientMap(dy, y, n, [](Real a) { return 1 - a * a; });
    case Activation::kSoftmax:  // the Jacobian is diag(y) - y y^T
      for (std::size_t r = 0; r < rows; ++r) {
        const Real* row = y + r * out;
        Real* drow = dy + r * out;
        const Real mean = Dot(drow, row, out);
        for (std::size_t j = 0; j < out; ++j) drow[j] = row[j] * (drow[j] - mean);
      }
      return;
  }
}
