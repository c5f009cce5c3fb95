// Activations in place, with the bias.

// Of rows of at least kCount numbers; what is left over of one is computed as its last kCount, a few of them
// twice. GCC vectorises the loop of kCount only as long as it is one.
template <std::size_t kCount, typename F>
[[gnu::flatten]] inline void MapRows(Real* y, const Real* b, std::size_t rows, std::size_t out, F f) {
  const std::size_t whole = (out - 1) - (out - 1) % kCount, last = out - kCount;
  for (std::size_t r = 0; r < rows; ++r, y += out) {
    Real lanes[kCount];
#pragma GCC unroll 1
    for (std::size_t k = 0; k < kCount; ++k) lanes[k] = f(y[last + k] + b[last + k]);
#pragma GCC unroll 1
    for (std::size_t j = 0; j < whole; ++j) y[j] = f(y[j] + b[j]);
    std::memcpy(y + last, lanes, sizeof lanes);
  }
}

// Several narrow rows are as good as a wide one.
template <std::size_t kOut, typename F>
[[gnu::flatten]] inline void MapNarrowRows(Real* y, const Real* b, std::size_t rows, F f) {
  constexpr std::size_t kRows = 4;
  Real tiled[kRows * kOut];
  for (std::size_t r = 0; r < kRows; ++r) std::memcpy(tiled + r * kOut, b, kOut * sizeof(Real));
  MapRows<8>(y, tiled, rows / kRows, kRows * kOut, f);
  for (std::size_t r = rows - rows % kRows; r < rows; ++r) {
    for (std::size_t j = 0; j < kOut; ++j) y[r * kOut + j] = f(y[r * kOut + j] + b[j]);
  }
}

template <typename F>
[[gnu::flatten]] inline void BiasMap(Real* y, const Real* b, std::size_t rows, std::size_t out, F f) {
  if (b == nullptr || out == 1) {
    const Real bias = b == nullptr ? 0 : b[0];
    for (std::size_t i = 0; i < rows * out; ++i) y[i] = f(y[i] + bias);
  } else if (out == 2) {
    MapNarrowRows<2>(y, b, rows, f);
  } else if (out == 3) {
    MapNarrowRows<3>(y, b, rows, f);
  } else if (out < 8) {
    MapRows<4>(y, b, rows, out, f);
  } else {
    MapRows<8>(y, b, rows, out, f);
  }
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

// Klambauer et al. 2017, "Self-normalizing neural networks", equation 2 and its constants.
constexpr Real kSeluScale = Real(1.0507009873554804934193349852946);
constexpr Real kSeluAlpha = Real(1.6732632423543772848170429916717);

// Hendrycks and Gimpel 2016, "Gaussian error linear units": x times sigmoid(2 u), u = sqrt(2/pi) (x +
// 0.044715 x^3), which is the paper's (1 + tanh u) / 2 with its lower tail kept.
constexpr Real kGeluRoot = Real(0.79788456080286535587989211986876);
constexpr Real kGeluCube = Real(0.044715);

[[gnu::always_inline]] inline Real GeluTanhGate(Real x) {
  return Sigmoid(2 * kGeluRoot * x * (1 + kGeluCube * x * x));
}

// tanh(log(1 + e^x)) = n / (n + 2) with n = e^x (e^x + 2): from 20 on it is 1.
[[gnu::always_inline]] inline Real MishGate(Real x) {
  const Real e = Exp(x > 20 ? Real(20) : x);
  const Real n = e * (e + 2);
  return n / (n + 2);
}

void BiasActivation(Real* y, const Real* b, std::size_t rows, std::size_t out, Activation f, Real alpha) {
  switch (f) {
    case Activation::kLinear:
    case Activation::kPrelu:
      if (b != nullptr) BiasMap(y, b, rows, out, [](Real z) { return z; });
      return;
    case Activation::kRelu:
      return BiasMap(y, b, rows, out, [](Real z) { return z < 0 ? Real(0) : z; });
    case Activation::kLeakyRelu:
      return BiasMap(y, b, rows, out, [alpha](Real z) { return z < 0 ? alpha * z : z; });
    case Activation::kElu:
      return BiasMap(y, b, rows, out, [alpha](Real z) { return z < 0 ? alpha * Expm1(z) : z; });
    case Activation::kSelu:
      return BiasMap(y, b, rows, out,
                     [](Real z) { return kSeluScale * (z < 0 ? kSeluAlpha * Expm1(z) : z); });
    case Activation::kGelu:
      return BiasMap(y, b, rows, out, [](Real z) { return z * NormalCdf(z); });
    case Activation::kGeluTanh:
      return BiasMap(y, b, rows, out, [](Real z) { return z * GeluTanhGate(z); });
    case Activation::kSilu:
      return BiasMap(y, b, rows, out, [](Real z) { return z * Sigmoid(z); });
    case Activation::kMish:
      return BiasMap(y, b, rows, out, [](Real z) { return z * MishGate(z); });
    case Activation::kSigmoid:
      return BiasMap(y, b, rows, out, [](Real z) { return Sigmoid(z); });
    case Activation::kHardSigmoid:
      return BiasMap(y, b, rows, out, [](Real z) { return Clamp(z + 3, 0, 6) / 6; });
    case Activation::kTanh:
      return BiasMap(y, b, rows, out, [](Real z) { return Tanh(z); });
    case Activation::kSoftplus:
      return BiasMap(y, b, rows, out, [](Real z) { return Softplus(z); });
    case Activation::kSoftsign:
      return BiasMap(y, b, rows, out, [](Real z) { return z / (1 + (z < 0 ? -z : z)); });
    case Activation::kExponential:
      return BiasMap(y, b, rows, out, [](Real z) { return ExpToZero(z); });
    case Activation::kStep:
      return BiasMap(y, b, rows, out, [](Real z) {
        const Real above = z > 0 ? Real(1) : z;
        return above <= 0 ? Real(0) : above;
      });
    case Activation::kSoftmax:
      return SoftmaxRows(y, b, rows, out);
  }
}
