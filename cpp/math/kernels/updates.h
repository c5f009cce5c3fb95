// Optimizer updates and conversions: one pass over flat spans.

void Accumulate(Real* sum, const Real* x, std::size_t n, Real factor) {
  for (std::size_t i = 0; i < n; ++i) sum[i] = factor * sum[i] + x[i];
}

void Sgd(Real* w, const Real* g, std::size_t n, Real rate) {
  for (std::size_t i = 0; i < n; ++i) w[i] -= rate * g[i];
}

void Rescale(Real* y, const Real* x, std::size_t n, Real scale, Real offset) {
  for (std::size_t i = 0; i < n; ++i) y[i] = scale * x[i] + offset;
}

void Nesterov(Real* w, Real* velocity, const Real* g, std::size_t n, Real rate, Real momentum) {
  for (std::size_t i = 0; i < n; ++i) {
    velocity[i] = momentum * velocity[i] + g[i];
    w[i] -= rate * (g[i] + momentum * velocity[i]);
  }
}

// Adam (Kingma and Ba 2015, algorithm 1), with epsilon added to the corrected root as PyTorch does; with
// kLargest AMSGrad (Reddi et al. 2018), which divides by the root of the largest mean of squares so far; the
// weights decay apart from the gradient (Loshchilov and Hutter 2019, algorithm 2).
template <bool kLargest>
void AdamRule(Real* w, Real* m, Real* v, Real* largest, const Real* g, std::size_t n, const AdamStep& step) {
  const Real rate = step.rate, decay = step.decay;
  const Real root_correction = step.root_correction, epsilon = step.epsilon;
  const Real beta1 = step.beta1, beta2 = step.beta2, rest1 = step.rest1, rest2 = step.rest2;
  for (std::size_t i = 0; i < n; ++i) {
    m[i] = beta1 * m[i] + rest1 * g[i];
    v[i] = beta2 * v[i] + rest2 * g[i] * g[i];
    Real square = v[i];
    if constexpr (kLargest) {
      square = largest[i] > square ? largest[i] : square;
      largest[i] = square;
    }
    w[i] -= decay * w[i] + rate * m[i] / (std::sqrt(square) * root_correction + epsilon);
  }
}

void Adam(Real* w, Real* m, Real* v, const Real* g, std::size_t n, const AdamStep& step) {
  AdamRule<false>(w, m, v, nullptr, g, n, step);
}

void AmsGrad(Real* w, Real* m, Real* v, Real* largest, const Real* g, std::size_t n, const AdamStep& step) {
  AdamRule<true>(w, m, v, largest, g, n, step);
}

// Kingma and Ba 2015, algorithm 2, with epsilon added to each gradient's size as PyTorch does.
void Adamax(Real* w, Real* m, Real* u, const Real* g, std::size_t n, const AdamStep& step) {
  const Real rate = step.rate, epsilon = step.epsilon;
  const Real beta1 = step.beta1, beta2 = step.beta2, rest1 = step.rest1;
  for (std::size_t i = 0; i < n; ++i) {
    m[i] = beta1 * m[i] + rest1 * g[i];
    const Real before = beta2 * u[i], now = std::abs(g[i]) + epsilon;
    u[i] = before > now ? before : now;
    w[i] -= rate * m[i] / u[i];
  }
}

// Dozat 2016, algorithm 8.
void Nadam(Real* w, Real* m, Real* v, const Real* g, std::size_t n, const AdamStep& step) {
  const Real rate = step.rate, gradient_rate = step.gradient_rate;
  const Real root_correction = step.root_correction, epsilon = step.epsilon;
  const Real beta1 = step.beta1, beta2 = step.beta2, rest1 = step.rest1, rest2 = step.rest2;
  for (std::size_t i = 0; i < n; ++i) {
    m[i] = beta1 * m[i] + rest1 * g[i];
    v[i] = beta2 * v[i] + rest2 * g[i] * g[i];
    w[i] -= (gradient_rate * g[i] + rate * m[i]) / (std::sqrt(v[i]) * root_correction + epsilon);
  }
}

