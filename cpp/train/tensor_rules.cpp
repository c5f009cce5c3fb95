#include "train/tensor_rules.h"

#include <algorithm>

#include "math/kernels.h"
#include "train/plan.h"

namespace mlp {
namespace {

template <typename F>
bool AnyTensor(const Network& network, F f) {
  return std::any_of(network.layers().begin(), network.layers().end(), [&](const auto& layer) {
    return std::any_of(layer->tensors().begin(), layer->tensors().end(), f);
  });
}

}  // namespace

bool HasRegularizer(const Tensor& tensor) {
  return tensor.rules.regularizer.l1 > 0 || tensor.rules.regularizer.l2 > 0;
}

bool HasNormConstraint(const Tensor& tensor) {
  const ConstraintKind kind = tensor.rules.constraint.kind;
  return kind == ConstraintKind::kMaxNorm || kind == ConstraintKind::kUnitNorm;
}

bool HasRegularizers(const Network& network) { return AnyTensor(network, HasRegularizer); }
bool HasNormConstraints(const Network& network) { return AnyTensor(network, HasNormConstraint); }

void LimitNorms(const Tensor& tensor, Real* numbers, std::size_t share, std::size_t shares) {
  const ConstraintSpec& constraint = tensor.rules.constraint;
  const std::size_t rows = tensor.table ? tensor.rows : tensor.columns;
  const std::size_t columns = tensor.table ? tensor.columns : 1;
  const auto [first, end] = Share(columns, share, shares);
  const double limit = constraint.kind == ConstraintKind::kMaxNorm ? constraint.limit : 0;
  ActiveKernels().limit_columns(numbers + first, rows, columns, end - first, static_cast<Real>(limit));
}

void ForceConstraint(const Tensor& tensor, Real* numbers) {
  if (HasNormConstraint(tensor)) {
    LimitNorms(tensor, numbers, 0, 1);
  } else if (tensor.rules.constraint.kind == ConstraintKind::kNonNegative) {
    ActiveKernels().not_below_zero(numbers, tensor.size());
  }
}

double AddPenaltyGradient(Real* grad, const Real* w, std::size_t n, const RegularizerSpec& regularizer,
                          double factor) {
  if (regularizer.l1 == 0 && regularizer.l2 == 0) return 0;
  return ActiveKernels().regularize(grad, w, n, static_cast<Real>(regularizer.l1 * factor),
                                    static_cast<Real>(regularizer.l2 * factor));
}

double TotalPenalty(const Network& network, const Vector& weights) {
  double penalty = 0;
  for (std::size_t l = 0; l < network.layers().size(); ++l) {
    const auto& tensors = network.layers()[l]->tensors();
    for (std::size_t t = 0; t < tensors.size(); ++t) {
      if (!network.trains(l, t)) continue;
      penalty += AddPenaltyGradient(nullptr, weights.data() + tensors[t].offset, tensors[t].size(),
                                    tensors[t].rules.regularizer, 1);
    }
  }
  return penalty;
}

}  // namespace mlp
