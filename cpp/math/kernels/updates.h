// Optimizer updates and conversions: one pass over flat spans.

void Sgd(Real* w, const Real* g, std::size_t n, Real rate) {
  for (std::size_t i = 0; i < n; ++i) w[i] -= rate * g[i];
}

void Nesterov(Real* w, Real* velocity, const Real* g, std::size_t n, Real rate, Real momentum) {
  for (std::size_t i = 0; i < n; ++i) {
    velocity[i] = momentum * velocity[i] + g[i];
    w[i] -= rate * (g[i] + momentum * velocity[i]);
  }
}

// Kingma and Ba 2015, algorithm 1, with epsilon added to the corrected root as PyTorch does.
void Adam(Real* w, Real* m, Real* v, const Real* g, std::size_t n, const AdamStep& step) {
  const Real rate = step.rate, root_correction = step.root_correction, epsilon = step.epsilon;
  const Real beta1 = step.beta1, beta2 = step.beta2, rest1 = step.rest1, rest2 = step.rest2;
  for (std::size_t i = 0; i < n; ++i) {
    m[i] = beta1 * m[i] + rest1 * g[i];
    v[i] = beta2 * v[i] + rest2 * g[i] * g[i];
    w[i] -= rate * m[i] / (std::sqrt(v[i]) * root_correction + epsilon);
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
