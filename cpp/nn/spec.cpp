#include "nn/layer_spec.h"

#include <array>
#include <string>
#include <utility>

#include "math/error.h"

namespace mlp {
namespace {

Error Unknown(const char* what, std::string_view name) {
  return Error("ERR_ARGUMENT",
               std::string("The core has no ") + what + " named \"" + std::string(name) + "\".");
}

template <typename T, std::size_t N>
T Find(const std::array<std::pair<std::string_view, T>, N>& names, std::string_view name, const char* what) {
  for (const auto& [key, value] : names) {
    if (key == name) return value;
  }
  throw Unknown(what, name);
}

}  // namespace

Activation ActivationFromName(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, Activation>, 18> kNames{
      {{"linear", Activation::kLinear},
       {"relu", Activation::kRelu},
       {"leakyRelu", Activation::kLeakyRelu},
       {"prelu", Activation::kPrelu},
       {"elu", Activation::kElu},
       {"selu", Activation::kSelu},
       {"gelu", Activation::kGelu},
       {"geluTanh", Activation::kGeluTanh},
       {"silu", Activation::kSilu},
       {"mish", Activation::kMish},
       {"sigmoid", Activation::kSigmoid},
       {"hardSigmoid", Activation::kHardSigmoid},
       {"tanh", Activation::kTanh},
       {"softplus", Activation::kSoftplus},
       {"softsign", Activation::kSoftsign},
       {"exponential", Activation::kExponential},
       {"step", Activation::kStep},
       {"softmax", Activation::kSoftmax}}};
  return Find(kNames, name, "activation");
}

InitializerKind InitializerFromName(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, InitializerKind>, 14> kNames{
      {{"glorotUniform", InitializerKind::kGlorotUniform},
       {"glorotNormal", InitializerKind::kGlorotNormal},
       {"heUniform", InitializerKind::kHeUniform},
       {"heNormal", InitializerKind::kHeNormal},
       {"lecunUniform", InitializerKind::kLecunUniform},
       {"lecunNormal", InitializerKind::kLecunNormal},
       {"orthogonal", InitializerKind::kOrthogonal},
       {"zeros", InitializerKind::kZeros},
       {"ones", InitializerKind::kOnes},
       {"constant", InitializerKind::kConstant},
       {"randomUniform", InitializerKind::kRandomUniform},
       {"randomNormal", InitializerKind::kRandomNormal},
       {"truncatedNormal", InitializerKind::kTruncatedNormal},
       {"randomSigns", InitializerKind::kRandomSigns}}};
  return Find(kNames, name, "initializer");
}

ConstraintKind ConstraintFromName(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, ConstraintKind>, 3> kNames{
      {{"maxNorm", ConstraintKind::kMaxNorm},
       {"unitNorm", ConstraintKind::kUnitNorm},
       {"nonNeg", ConstraintKind::kNonNegative}}};
  return Find(kNames, name, "constraint");
}

LossKind LossFromName(std::string_view name) {
  for (const LossEntry& entry : kLosses) {
    if (entry.name == name) return entry.kind;
  }
  throw Unknown("loss", name);
}

}  // namespace mlp
