#include "optim/spec.h"

#include <array>
#include <string>
#include <utility>

#include "math/error.h"

namespace mlp {

OptimizerSpec::Kind OptimizerFromName(std::string_view name) {
  using Kind = OptimizerSpec::Kind;
  static constexpr std::array<std::pair<std::string_view, Kind>, 10> kNames{{{"sgd", Kind::kSgd},
                                                                             {"adagrad", Kind::kAdagrad},
                                                                             {"rmsprop", Kind::kRmsprop},
                                                                             {"adadelta", Kind::kAdadelta},
                                                                             {"adam", Kind::kAdam},
                                                                             {"adamax", Kind::kAdamax},
                                                                             {"nadam", Kind::kNadam},
                                                                             {"adamw", Kind::kAdamW},
                                                                             {"lion", Kind::kLion},
                                                                             {"lbfgs", Kind::kLbfgs}}};
  for (const auto& [key, kind] : kNames) {
    if (key == name) return kind;
  }
  throw Error("ERR_ARGUMENT", "The core has no optimizer named \"" + std::string(name) + "\".");
}

std::unique_ptr<Optimizer> MakeOptimizer(const OptimizerSpec& spec) {
  switch (spec.kind) {
    case OptimizerSpec::Kind::kSgd:
      return MakeSgd(spec.momentum, spec.nesterov);
    case OptimizerSpec::Kind::kAdagrad:
      return MakeAdagrad(spec);
    case OptimizerSpec::Kind::kRmsprop:
      return MakeRmsprop(spec);
    case OptimizerSpec::Kind::kAdadelta:
      return MakeAdadelta(spec);
    case OptimizerSpec::Kind::kAdam:
    case OptimizerSpec::Kind::kAdamW:
      return MakeAdam(spec);
    case OptimizerSpec::Kind::kAdamax:
      return MakeAdamax(spec);
    case OptimizerSpec::Kind::kNadam:
      return MakeNadam(spec);
    case OptimizerSpec::Kind::kLion:
      return MakeLion(spec);
    case OptimizerSpec::Kind::kLbfgs:
      return nullptr;
  }
  throw Error("ERR_ARGUMENT", "The core has no such optimizer.");
}

}  // namespace mlp
