#ifndef PERCEPTRA_OPTIM_SPEC_H_
#define PERCEPTRA_OPTIM_SPEC_H_

#include <cstddef>
#include <memory>
#include <string_view>

#include "optim/lbfgs.h"
#include "optim/optimizer.h"

namespace mlp {

// Rules for every gradient and every weight beside the optimizer's own; 0 turns a rule off.
struct UpdateRules {
  double weight_decay = 0;  // w -= rate * weight_decay * w before the update
  // Bounds on each number of a gradient, on the norm of each tensor's gradient, and on the norm of all
  // together.
  double clip_value = 0, clip_norm = 0, global_clip_norm = 0;
  double ema = 0;                      // momentum of an average of the weights
  std::size_t accumulation_steps = 1;  // batches to an update

  bool clips_norms() const { return clip_norm > 0 || global_clip_norm > 0; }
};

// An optimizer and the parameters of all kinds. The caller fills in every default.
struct OptimizerSpec {
  enum class Kind { kSgd, kAdagrad, kRmsprop, kAdadelta, kAdam, kAdamax, kNadam, kAdamW, kLion, kLbfgs };

  Kind kind = Kind::kSgd;
  double momentum = 0;
  bool nesterov = false;
  bool centered = false;  // rmsprop
  bool amsgrad = false;   // adam, adamW
  // adam: epsilon is added to the root of the second moment before that is corrected, as in the last lines of
  // section 2 of Kingma and Ba 2015
  bool raw_epsilon = false;
  bool epsilon_in_root = false;  // rmsprop: u = g / sqrt(s + epsilon)
  double rho = 0.9;              // rmsprop, adadelta
  double beta1 = 0.9, beta2 = 0.999;
  double momentum_decay = 0.004;  // nadam: how fast its momentum warms up to beta1
  double epsilon = 1e-8;
  double initial_accumulator = 0;  // adagrad
  double weight_decay = 0;         // adamW
  UpdateRules rules{};
  LbfgsOptions lbfgs{};
};

// Throws Error("ERR_ARGUMENT") for an unknown name.
OptimizerSpec::Kind OptimizerFromName(std::string_view name);

// Null for L-BFGS, which is not an update rule.
std::unique_ptr<Optimizer> MakeOptimizer(const OptimizerSpec& spec);

// v = momentum v + g; w -= rate v, or w -= rate (g + momentum v) with Nesterov's look-ahead (Sutskever et al.
// 2013, in the form of PyTorch). Without momentum no vector but the weights is touched.
std::unique_ptr<Optimizer> MakeSgd(double momentum, bool nesterov);

// In adam.cpp and adaptive.cpp.
std::unique_ptr<Optimizer> MakeAdam(const OptimizerSpec& spec);
std::unique_ptr<Optimizer> MakeAdamax(const OptimizerSpec& spec);
std::unique_ptr<Optimizer> MakeNadam(const OptimizerSpec& spec);
std::unique_ptr<Optimizer> MakeLion(const OptimizerSpec& spec);
std::unique_ptr<Optimizer> MakeAdagrad(const OptimizerSpec& spec);
std::unique_ptr<Optimizer> MakeRmsprop(const OptimizerSpec& spec);
std::unique_ptr<Optimizer> MakeAdadelta(const OptimizerSpec& spec);

}  // namespace mlp

#endif  // PERCEPTRA_OPTIM_SPEC_H_
