#include "nn/initializers.h"

#include <algorithm>
#include <cmath>

#include "math/error.h"
#include "math/random.h"
#include "nn/orthogonal.h"

namespace mlp {
namespace {

// The standard deviation of a standard normal distribution that is truncated at -2 and 2.
constexpr double kTruncatedDeviation = 0.87962566103423978;

void FillUniform(std::span<Real> w, double min, double max, Random& random) {
  for (Real& weight : w) weight = static_cast<Real>(min + random.Uniform() * (max - min));
}

void FillUniform(std::span<Real> w, double variance, Random& random) {
  const double limit = std::sqrt(3 * variance);
  for (Real& weight : w) weight = static_cast<Real>((2 * random.Uniform() - 1) * limit);
}

// A normal distribution, truncated at two standard deviations from the mean. `stddev` is that of the whole
// distribution.
void FillTruncated(std::span<Real> w, double mean, double stddev, Random& random) {
  for (Real& weight : w) {
    double draw = random.Normal();
    while (std::abs(draw) > 2) draw = random.Normal();
    weight = static_cast<Real>(mean + draw * stddev);
  }
}

void FillNormal(std::span<Real> w, double variance, Random& random) {
  FillTruncated(w, 0, std::sqrt(variance) / kTruncatedDeviation, random);
}

}  // namespace

void Initialize(std::span<Real> w, const InitializerSpec& spec, std::size_t fan_in, std::size_t fan_out,
                std::uint64_t network_seed, std::uint32_t tensor) {
  Random random(spec.seed.value_or(network_seed), RandomPurpose::kInitialize, tensor);
  const double in = static_cast<double>(fan_in), glorot = 2 / (in + static_cast<double>(fan_out));
  switch (spec.kind) {
    case InitializerKind::kGlorotUniform:
      return FillUniform(w, glorot, random);
    case InitializerKind::kGlorotNormal:
      return FillNormal(w, glorot, random);
    case InitializerKind::kHeUniform:
      return FillUniform(w, 2 / in, random);
    case InitializerKind::kHeNormal:
      return FillNormal(w, 2 / in, random);
    case InitializerKind::kLecunUniform:
      return FillUniform(w, 1 / in, random);
    case InitializerKind::kLecunNormal:
      return FillNormal(w, 1 / in, random);
    case InitializerKind::kOrthogonal:
      if (w.size() != fan_in * fan_out) throw Error("ERR_ARGUMENT", "Only matrices can be orthogonal.");
      return FillOrthogonal(w, fan_in, fan_out, spec.gain, random);
    case InitializerKind::kZeros:
      return std::fill(w.begin(), w.end(), Real(0));
    case InitializerKind::kOnes:
      return std::fill(w.begin(), w.end(), Real(1));
    case InitializerKind::kConstant:
      return std::fill(w.begin(), w.end(), static_cast<Real>(spec.value));
    case InitializerKind::kRandomUniform:
      return FillUniform(w, spec.min, spec.max, random);
    case InitializerKind::kRandomNormal:
      for (Real& weight : w) weight = static_cast<Real>(spec.mean + random.Normal() * spec.stddev);
      return;
    case InitializerKind::kTruncatedNormal:
      return FillTruncated(w, spec.mean, spec.stddev, random);
    case InitializerKind::kRandomSigns:
      for (Real& weight : w) weight = random.Next() >> 31 == 0 ? Real(1) : Real(-1);
      return;
  }
}

}  // namespace mlp
