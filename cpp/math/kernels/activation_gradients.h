// Derivatives of activations: from their outputs y where these say enough, else from the pre-activations z.

template <typename F>
inline void GradientMap(Real* dy, const Real* a, std::size_t n, F slope_at) {
  for (std::size_t i = 0; i < n; ++i) dy[i] *= slope_at(a[i]);
}

// Phi(z) + z phi(z); far out the density is 0, whatever z.
inline Real GeluSlope(Real z) {
  constexpr Real kDensity = Real(0.39894228040143267793994605993438);  // 1 / sqrt(2 pi)
  const Real c = Clamp(z, -30, 30);
  return NormalCdf(z) + c * kDensity * ExpToZero(Real(-0.5) * c * c);
}

inline Real GeluTanhSlope(Real z) {
  const Real c = Clamp(z, -30, 30);
  const Real s = GeluTanhGate(c), rest = GeluTanhGate(-c);  // 1 - s, without its rounding error
  return s + c * s * rest * 2 * kGeluRoot * (1 + 3 * kGeluCube * c * c);
}

inline Real SiluSlope(Real z) {
  const Real c = Clamp(z, -80, 80);
  const Real s = Sigmoid(c);
  return s * (1 + c * Sigmoid(-c));
}

// gate + z gate', where 1 - gate^2 = 4 (1 + e)^2 / (n + 2)^2 and gate' = (1 - gate^2) e / (1 + e), e = e^z.
inline Real MishSlope(Real z) {
  const Real c = Clamp(z, -80, 20);
  const Real e = Exp(c);
  const Real m = e * (e + 2) + 2;
  return (m - 2) / m + c * (4 * e * (1 + e)) / (m * m);
}

inline Real Squared(Real x) { return x * x; }

void ActivationGradient(Real* dy, const Real* y, const Real* z, std::size_t rows, std::size_t out,
                        Activation f, Real alpha) {
  const std::size_t n = rows * out;
  switch (f) {
    case Activation::kLinear:
    case Activation::kPrelu:  // has kernels of its own
      return;
    case Activation::kRelu:
      return GradientMap(dy, y, n, [](Real a) { return a > 0 ? Real(1) : Real(0); });
    case Activation::kLeakyRelu:  // the output has its input's sign: slopes are not negative
      return GradientMap(dy, y, n, [alpha](Real a) { return a > 0 ? Real(1) : alpha; });
    case Activation::kElu:  // alpha e^z = y + alpha
      return GradientMap(dy, y, n, [alpha](Real a) { return a > 0 ? Real(1) : a + alpha; });
    case Activation::kSelu:
      return GradientMap(dy, y, n, [](Real a) { return a > 0 ? kSeluScale : a + kSeluScale * kSeluAlpha; });
    case Activation::kGelu:
      return GradientMap(dy, z, n, [](Real a) { return GeluSlope(a); });
    case Activation::kGeluTanh:
      return GradientMap(dy, z, n, [](Real a) { return GeluTanhSlope(a); });
    case Activation::kSilu:
      return GradientMap(dy, z, n, [](Real a) { return SiluSlope(a); });
    case Activation::kMish:
      return GradientMap(dy, z, n, [](Real a) { return MishSlope(a); });
    case Activation::kSigmoid:
      return GradientMap(dy, y, n, [](Real a) { return a * (1 - a); });
    case Activation::kHardSigmoid:
      return GradientMap(dy, y, n, [](Real a) { return a > 0 && a < 1 ? Real(1) / 6 : Real(0); });
    case Activation::kTanh:
      return GradientMap(dy, y, n, [](Real a) { return 1 - a * a; });
    case Activation::kSoftplus:  // sigmoid(z) = 1 - e^-y
      return GradientMap(dy, y, n, [](Real a) { return -Expm1(-a); });
    case Activation::kSoftsign:  // 1 / (1 + |z|)^2
      return GradientMap(dy, y, n, [](Real a) { return Squared(1 - (a < 0 ? -a : a)); });
    case Activation::kExponential:
      return GradientMap(dy, y, n, [](Real a) { return a; });
    case Activation::kStep:
      return GradientMap(dy, y, n, [](Real) { return Real(0); });
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

// He et al. 2015, "Delving deep into rectifiers", equation 1, and 2 and 3 for its gradients.
void Prelu(Real* y, const Real* z, const Real* slopes, std::size_t rows, std::size_t out) {
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t j = 0; j < out; ++j) {
      const Real a = z[r * out + j];
      y[r * out + j] = a < 0 ? slopes[j] * a : a;
    }
  }
}

void PreluGradient(Real* dz, const Real* dy, const Real* z, const Real* slopes, std::size_t rows,
                   std::size_t out) {
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t j = 0; j < out; ++j) {
      const std::size_t i = r * out + j;
      dz[i] = dy[i] * (z[i] > 0 ? Real(1) : slopes[j]);
    }
  }
}

void PreluSlopeGradient(Real* dslopes, const Real* dy, const Real* z, std::size_t rows, std::size_t out,
                        Real alpha, Real beta) {
  for (std::size_t from = 0; from < out; from += kTile) {
    const std::size_t n = std::min(kTile, out - from);
    Real sums[kTile] = {};
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t j = 0; j < n; ++j) {
        const Real a = z[r * out + from + j];
        sums[j] += dy[r * out + from + j] * (a > 0 ? Real(0) : a);
      }
    }
    for (std::size_t j = 0; j < n; ++j) {
      Real& slope = dslopes[from + j];
      slope = alpha * sums[j] + (beta == 0 ? Real(0) : beta * slope);
    }
  }
}
