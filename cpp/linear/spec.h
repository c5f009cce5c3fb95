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

// The learning rate. With kConstant and kAdaptive the caller passes the rate of each epoch. The last two are
// the passive-aggressive steps PA-I and PA-II (Crammer et al. 2006), with eta0 as their C.
enum class LinearRate { kConstant, kOptimal, kInvScaling, kAdaptive, kPa1, kPa2 };

struct LinearSpec {
  LinearLoss loss = LinearLoss::kHinge;
  Penalty penalty = Penalty::kL2;
  LinearRate rate = LinearRate::kOptimal;
  double alpha = 0;     // strength of the penalty; kOptimal needs it above 0
  double l1_ratio = 0;  // fraction of l1 in kElasticNet
  double eta0 = 1, power_t = 0.5;
  double epsilon = 0.1;     // of kHuber and the two insensitive losses
  std::size_t average = 0;  // 0: no averaging; else from this step on
  std::size_t batch = 0;    // 0: one step per row; else one step per so many rows, along their mean gradient
  bool fit_intercept = true;
  bool classes = true;  // targets are class numbers; each unit separates its class from all others
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
