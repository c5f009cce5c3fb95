// Branch-free elementary functions that compilers vectorise; where they are called, no loop is: GCC gave up
// inlining them halfway through the many loops of BiasActivation, unless it is told. Included by table.h
// alone, inside a namespace per instruction set.

#ifdef PERCEPTRA_DOUBLE

[[gnu::always_inline]] inline Real Exp(Real x) { return std::exp(x); }
[[gnu::always_inline]] inline Real Tanh(Real x) { return std::tanh(x); }
[[gnu::always_inline]] inline Real ExpToZero(Real x) { return std::exp(x); }
[[gnu::always_inline]] inline Real Expm1(Real x) { return std::expm1(x); }
[[gnu::always_inline]] inline Real Log(Real x) { return std::log(x); }
[[gnu::always_inline]] inline Real Log1p(Real u) { return std::log1p(u); }
[[gnu::always_inline]] inline Real NormalCdf(Real x) {
  return Real(0.5) * std::erfc(-x * std::numbers::sqrt2 / 2);
}

#else

// exp(x) = 2^n e^r with |r| <= ln(2)/2: Cody and Waite's reduction, then the Taylor series to r^7 (error
// below 2e-8).
[[gnu::always_inline]] inline float Exp(float x) {
  x = x > 88.0f ? 88.0f : x;
  x = x < -87.0f ? -87.0f : x;
  constexpr float kRound = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer
  const float shifted = x * 1.44269504f + kRound;
  const float n = shifted - kRound;
  const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  float p = 1.0f / 5040.0f;
  p = p * r + 1.0f / 720.0f;
  p = p * r + 1.0f / 120.0f;
  p = p * r + 1.0f / 24.0f;
  p = p * r + 1.0f / 6.0f;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  const auto exponent = (std::bit_cast<std::int32_t>(shifted) << 23) + (127 << 23);
  return p * std::bit_cast<float>(exponent);
}

// Exp that saturates nowhere: it overflows to infinity and ends in 0, as std::exp does.
[[gnu::always_inline]] inline float ExpToZero(float x) {
  const float root = Exp(0.5f * x);
  return root * root;
}

// e^x - 1: near zero the Taylor series to x^8 (error below 1e-8), where the difference would lose small x.
[[gnu::always_inline]] inline float Expm1(float x) {
  float p = 1.0f / 40320.0f;
  p = p * x + 1.0f / 5040.0f;
  p = p * x + 1.0f / 720.0f;
  p = p * x + 1.0f / 120.0f;
  p = p * x + 1.0f / 24.0f;
  p = p * x + 1.0f / 6.0f;
  p = p * x + 0.5f;
  const float near_zero = x + x * x * p;
  return x * x < 0.25f ? near_zero : Exp(x) - 1.0f;
}

// Near zero the odd Taylor series, elsewhere 1 - 2 / (e^2x + 1), which would lose small x.
[[gnu::always_inline]] inline float Tanh(float x) {
  const float s = x * x;
  const float t = 2.0f / (Exp(2.0f * x) + 1.0f);
  float p = 62.0f / 2835.0f - s * (1382.0f / 155925.0f);
  p = -17.0f / 315.0f + s * p;
  p = 2.0f / 15.0f + s * p;
  p = -1.0f / 3.0f + s * p;
  const float near_zero = x + x * s * p;
  return s < 0.09f ? near_zero : 1.0f - t;
}

// log(1 + u) for u in [0, 1], as 2 artanh(u / (2 + u)): the series to the 15th power is exact to rounding for
// its argument, at most 1/3.
[[gnu::always_inline]] inline float Log1p(float u) {
  const float s = u / (2.0f + u);
  const float q = s * s;
  float p = 2.0f / 15.0f;
  p = p * q + 2.0f / 13.0f;
  p = p * q + 2.0f / 11.0f;
  p = p * q + 2.0f / 9.0f;
  p = p * q + 2.0f / 7.0f;
  p = p * q + 2.0f / 5.0f;
  p = p * q + 2.0f / 3.0f;
  p = p * q + 2.0f;
  return s * p;
}

// log(x) of a normal number: x = 2^n m with m from sqrt(1/2) to sqrt(2), log m = 2 artanh((m - 1) / (m + 1)).
[[gnu::always_inline]] inline float Log(float x) {
  const auto bits = std::bit_cast<std::int32_t>(x) - 0x3f3504f3;  // sqrt(1/2)
  const float n = static_cast<float>(bits >> 23);
  const float m = std::bit_cast<float>((bits & 0x7fffff) + 0x3f3504f3);
  const float s = (m - 1.0f) / (m + 1.0f);
  const float q = s * s;
  float p = 2.0f / 9.0f;
  p = p * q + 2.0f / 7.0f;
  p = p * q + 2.0f / 5.0f;
  p = p * q + 2.0f / 3.0f;
  const float log_m = s * q * p + 2.0f * s;
  const float log = n * 0.693359375f + (n * -2.12194440e-4f + log_m);
  return x < 3.4028235e38f ? log : x;  // infinity and NaN as they came
}

// The normal distribution function, (1 + erf(x / sqrt(2))) / 2, with both tails. For u > 0 erfc(u) is
// t p(t) e^(-u^2) with t = 2.5 / (2.5 + u); p was fitted to 7e-9 of scipy.special.erfcx.
[[gnu::always_inline]] inline float NormalCdf(float x) {
  const float u = 0.707106781f * (x < 0 ? -x : x);
  const float t = 2.5f / (2.5f + u);
  const float v = t - 0.5f;
  float p = -0.0292150413f;
  p = p * v - 0.00562887869f;
  p = p * v + 0.0678128505f;
  p = p * v + 0.0212460829f;
  p = p * v - 0.122878904f;
  p = p * v - 0.107313654f;
  p = p * v + 0.181488682f;
  p = p * v + 0.547998993f;
  p = p * v + 0.726263057f;
  p = p * v + 0.643721532f;
  p = p * v + 0.421612727f;
  const float tail = 0.5f * t * p * Exp(-u * u);
  return x < 0 ? tail : 1.0f - tail;
}

#endif

// 1 / (1 + e^-x); both tails are exact to rounding because Exp saturates.
[[gnu::always_inline]] inline Real Sigmoid(Real x) { return Real(1) / (Real(1) + Exp(-x)); }

// log(1 + e^x), without overflow above and without loss below.
[[gnu::always_inline]] inline Real Softplus(Real x) {
  const Real above = x < 0 ? Real(0) : x;  // NaN goes through
  return above + Log1p(Exp(x < 0 ? x : -x));
}

// x to the nearest number from low to high; NaN goes through.
[[gnu::always_inline]] inline Real Clamp(Real x, Real low, Real high) {
  const Real raised = x < low ? low : x;
  return raised > high ? high : raised;
}
