#include "nn/spec.h"

#include <array>
#include <string>
#include <utility>

#include "math/error.h"

namespace mlp {
namespace {

template <typename T, std::size_t N>
T Find(const std::array<std::pair<std::string_view, T>, N>& names, std::string_view name, const char* what) {
  for (const auto& [known, value] : names) {
    if (known == name) return value;
  }
  throw Error("ERR_ARGUMENT",
              std::string("The core has no ") + what + " named \"" + std::string(name) + "\".");
}

}  // namespace

Activation ActivationFromName(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, Activation>, 6> kNames{
      {{"linear", Activation::kLinear},
       {"relu", Activation::kRelu},
       {"leakyRelu", Activation::kLeakyRelu},
       {"sigmoid", Activation::kSigmoid},
       {"tanh", Activation::kTanh},
       {"softmax", Activation::kSoftmax}}};
  return Find(kNames, name, "activation");
}

InitializerKind InitializerFromName(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, InitializerKind>, 6> kNames{
      {{"glorotUniform", InitializerKind::kGlorotUniform},
       {"glorotNormal", InitializerKind::kGlorotNormal},
       {"heUniform", InitializerKind::kHeUniform},
       {"heNormal", InitializerKind::kHeNormal},
       {"zeros", InitializerKind::kZeros},
       {"ones", InitializerKind::kOnes}}};
  return Find(kNames, name, "initializer");
}

LossKind LossFromName(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, LossKind>, 4> kNames{
      {{"meanSquaredError", LossKind::kMeanSquaredError},
       {"binaryCrossentropy", LossKind::kBinaryCrossentropy},
       {"categoricalCrossentropy", LossKind::kCategoricalCrossentropy},
       {"sparseCategoricalCrossentropy", LossKind::kSparseCategoricalCrossentropy}}};
  return Find(kNames, name, "loss");
}

}  // namespace mlp
