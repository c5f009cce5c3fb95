#include "nn/loss.h"

#include <algorithm>
#include <cmath>

#include "math/error.h"
#include "math/kernels.h"

namespace mlp {
namespace {

void Require(bool fits) {
  if (!fits) throw Error("ERR_ARGUMENT", "The last layer does not fit the loss.");
}

Layer::Output OutputReadBy(const LossSpec& spec, Activation last, std::size_t outputs) {
  switch (spec.kind) {
    case LossKind::kCategoricalCrossentropy:
    case LossKind::kSparseCategoricalCrossentropy:
      Require(last == (spec.from_logits ? Activation::kLinear : Activation::kSoftmax));
      return Layer::Output::kLogits;
    case LossKind::kFocal:
    case LossKind::kKullbackLeibler:
      if (last == Activation::kSoftmax) return Layer::Output::kLogits;
      break;
    case LossKind::kGaussianNll:
      Require(last == Activation::kLinear && outputs % 2 == 0);
      return Layer::Output::kActivated;
    default:
      break;
  }
  const LossEntry& entry = EntryOf(spec.kind);
  if (entry.of_logits && spec.from_logits) {
    Require(last == Activation::kLinear);  // its outputs are its logits
    return entry.of_outputs ? Layer::Output::kActivated : Layer::Output::kLogits;
  }
  if (entry.of_logits && last == entry.of_activation) return Layer::Output::kLogits;
  Require(entry.of_outputs.has_value());
  return Layer::Output::kActivated;
}

// The sum of t log t, which is 0 at 0.
double NegativeEntropy(const Real* t, std::size_t n) {
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double probability = t[i];
    if (probability > 0) sum += probability * std::log(probability);
  }
  return sum;
}

}  // namespace

Loss::Loss(const LossSpec& spec, const ActivationSpec& last, std::size_t outputs)
    : spec_(spec), last_(last.kind), outputs_(outputs), reads_(OutputReadBy(spec, last.kind, outputs)) {}

double Loss::Evaluate(Real* dy, const Real* y, const Targets& targets, std::size_t rows, Real scale) const {
  if (targets.weights == nullptr) return EvaluateRows(dy, y, targets, rows, scale);
  double sum = 0;
  for (std::size_t r = 0; r < rows; ++r) {
    const Real weight = targets.weights[r];
    Real* const drow = dy == nullptr ? nullptr : dy + r * outputs_;
    if (weight == 0) {  // the row does not count, even if its loss is not finite
      if (drow != nullptr) std::fill_n(drow, outputs_, Real(0));
      continue;
    }
    Targets row;
    if (targets.values != nullptr) row.values = targets.values + r * target_columns();
    if (targets.classes != nullptr) row.classes = targets.classes + r;
    sum += static_cast<double>(weight) * EvaluateRows(drow, y + r * outputs_, row, 1, scale * weight);
  }
  return sum;
}

double Loss::EvaluateRows(Real* dy, const Real* y, const Targets& targets, std::size_t rows,
                          Real scale) const {
  const Kernels& kernels = ActiveKernels();
  const Real* t = targets.values;
  const LossParameters& parameters = spec_.parameters;
  switch (spec_.kind) {
    case LossKind::kCategoricalCrossentropy:
      return kernels.softmax_crossentropy(dy, y, t, rows, outputs_, scale, parameters.smoothing);
    case LossKind::kSparseCategoricalCrossentropy:
      return kernels.sparse_softmax_crossentropy(dy, y, targets.classes, rows, outputs_, scale,
                                                 parameters.smoothing);
    case LossKind::kKullbackLeibler:
      if (last_ != Activation::kSoftmax) break;
      return NegativeEntropy(t, rows * outputs_) +
             kernels.softmax_crossentropy(dy, y, t, rows, outputs_, scale, 0);
    case LossKind::kGaussianNll:
      return kernels.gaussian_nll(dy, y, t, rows, outputs_, scale);
    case LossKind::kFocal:
      if (last_ != Activation::kSoftmax) break;
      return kernels.softmax_focal(dy, y, t, rows, outputs_, scale, parameters);
    default:
      break;
  }
  const LossEntry& entry = EntryOf(spec_.kind);
  const bool reads_logits = entry.of_logits && (spec_.from_logits || last_ == entry.of_activation);
  const ElementLoss formula = reads_logits ? *entry.of_logits : *entry.of_outputs;
  return kernels.element_loss(dy, y, t, rows, outputs_, scale, formula, parameters);
}

}  // namespace mlp
