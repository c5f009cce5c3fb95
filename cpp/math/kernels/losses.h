// Losses of rows as a whole, with softmax fused in, so that logits of any size stay finite. Sums are kept in
// double.

// What smoothing leaves of a target t among so many classes: keep * t + share (Szegedy et al. 2016, section
// 7).
struct Smoothed {
  double keep, share;

  Smoothed(Real smoothing, std::size_t classes)
      : keep(1 - static_cast<double>(smoothing)),
        share(static_cast<double>(smoothing) / static_cast<double>(classes)) {}
};

// loss = log(sum e^z) * sum(t) - z.t ; d/dz = softmax(z) * sum(t) - t (Bishop 2006, eq. 4.108 and 4.109)
double SoftmaxCrossentropy(Real* dz, const Real* z, const Real* target, std::size_t rows, std::size_t out,
                           Real scale, Real smoothing) {
  const Smoothed smoothed(smoothing, out);
  const auto keep = static_cast<Real>(smoothed.keep), share = static_cast<Real>(smoothed.share);
  double sum = 0;
  for (std::size_t r = 0; r < rows; ++r) {
    const Real* row = z + r * out;
    const Real* t = target + r * out;
    const Real largest = RowMax(row, out);
    double dot = 0, mass = 0;
    for (std::size_t j = 0; j < out; ++j) {
      const double part = smoothed.keep * t[j] + smoothed.share;
      // 0 x infinity must not poison a row: a class of no mass costs nothing
      dot += part == 0 ? 0.0 : part * (static_cast<double>(row[j]) - largest);
      mass += part;
    }
    Real total = 0;
    if (dz != nullptr) {
      Real* d = dz + r * out;
      total = ExpShifted(d, row, out, largest);
      const Real weight = scale * static_cast<Real>(mass) / total;
      for (std::size_t j = 0; j < out; ++j) d[j] = d[j] * weight - scale * (keep * t[j] + share);
    } else {
      for (std::size_t j = 0; j < out; ++j) total += Exp(row[j] - largest);
    }
    sum += mass * std::log(static_cast<double>(total)) - dot;
  }
  return sum;
}

double SparseSoftmaxCrossentropy(Real* dz, const Real* z, const std::int32_t* target, std::size_t rows,
                                 std::size_t out, Real scale, Real smoothing) {
  const Smoothed smoothed(smoothing, out);
  const Real kept = scale * static_cast<Real>(smoothed.keep);
  const Real shared = scale * static_cast<Real>(smoothed.share);
  double sum = 0;
  for (std::size_t r = 0; r < rows; ++r) {
    const Real* row = z + r * out;
    const auto t = static_cast<std::size_t>(target[r]);
    const Real largest = RowMax(row, out);
    double dot = smoothed.keep * (static_cast<double>(row[t]) - largest);
    if (smoothing > 0) {
      double others = 0;
      for (std::size_t j = 0; j < out; ++j) others += static_cast<double>(row[j]) - largest;
      dot += smoothed.share * others;
    }
    Real total = 0;
    if (dz != nullptr) {
      Real* d = dz + r * out;
      total = ExpShifted(d, row, out, largest);
      const Real weight = scale / total;
      for (std::size_t j = 0; j < out; ++j) d[j] = d[j] * weight - shared;
      d[t] -= kept;
    } else {
      for (std::size_t j = 0; j < out; ++j) total += Exp(row[j] - largest);
    }
    sum += std::log(static_cast<double>(total)) - dot;
  }
  return sum;
}

// loss = -alpha sum_j t_j (1 - p_j)^gamma log p_j, p = softmax(z) (Lin et al. 2017, equation 5, for each
// class as Keras does). With g_j = p_j dloss/dp_j the gradient is g - p sum(g).
double SoftmaxFocal(Real* dz, const Real* z, const Real* target, std::size_t rows, std::size_t out,
                    Real scale, const LossParameters& parameters) {
  const double gamma = parameters.gamma, alpha = parameters.alpha;
  double sum = 0;
  for (std::size_t r = 0; r < rows; ++r) {
    const Real* row = z + r * out;
    const Real* t = target + r * out;
    const Real largest = RowMax(row, out);
    const double total = LaneSum(out, [&](std::size_t j) { return Exp(row[j] - largest); });
    const double log_total = std::log(total);
    const auto p = [&](std::size_t j) { return static_cast<double>(Exp(row[j] - largest)) / total; };
    // The loss of class j and g_j. 1 - p is taken before it is rounded away, and kept above 0 for its powers.
    const auto terms = [&](std::size_t j) -> std::pair<double, double> {
      if (t[j] == 0) return {0, 0};
      const double e = Exp(row[j] - largest);
      const double rest = std::max((total - e) / total, 1e-30);
      const double log_p = static_cast<double>(row[j]) - largest - log_total;
      const double weight = alpha * static_cast<double>(t[j]) * std::pow(rest, gamma);
      return {-weight * log_p, weight * (gamma * (e / total) * log_p / rest - 1)};
    };
    double g_sum = 0;
    for (std::size_t j = 0; j < out; ++j) {
      const auto [loss, g] = terms(j);
      sum += loss;
      g_sum += g;
    }
    if (dz == nullptr) continue;
    for (std::size_t j = 0; j < out; ++j) {
      const double g = terms(j).second;
      dz[r * out + j] = static_cast<Real>((g - p(j) * g_sum) * static_cast<double>(scale));
    }
  }
  return sum;
}

// The first half of a row are means, the other half logarithms s of variances: a row's loss is the mean of
// (s + (t - mean)^2 e^-s) / 2 (Nix and Weigend 1994, equation 2, without its constant).
double GaussianNll(Real* dy, const Real* y, const Real* target, std::size_t rows, std::size_t out,
                   Real scale) {
  const std::size_t k = out / 2;
  const Real weight = scale / static_cast<Real>(k);
  double total = 0;
  for (std::size_t r = 0; r < rows; ++r) {
    const Real* mean = y + r * out;
    const Real* log_variance = mean + k;
    const Real* t = target + r * k;
    total += LaneSum(k, [=](std::size_t j) {
      const double difference = static_cast<double>(mean[j]) - t[j];
      return 0.5 * (log_variance[j] + difference * difference * Exp(-log_variance[j]));
    });
    if (dy == nullptr) continue;
    Real* d = dy + r * out;
    for (std::size_t j = 0; j < k; ++j) {
      const Real difference = mean[j] - t[j];
      const Real pull = difference * Exp(-log_variance[j]);
      d[j] = weight * pull;
      d[k + j] = weight * Real(0.5) * (1 - difference * pull);
    }
  }
  return total / static_cast<double>(k);
}
