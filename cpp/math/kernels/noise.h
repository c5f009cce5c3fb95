// Random masks and noise, from Philox4x32-10 (Salmon et al. 2011) in lanes. Column c of a row takes word
// (c / 16) % 4 of the block 16 * (c / 64) + c % 16: the same bits on every instruction set.

constexpr std::size_t kNoiseGroup = 4 * kLanes;

inline void NoiseWords(std::uint32_t* words,  // (kNoiseGroup)
                       const NoiseStream& stream, std::size_t row, std::size_t group) {
  constexpr std::uint64_t kMultiplier0 = 0xD2511F53, kMultiplier1 = 0xCD9E8D57;
  constexpr std::uint32_t kWeyl0 = 0x9E3779B9, kWeyl1 = 0xBB67AE85;
  std::uint32_t c0[kLanes], c1[kLanes], c2[kLanes], c3[kLanes];
  for (std::size_t k = 0; k < kLanes; ++k) {
    c0[k] = static_cast<std::uint32_t>(group * kLanes + k);
    c1[k] = static_cast<std::uint32_t>(stream.first_row + row);
    c2[k] = stream.epoch;
    c3[k] = stream.purpose();
  }
  auto key0 = static_cast<std::uint32_t>(stream.seed), key1 = static_cast<std::uint32_t>(stream.seed >> 32);
  for (int round = 0; round < 10; ++round) {
    for (std::size_t k = 0; k < kLanes; ++k) {
      const std::uint64_t product0 = kMultiplier0 * c0[k], product1 = kMultiplier1 * c2[k];
      c0[k] = static_cast<std::uint32_t>(product1 >> 32) ^ c1[k] ^ key0;
      c1[k] = static_cast<std::uint32_t>(product1);
      c2[k] = static_cast<std::uint32_t>(product0 >> 32) ^ c3[k] ^ key1;
      c3[k] = static_cast<std::uint32_t>(product0);
    }
    key0 += kWeyl0;
    key1 += kWeyl1;
  }
  for (std::size_t k = 0; k < kLanes; ++k) {
    words[k] = c0[k];
    words[kLanes + k] = c1[k];
    words[2 * kLanes + k] = c2[k];
    words[3 * kLanes + k] = c3[k];
  }
}

void KeepMask(Real* mask, std::size_t rows, std::size_t columns, const NoiseStream& stream, double rate,
              Real kept) {
  const auto threshold = static_cast<std::uint32_t>(rate * 4294967296.0);
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; c += kNoiseGroup) {
      std::uint32_t words[kNoiseGroup];
      NoiseWords(words, stream, r, c / kNoiseGroup);
      Real* const to = mask + r * columns + c;
      const std::size_t n = std::min(kNoiseGroup, columns - c);
      for (std::size_t k = 0; k < n; ++k) to[k] = words[k] >= threshold ? kept : Real(0);
    }
  }
}

void Multiply(Real* y, const Real* x, const Real* mask, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) y[i] = x[i] * mask[i];
}

void MultiplyOr(Real* y, const Real* x, const Real* mask, std::size_t n, Real shift, Real otherwise) {
  for (std::size_t i = 0; i < n; ++i) y[i] = mask[i] != 0 ? x[i] * mask[i] + shift : otherwise;
}

// sin(2 pi t) for t in [-1/4, 1/4]: the Taylor series to the 11th power, exact to 6e-8.
inline Real SinTurns(Real t) {
  const Real x = t * Real(6.283185307179586), s = x * x;
  Real p = Real(-1.0 / 39916800);
  p = p * s + Real(1.0 / 362880);
  p = p * s - Real(1.0 / 5040);
  p = p * s + Real(1.0 / 120);
  p = p * s - Real(1.0 / 6);
  return x + x * s * p;
}

// y = x + deviation * normal noise. Two words make two normals (Box and Muller 1958).
void AddNoise(Real* y, const Real* x, std::size_t rows, std::size_t columns, const NoiseStream& stream,
              Real deviation) {
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; c += kNoiseGroup) {
      std::uint32_t words[kNoiseGroup];
      NoiseWords(words, stream, r, c / kNoiseGroup);
      Real normals[kNoiseGroup];
      for (std::size_t half = 0; half < kNoiseGroup; half += 2 * kLanes) {
        for (std::size_t k = 0; k < kLanes; ++k) {
          const Real u = static_cast<Real>((words[half + k] >> 8) + 1) * Real(0x1p-24);  // never 0
          const Real t = static_cast<Real>(words[half + kLanes + k] >> 8) * Real(0x1p-24) - Real(0.5);
          const Real radius = std::sqrt(-2 * Log(u));
          const Real size = t < 0 ? -t : t;
          const Real folded = t > Real(0.25) ? Real(0.5) - t : t < Real(-0.25) ? Real(-0.5) - t : t;
          normals[half + k] = radius * SinTurns(Real(0.25) - size);
          normals[half + kLanes + k] = radius * SinTurns(folded);
        }
      }
      const Real* const from = x + r * columns + c;
      Real* const to = y + r * columns + c;
      const std::size_t n = std::min(kNoiseGroup, columns - c);
      for (std::size_t k = 0; k < n; ++k) to[k] = from[k] + deviation * normals[k];
    }
  }
}
