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

Layer::Output ReadBy(const LossSpec& spec, Activation last, std::size_t outputs) {
  const bool probabilities = last == Activation::kSoftmax || last == Activation::kSigmoid;
  switch (spec.kind) {
    case LossKind::kBinaryCrossentropy:
      Require(last == (spec.from_logits ? Activation::kLinear : Activation::kSigmoid));
      return Layer::Output::kLogits;
    case LossKind::kCategoricalCrossentropy:
    case LossKind::kSparseCategoricalCrossentropy:
      Require(last == (spec.from_logits ? Activation::kLinear : Activation::kSoftmax));
      return Layer::Output::kLogits;
    case LossKind::kFocal:
      Require(probabilities);
      return Layer::Output::kLogits;
    case LossKind::kKullbackLeibler:
      return probabilities ? Layer::Output::kLogits : Layer::Output::kActivated;
    case LossKind::kPoisson:
      Require(!spec.from_logits || last == Activation::kLinear);
      return last == Activation::kExponential ? Layer::Output::kLogits : Layer::Output::kActivated;
    case LossKind::kGaussianNll:
      Require(last == Activation::kLinear && outputs % 2 == 0);
      return Layer::Output::kActivated;
    default:
      return Layer::Output::kActivated;
  }
}

// The sum of t log t, which is 0 at 0.
double NegativeEntropy(const Real* t, std::size_t n) {
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double share = t[i];
    if (share > 0) sum += share * std::log(share);
  }
  return sum;
}

}  // namespace

Loss::Loss(const LossSpec& spec, const ActivationSpec& last, std::size_t outputs)
    : spec_(spec), last_(last.kind), outputs_(outputs), reads_(ReadBy(spec, last.kind, outputs)) {}

double Loss::Evaluate(Real* dy, const Real* y, const Targets& targets, std::size_t rows, Real scale) const {
  if (targets.weights == nullptr) return EvaluateRows(dy, y, targets, rows, scale);
  double sum = 0;
  for (std::size_t r = 0; r < rows; ++r) {
    const Real weight = targets.weights[r];
    Real* const drow = dy == nullptr ? nullptr : dy + r * outputs_;
    if (weight == 0) {  // as if the row were not there, even where its loss is not finite
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
  const auto each = [&](ElementLoss loss) {
    return kernels.element_loss(dy, y, t, rows, outputs_, scale, loss, parameters);
  };
  switch (spec_.kind) {
    case LossKind::kMeanSquaredError:
      return each(ElementLoss::kSquared);
    case LossKind::kMeanAbsoluteError:
      return each(ElementLoss::kAbsolute);
    case LossKind::kHuber:
      return each(ElementLoss::kHuber);
    case LossKind::kLogCosh:
      return each(ElementLoss::kLogCosh);
    case LossKind::kBinaryCrossentropy:
      return each(ElementLoss::kSigmoidCrossentropy);
    case LossKind::kCategoricalCrossentropy:
      return kernels.softmax_crossentropy(dy, y, t, rows, outputs_, scale, parameters.smoothing);
    case LossKind::kSparseCategoricalCrossentropy:
      return kernels.sparse_softmax_crossentropy(dy, y, targets.classes, rows, outputs_, scale,
                                                 parameters.smoothing);
    case LossKind::kHinge:
      return each(ElementLoss::kHinge);
    case LossKind::kSquaredHinge:
      return each(ElementLoss::kSquaredHinge);
    case LossKind::kPoisson:
      return each(spec_.from_logits || last_ == Activation::kExponential ? ElementLoss::kPoissonLogits
                                                                         : ElementLoss::kPoisson);
    case LossKind::kKullbackLeibler:
      if (last_ == Activation::kSigmoid) return each(ElementLoss::kSigmoidKullbackLeibler);
      if (last_ != Activation::kSoftmax) return each(ElementLoss::kClippedKullbackLeibler);
      return NegativeEntropy(t, rows * outputs_) +
             kernels.softmax_crossentropy(dy, y, t, rows, outputs_, scale, 0);
    case LossKind::kQuantile:
      return each(ElementLoss::kQuantile);
    case LossKind::kGaussianNll:
      return kernels.gaussian_nll(dy, y, t, rows, outputs_, scale);
    case LossKind::kFocal:
      if (last_ == Activation::kSigmoid) return each(ElementLoss::kSigmoidFocal);
      return kernels.softmax_focal(dy, y, t, rows, outputs_, scale, parameters);
  }
  return 0;
}

}  // namespace mlp
