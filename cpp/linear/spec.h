#ifndef PERCEPTRA_LINEAR_SPEC_H_
#define PERCEPTRA_LINEAR_SPEC_H_

#include <cstddef>
#include <cstdint>
#include <string>

namespace mlp {

enum class LinearLoss {
  kHinge,
  kSquaredHinge,
  kLog,
  kModifiedHuber,
  kPerceptron,
  kSquaredError,
  kHuber,
  kEpsilonInsensitive,
  kSquaredEpsilonInsensitive
};

enum class Penalty { kNone, kL1, kL2, kElasticNet };

// How long a step is. With kConstant and kAdaptive the caller gives the rate of each epoch; the last two are
// Crammer et al. 2006's passive-aggressive steps PA-I and PA-II, with eta0 as their C.
enum class LinearRate { kConstant, kOptimal, kInvScaling, kAdaptive, kPa1, kPa2 };

struct LinearSpec {
  LinearLoss loss = LinearLoss::kHinge;
  Penalty penalty = Penalty::kL2;
  LinearRate rate = LinearRate::kOptimal;
  double alpha = 0;     // strength of the penalty; kOptimal needs it above 0
  double l1_ratio = 0;  // share of l1 in kElasticNet
  double eta0 = 1, power_t = 0.5;
  double epsilon = 0.1;     // of kHuber and the two insensitive losses
  std::size_t average = 0;  // 0: no averaging; else from this step on
  std::size_t batch = 0;    // 0: a step a row; else a step along the mean gradient of so many rows
  bool fit_intercept = true;
  bool classes = true;  // targets are class numbers: a unit tells its class from the others
  std::size_t units = 1;
  std::uint64_t seed = 0;  // of the shuffles
  int threads = 1;
};

// By the names that lib/ uses; throw Error for others.
LinearLoss LinearLossFromName(const std::string& name);
Penalty PenaltyFromName(const std::string& name);
LinearRate LinearRateFromName(const std::string& name);

}  // namespace mlp

#endif  // PERCEPTRA_LINEAR_SPEC_H_
