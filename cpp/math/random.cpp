#include "math/random.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

namespace mlp {

std::array<std::uint32_t, 4> Philox(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key,
                                    int rounds) {
  constexpr std::uint64_t kMultiplier0 = 0xD2511F53, kMultiplier1 = 0xCD9E8D57;
  constexpr std::uint32_t kWeyl0 = 0x9E3779B9, kWeyl1 = 0xBB67AE85;
  for (int round = 0; round < rounds; ++round) {
    const std::uint64_t product0 = kMultiplier0 * counter[0];
    const std::uint64_t product1 = kMultiplier1 * counter[2];
    counter = {static_cast<std::uint32_t>(product1 >> 32) ^ counter[1] ^ key[0],
               static_cast<std::uint32_t>(product1),
               static_cast<std::uint32_t>(product0 >> 32) ^ counter[3] ^ key[1],
               static_cast<std::uint32_t>(product0)};
    key[0] += kWeyl0;
    key[1] += kWeyl1;
  }
  return counter;
}

Random::Random(std::uint64_t seed, RandomPurpose purpose, std::uint32_t stream)
    : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
      counter_{0, 0, stream, static_cast<std::uint32_t>(purpose)} {}

// As NoiseStream::purpose: the purpose has the low 8 bits of its word, the member the others.
Random MemberShuffle(std::uint64_t seed, std::uint32_t epoch, std::uint32_t member) {
  const auto purpose = static_cast<std::uint32_t>(RandomPurpose::kShuffle) | member << 8;
  return {seed, static_cast<RandomPurpose>(purpose), epoch};
}

std::uint32_t Random::Next() {
  if (used_ == 4) {
    block_ = Philox(counter_, key_);
    if (++counter_[0] == 0) ++counter_[1];
    used_ = 0;
  }
  return block_[static_cast<std::size_t>(used_++)];
}

double Random::Uniform() {
  const std::uint64_t high = Next() >> 6, low = Next() >> 5;
  return static_cast<double>((high << 27) | low) * 0x1p-53;
}

double Random::Normal() {
  const double radius = std::sqrt(-2 * std::log(1 - Uniform()));
  return radius * std::cos(2 * std::numbers::pi * Uniform());
}

std::uint32_t Random::Below(std::uint32_t bound) {
  std::uint64_t product = std::uint64_t{Next()} * bound;
  if (static_cast<std::uint32_t>(product) < bound) {
    const std::uint32_t threshold = (0u - bound) % bound;
    while (static_cast<std::uint32_t>(product) < threshold) product = std::uint64_t{Next()} * bound;
  }
  return static_cast<std::uint32_t>(product >> 32);
}

std::uint64_t Random::position() const {
  const std::uint64_t blocks = std::uint64_t{counter_[1]} << 32 | counter_[0];
  return 4 * blocks - static_cast<std::uint64_t>(4 - used_);
}

void Random::SkipTo(std::uint64_t position) {
  counter_[0] = static_cast<std::uint32_t>(position / 4);
  counter_[1] = static_cast<std::uint32_t>(position / 4 >> 32);
  used_ = 4;
  for (std::uint64_t i = 0; i < position % 4; ++i) Next();
}

void Permute(std::span<std::uint32_t> order, Random& random) {
  std::iota(order.begin(), order.end(), 0u);
  PermutePart(order, 0, order.size(), random);
}

void PermutePart(std::span<std::uint32_t> order, std::size_t begin, std::size_t end, Random& random) {
  for (std::size_t i = end; i > std::max<std::size_t>(begin, 1); --i) {
    std::swap(order[i - 1], order[random.Below(static_cast<std::uint32_t>(i))]);
  }
}

}  // namespace mlp
