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
