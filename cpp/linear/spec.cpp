#include "linear/spec.h"

#include <array>
#include <string_view>
#include <utility>

#include "math/error.h"

namespace mlp {
namespace {

template <typename T, std::size_t N>
T Find(const std::array<std::pair<std::string_view, T>, N>& names, const std::string& name,
       const char* what) {
  for (const auto& [key, value] : names) {
    if (key == name) return value;
  }
  throw Error("ERR_ARGUMENT", std::string("The core has no ") + what + " named \"" + name + "\".");
}

}  // namespace

LinearLoss LinearLossFromName(const std::string& name) {
  static constexpr std::array<std::pair<std::string_view, LinearLoss>, 9> kNames{
      {{"hinge", LinearLoss::kHinge},
       {"squaredHinge", LinearLoss::kSquaredHinge},
       {"logLoss", LinearLoss::kLog},
       {"modifiedHuber", LinearLoss::kModifiedHuber},
       {"perceptron", LinearLoss::kPerceptron},
       {"squaredError", LinearLoss::kSquaredError},
       {"huber", LinearLoss::kHuber},
       {"epsilonInsensitive", LinearLoss::kEpsilonInsensitive},
       {"squaredEpsilonInsensitive", LinearLoss::kSquaredEpsilonInsensitive}}};
  return Find(kNames, name, "loss of linear models");
}

Penalty PenaltyFromName(const std::string& name) {
  static constexpr std::array<std::pair<std::string_view, Penalty>, 4> kNames{
      {{"none", Penalty::kNone},
       {"l1", Penalty::kL1},
       {"l2", Penalty::kL2},
       {"elasticNet", Penalty::kElasticNet}}};
  return Find(kNames, name, "penalty");
}

LinearRate LinearRateFromName(const std::string& name) {
  static constexpr std::array<std::pair<std::string_view, LinearRate>, 6> kNames{
      {{"constant", LinearRate::kConstant},
       {"optimal", LinearRate::kOptimal},
       {"invscaling", LinearRate::kInvScaling},
       {"adaptive", LinearRate::kAdaptive},
       {"pa1", LinearRate::kPa1},
       {"pa2", LinearRate::kPa2}}};
  return Find(kNames, name, "learning rate of linear models");
}

}  // namespace mlp
