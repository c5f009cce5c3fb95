// Losses with their output activations fused in, so that logits of any size stay finite. Sums are kept in
// double.

template <typename F>
inline double LaneSum(std::size_t n, F term) {
  double lanes[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (std::size_t k = 0; k < kLanes; ++k) lanes[k] += term(i + k);
  }
  double sum = 0;
  for (const double lane : lanes) sum += lane;
  for (; i < n; ++i) sum += term(i);
  return sum;
}

// loss = log(sum e^z) * sum(t) - z.t ; d/dz = softmax(z) * sum(t) - t (Bishop 2006, eq. 4.108 and 4.109)
double SoftmaxCrossentropy(Real* dz, const Real* z, const Real* target, std::size_t rows, std::size_t out,
                           Real scale) {
  double sum = 0;
  for (std::size_t r = 0; r < rows; ++r) {
    const Real* row = z + r * out;
    const Real* t = target + r * out;
    const Real largest = RowMax(row, out);
    double dot = 0, mass = 0;
    for (std::size_t j = 0; j < out; ++j) {
      // 0 x infinity must not poison a row: a class of no mass costs nothing
      dot += t[j] == 0 ? 0.0 : static_cast<double>(t[j]) * (static_cast<double>(row[j]) - largest);
      mass += t[j];
    }
    Real total = 0;
    if (dz != nullptr) {
      Real* d = dz + r * out;
      total = ExpShifted(d, row, out, largest);
      const Real weight = scale * static_cast<Real>(mass) / total;
      for (std::size_t j = 0; j < out; ++j) d[j] = d[j] * weight - scale * t[j];
    } else {
      for (std::size_t j = 0; j < out; ++j) total += Exp(row[j] - largest);
    }
    sum += mass * std::log(static_cast<double>(total)) - dot;
  }
  return sum;
}

double SparseSoftmaxCrossentropy(Real* dz, const Real* z, const std::int32_t* target, std::size_t rows,
                                 std::size_t out, Real scale) {
  double sum = 0;
  for (std::size_t r = 0; r < rows; ++r) {
    const Real* row = z + r * out;
    const auto t = static_cast<std::size_t>(target[r]);
    const Real largest = RowMax(row, out);
    const double shifted = static_cast<double>(row[t]) - largest;
    Real total = 0;
    if (dz != nullptr) {
      Real* d = dz + r * out;
      total = ExpShifted(d, row, out, largest);
      const Real weight = scale / total;
      for (std::size_t j = 0; j < out; ++j) d[j] *= weight;
      d[t] -= scale;
    } else {
      for (std::size_t j = 0; j < out; ++j) total += Exp(row[j] - largest);
    }
    sum += std::log(static_cast<double>(total)) - shifted;
  }
  return sum;
}

// Per output: max(z, 0) - z t + log(1 + e^-|z|); d/dz = sigmoid(z) - t; a row's loss is the mean over
// outputs.
double SigmoidCrossentropy(Real* dz, const Real* z, const Real* target, std::size_t rows, std::size_t out,
                           Real scale) {
  const std::size_t n = rows * out;
  const double total = LaneSum(n, [&](std::size_t i) {
    const Real size = z[i] < 0 ? -z[i] : z[i];
    const Real hinge = z[i] > 0 ? z[i] : Real(0);
    return static_cast<double>(hinge) - static_cast<double>(z[i]) * target[i] + Log1p(Exp(-size));
  });
  if (dz != nullptr) {
    const Real weight = scale / static_cast<Real>(out);
    for (std::size_t i = 0; i < n; ++i) dz[i] = (Sigmoid(z[i]) - target[i]) * weight;
  }
  return total / static_cast<double>(out);
}

// A row's loss is the mean over outputs of (y - t)^2.
double SquaredError(Real* dy, const Real* y, const Real* target, std::size_t rows, std::size_t out,
                    Real scale) {
  const std::size_t n = rows * out;
  const double total = LaneSum(n, [&](std::size_t i) {
    const double difference = static_cast<double>(y[i]) - target[i];
    return difference * difference;
  });
  if (dy != nullptr) {
    const Real weight = 2 * scale / static_cast<Real>(out);
    for (std::size_t k = 0; k < n; ++k) dy[k] = (y[k] - target[k]) * weight;
  }
  return total / static_cast<double>(out);
}