// Chen et al. 2023, algorithm 2.
void Lion(Real* w, Real* m, const Real* g, std::size_t n, const AdamStep& step) {
  const Real rate = step.rate;
  const Real beta1 = step.beta1, beta2 = step.beta2, rest1 = step.rest1, rest2 = step.rest2;
  for (std::size_t i = 0; i < n; ++i) {
    const Real mean = beta1 * m[i] + rest1 * g[i];
    m[i] = beta2 * m[i] + rest2 * g[i];
    const Real up = mean > 0 ? rate : Real(0);
    w[i] -= mean < 0 ? -rate : up;
  }
}

// Duchi et al. 2011, figure 1 with a diagonal matrix.
void Adagrad(Real* w, Real* sum, const Real* g, std::size_t n, Real rate, Real epsilon) {
  for (std::size_t i = 0; i < n; ++i) {
    sum[i] += g[i] * g[i];
    w[i] -= rate * g[i] / (std::sqrt(sum[i]) + epsilon);
  }
}

// Hinton 2012, lecture 6e; kCentered after Graves 2013, eq. 38 to 41. The variance is kept itself: by
// mean of squares - mean^2 = rho (variance + (1 - rho) (g - mean)^2) it is the same, and never below 0.
template <bool kCentered, bool kMomentum>
void RmspropRule(Real* w, Real* square, Real* mean, Real* velocity, const Real* g, std::size_t n,
                 const RmspropStep& step) {
  const Real rate = step.rate, rho = step.rho, rest = step.rest;
  const Real momentum = step.momentum, epsilon = step.epsilon;
  for (std::size_t i = 0; i < n; ++i) {
    if constexpr (kCentered) {
      const Real off = g[i] - mean[i];
      square[i] = rho * (square[i] + rest * off * off);
      mean[i] += rest * off;
    } else {
      square[i] = rho * square[i] + rest * g[i] * g[i];
    }
    const Real scaled = g[i] / (std::sqrt(square[i]) + epsilon);
    if constexpr (kMomentum) {
      velocity[i] = momentum * velocity[i] + scaled;
      w[i] -= rate * velocity[i];
    } else {
      w[i] -= rate * scaled;
    }
  }
}

void Rmsprop(Real* w, Real* square, Real* mean, Real* velocity, const Real* g, std::size_t n,
             const RmspropStep& step) {
  if (mean != nullptr && velocity != nullptr) {
    RmspropRule<true, true>(w, square, mean, velocity, g, n, step);
  } else if (mean != nullptr) {
    RmspropRule<true, false>(w, square, mean, velocity, g, n, step);
  } else if (velocity != nullptr) {
    RmspropRule<false, true>(w, square, mean, velocity, g, n, step);
  } else {
    RmspropRule<false, false>(w, square, mean, velocity, g, n, step);
  }
}

// Zeiler 2012, algorithm 1.
void Adadelta(Real* w, Real* square, Real* change, const Real* g, std::size_t n, const RmspropStep& step) {
  const Real rate = step.rate, rho = step.rho, rest = step.rest, epsilon = step.epsilon;
  for (std::size_t i = 0; i < n; ++i) {
    square[i] = rho * square[i] + rest * g[i] * g[i];
    const Real delta = std::sqrt(change[i] + epsilon) / std::sqrt(square[i] + epsilon) * g[i];
    change[i] = rho * change[i] + rest * delta * delta;
    w[i] -= rate * delta;
  }
}

void WidenBytes(Real* x, const std::uint8_t* bytes, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) x[i] = static_cast<Real>(bytes[i]);
}

// x - x is 0 for finite numbers and NaN for all else.
bool AllFinite(const Real* x, std::size_t n) {
  Real lanes[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (std::size_t k = 0; k < kLanes; ++k) lanes[k] += x[i + k] - x[i + k];
  }
  Real sum = 0;
  for (std::size_t k = 0; k < kLanes; ++k) sum += lanes[k];
  for (; i < n; ++i) sum += x[i] - x[i];
  return sum == 0;
}
