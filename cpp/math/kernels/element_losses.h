// Losses of each output by itself, with sigmoid fused in where it belongs to them. Sums are kept in double.

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

// The sum of value(y, t) over n numbers. What is left over of whole lanes is filled up: none is computed by
// itself.
template <typename F>
inline double ValueSum(const Real* y, const Real* t, std::size_t n, F value) {
  const std::size_t rest = n % kLanes, whole = n - rest;
  double sum = LaneSum(whole, [=](std::size_t i) { return static_cast<double>(value(y[i], t[i])); });
  if (rest == 0) return sum;
  Real ys[kLanes] = {}, ts[kLanes] = {};
  for (std::size_t k = 0; k < rest; ++k) {
    ys[k] = y[whole + k];
    ts[k] = t[whole + k];
  }
  double values[kLanes];
#pragma GCC unroll 1
  for (std::size_t k = 0; k < kLanes; ++k) values[k] = static_cast<double>(value(ys[k], ts[k]));
  for (std::size_t k = 0; k < rest; ++k) sum += values[k];
  return sum;
}

// Unless dy is null it becomes weight * slope(y, t).
template <typename V, typename S>
inline double EachElement(Real* dy, const Real* y, const Real* t, std::size_t n, Real weight, V value,
                          S slope) {
  const double total = ValueSum(y, t, n, value);
  if (dy != nullptr) {
    for (std::size_t i = 0; i < n; ++i) dy[i] = weight * slope(y[i], t[i]);
  }
  return total;
}

inline Real Size(Real x) { return x < 0 ? -x : x; }

// log(cosh x), exact near zero, where cosh x - 1 = (1 - e^-|x|)^2 e^|x| / 2, and without overflow.
inline Real LogCosh(Real x) {
  const Real a = Size(x);
  const Real s = Expm1(-a);
  const Real near_zero = Log1p(s * s * Exp(a) / 2);
  const Real far = a + (Log1p(Exp(-2 * a)) - std::numbers::ln2_v<Real>);
  return a < 1 ? near_zero : far;
}

// What Keras adds or clips to, where a logarithm is taken of an output.
constexpr Real kTiny = Real(1e-7);

// Lin et al. 2017, "Focal loss for dense object detection", equation 5, on logits, for targets from 0 to 1. m
// is 1 - p_t, the weight of the other answer.
struct SigmoidFocal {
  Real gamma, alpha;

  Real Miss(Real z, Real t) const {
    const Real m = t * Sigmoid(-z) + (1 - t) * Sigmoid(z);
    return m < Real(1e-30) ? Real(1e-30) : m;
  }
  Real Weight(Real m, Real t) const { return (t * alpha + (1 - t) * (1 - alpha)) * Exp(gamma * Log(m)); }
  Real Value(Real z, Real t) const { return Weight(Miss(z, t), t) * (Softplus(z) - t * z); }
  Real Slope(Real z, Real t) const {
    const Real p = Sigmoid(z), m = Miss(z, t);
    const Real dm_over_m = (1 - 2 * t) * p * Sigmoid(-z) / m;
    return Weight(m, t) * (gamma * dm_over_m * (Softplus(z) - t * z) + p - t);
  }
};

double ElementLosses(Real* dy, const Real* y, const Real* target, std::size_t rows, std::size_t out,
                     Real scale, ElementLoss loss, const LossParameters& parameters) {
  const std::size_t n = rows * out;
  const double mean = 1 / static_cast<double>(out);
  const Real weight = scale / static_cast<Real>(out);
  const auto each = [=](auto value, auto slope) {
    return EachElement(dy, y, target, n, weight, value, slope) * mean;
  };
  switch (loss) {
    case ElementLoss::kSquared:
      return each([](double a, double t) { return (a - t) * (a - t); },
                  [](Real a, Real t) { return 2 * (a - t); });
    case ElementLoss::kAbsolute:
      return each([](double a, double t) { return std::abs(a - t); },
                  [](Real a, Real t) { return a > t   ? Real(1)
                                              : a < t ? Real(-1)
                                                      : Real(0); });
    case ElementLoss::kHuber: {  // Huber 1964
      const Real delta = parameters.delta;
      return each(
          [delta](double a, double t) {
            const double e = std::abs(a - t);
            return e <= delta ? 0.5 * e * e : delta * (e - 0.5 * delta);
          },
          [delta](Real a, Real t) { return Clamp(a - t, -delta, delta); });
    }
    case ElementLoss::kLogCosh:
      return each([](Real a, Real t) { return LogCosh(a - t); }, [](Real a, Real t) { return Tanh(a - t); });
    case ElementLoss::kHinge:
      return each([](double a, double t) { return 1 - t * a < 0 ? 0.0 : 1 - t * a; },
                  [](Real a, Real t) { return 1 - t * a > 0 ? -t : Real(0); });
    case ElementLoss::kSquaredHinge:
      return each(
          [](double a, double t) {
            const double margin = 1 - t * a;
            return margin < 0 ? 0.0 : margin * margin;
          },
          [](Real a, Real t) {
            const Real margin = 1 - t * a;
            return -2 * t * (margin < 0 ? Real(0) : margin);
          });
    case ElementLoss::kPoisson:
      return each([](Real a, Real t) { return static_cast<double>(a) - t * Log(a + kTiny); },
                  [](Real a, Real t) { return 1 - t / (a + kTiny); });
    case ElementLoss::kPoissonLogits:
      return each(
          [](Real z, Real t) { return static_cast<double>(ExpToZero(z)) - static_cast<double>(t) * z; },
          [](Real z, Real t) { return ExpToZero(z) - t; });
    case ElementLoss::kQuantile: {  // Koenker and Bassett 1978
      const Real q = parameters.quantile;
      return each(
          [q](double a, double t) {
            return (t < a ? static_cast<double>(q) - 1 : static_cast<double>(q)) * (t - a);
          },
          [q](Real a, Real t) { return a > t   ? 1 - q
                                       : a < t ? -q
                                               : Real(0); });
    }
    case ElementLoss::kSigmoidCrossentropy: {  // softplus(z) - z t
      const Real keep = 1 - parameters.smoothing, share = parameters.smoothing / 2;
      return each(
          [keep, share](Real z, Real t) {
            const Real above = z < 0 ? Real(0) : z;
            return static_cast<double>(above) - static_cast<double>(z) * (keep * t + share) +
                   Log1p(Exp(-Size(z)));
          },
          [keep, share](Real z, Real t) { return Sigmoid(z) - (keep * t + share); });
    }
    case ElementLoss::kSigmoidFocal: {
      const SigmoidFocal focal{parameters.gamma, parameters.alpha};
      return each([focal](Real z, Real t) { return focal.Value(z, t); },
                  [focal](Real z, Real t) { return focal.Slope(z, t); });
    }
    // Kullback and Leibler 1951: a sum over outputs, not a mean.
    case ElementLoss::kSigmoidKullbackLeibler:
      return EachElement(
          dy, y, target, n, scale,
          [](Real z, Real t) { return (t > 0 ? t * Log(t) : Real(0)) + t * Softplus(-z); },
          [](Real z, Real t) { return -t * Sigmoid(-z); });
    case ElementLoss::kClippedKullbackLeibler:
      return EachElement(
          dy, y, target, n, scale,
          [](Real a, Real t) {
            const Real clipped = Clamp(t, kTiny, 1);
            return clipped * Log(clipped / Clamp(a, kTiny, 1));
          },
          [](Real a, Real t) { return a < kTiny || a > 1 ? Real(0) : -Clamp(t, kTiny, 1) / a; });
  }
  return 0;
}
