// Branch-free elementary functions that compilers vectorise. Included by table.h alone, inside a namespace
// per instruction set.

#ifdef PERCEPTRA_DOUBLE

inline Real Exp(Real x) { return std::exp(x); }
inline Real Tanh(Real x) { return std::tanh(x); }
inline Real Log1p(Real u) { return std::log1p(u); }

#else

// exp(x) = 2^n e^r with |r| <= ln(2)/2: Cody and Waite's reduction, then the Taylor series to r^7 (error
// below 2e-8).
inline float Exp(float x) {
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

// Near zero the odd Taylor series, elsewhere 1 - 2 / (e^2x + 1), which would lose small x.
inline float Tanh(float x) {
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
inline float Log1p(float u) {
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

#endif

// 1 / (1 + e^-x); both tails are exact to rounding because Exp saturates.
inline Real Sigmoid(Real x) { return Real(1) / (Real(1) + Exp(-x)); }

// Calls f with a width that the compiler knows, for the narrowest layers: their loops unroll and stay in
// registers.
template <typename F>
inline void WithWidth(std::size_t width, F f) {
  switch (width) {
    case 1:
      return f(std::integral_constant<std::size_t, 1>{});
    case 2:
      return f(std::integral_constant<std::size_t, 2>{});
    case 3:
      return f(std::integral_constant<std::size_t, 3>{});
    case 4:
      return f(std::integral_constant<std::size_t, 4>{});
    default:
      return f(width);
  }
}
