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

}  // namespace

Loss::Loss(const LossSpec& spec, const ActivationSpec& last, std::size_t outputs)
    : spec_(spec), last_(last.kind), outputs_(outputs), reads_(OutputReadBy(spec, last.kind, outputs)) {}

double Loss::Evaluate(Real* dy, const Real* y, const Targets& targets, std::size_t rows, Real scale) const {
  const Kernels& kernels = ActiveKernels();
  const Real *t = targets.values, *weights = targets.weights;
  const LossParameters& parameters = spec_.parameters;
  switch (spec_.kind) {
    case LossKind::kCategoricalCrossentropy:
      return kernels.softmax_crossentropy(dy, y, t, weights, rows, outputs_, scale, parameters.smoothing);
    case LossKind::kSparseCategoricalCrossentropy:
      return kernels.sparse_softmax_crossentropy(dy, y, targets.classes, weights, rows, outputs_, scale,
                                                 parameters.smoothing);
    case LossKind::kKullbackLeibler:
      if (last_ != Activation::kSoftmax) break;
      return kernels.negative_entropy(t, weights, rows, outputs_) +
             kernels.softmax_crossentropy(dy, y, t, weights, rows, outputs_, scale, 0);
    case LossKind::kGaussianNll:
      return kernels.gaussian_nll(dy, y, t, weights, rows, outputs_, scale);
    case LossKind::kFocal:
      if (last_ != Activation::kSoftmax) break;
      return kernels.softmax_focal(dy, y, t, weights, rows, outputs_, scale, parameters);
    default:
      break;
  }
  const LossEntry& entry = EntryOf(spec_.kind);
  const bool reads_logits = entry.of_logits && (spec_.from_logits || last_ == entry.of_activation);
  const ElementLoss formula = reads_logits ? *entry.of_logits : *entry.of_outputs;
  return kernels.element_loss(dy, y, t, weights, rows, outputs_, scale, formula, parameters);
}

}  // namespace mlp
