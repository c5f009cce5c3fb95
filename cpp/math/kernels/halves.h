// Numbers of 16 bits: IEEE 754-2019, binary16. A sign, an exponent biased by 15, and 10 bits of fraction.

// The nearest half, the even one of two. Past the largest, 65504, the exponent overflows: `fits` says so.
inline Half Narrow(float x, bool& fits) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const float size = std::abs(x);
  const auto normal = std::bit_cast<std::uint32_t>(size);
  // Half of the last place that goes, less one where the place that stays is even; then the other bias.
  const std::uint32_t rounded = ((normal + 0xfff + ((normal >> 13) & 1)) >> 13) - (112u << 10);
  // Below 2^-14 halves lie 2^-24 apart, as floats do from 1/2 on.
  const std::uint32_t small = std::bit_cast<std::uint32_t>(size + 0.5f) - std::bit_cast<std::uint32_t>(0.5f);
  fits = fits && size < 65520.0f;
  return static_cast<Half>((size < 0x1p-14f ? small : rounded) | ((bits >> 16) & 0x8000));
}

// Without a denormal on the way: those may be set to count as zero.
inline float Widen(Half half) {
  const auto bits = static_cast<std::uint32_t>(half);
  const std::uint32_t moved = (bits & 0x7fff) << 13;
  const float normal = std::bit_cast<float>(moved + (112u << 23));
  const float small = std::bit_cast<float>(moved + (113u << 23)) - 0x1p-14f;
  const float size = (bits & 0x7c00) == 0 ? small : normal;
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(size) | (bits & 0x8000) << 16);
}

inline Real Widen(Real number) { return number; }

bool NarrowAll(Half* to, const Real* from, std::size_t n) {
  bool fits = true;
  for (std::size_t i = 0; i < n; ++i) to[i] = Narrow(static_cast<float>(from[i]), fits);
  return fits;
}

template <typename V>
inline V LoadWide(const Real* from) {
  return Load<V>(from);
}

// A vector of them at a time, by the CPU's own instruction where there is one.
template <typename V>
inline V LoadWide(const Half* from) {
#if defined(PERCEPTRA_DOUBLE)
  V wide;
  for (std::size_t i = 0; i < kWidthOf<V>; ++i) wide[i] = Widen(from[i]);
  return wide;
#elif defined(__AVX512F__)
  // Masked: GCC 12 warns of the plain one, whose destination it leaves undefined for a moment.
  return _mm512_maskz_cvtph_ps(0xffff, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
#elif defined(__F16C__)
  return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
#elif defined(__aarch64__)
  return vcvt_f32_f16(vld1_f16(reinterpret_cast<const float16_t*>(from)));
#else
  Real wide[kWidthOf<V>];
  for (std::size_t i = 0; i < kWidthOf<V>; ++i) wide[i] = Widen(from[i]);
  return Load<V>(wide);
#endif
}
