#include "nn/initializers.h"

#include <algorithm>
#include <cmath>

#include "math/random.h"

namespace mlp {
namespace {

// Standard deviation of a normal distribution cut at two of its standard deviations.
constexpr double kCutDeviation = 0.87962566103423978;

void FillUniform(std::span<Real> w, double variance, Random& random) {
  const double limit = std::sqrt(3 * variance);
  for (Real& weight : w) weight = static_cast<Real>((2 * random.Uniform() - 1) * limit);
}

void FillNormal(std::span<Real> w, double variance, Random& random) {
  const double deviation = std::sqrt(variance) / kCutDeviation;
  for (Real& weight : w) {
    double draw = random.Normal();
    while (std::abs(draw) > 2) draw = random.Normal();
    weight = static_cast<Real>(draw * deviation);
  }
}

}  // namespace

void Initialize(std::span<Real> w, const InitializerSpec& spec, std::size_t fan_in, std::size_t fan_out,
                std::uint64_t network_seed, std::uint32_t tensor) {
  Random random(spec.seed.value_or(network_seed), RandomPurpose::kInitialize, tensor);
  const double glorot = 2.0 / static_cast<double>(fan_in + fan_out), he = 2.0 / static_cast<double>(fan_in);
  switch (spec.kind) {
    case InitializerKind::kGlorotUniform:
      return FillUniform(w, glorot, random);
    case InitializerKind::kGlorotNormal:
      return FillNormal(w, glorot, random);
    case InitializerKind::kHeUniform:
      return FillUniform(w, he, random);
    case InitializerKind::kHeNormal:
      return FillNormal(w, he, random);
    case InitializerKind::kZeros:
      std::fill(w.begin(), w.end(), Real(0));
      return;
    case InitializerKind::kOnes:
      std::fill(w.begin(), w.end(), Real(1));
      return;
  }
}

}  // namespace mlp
