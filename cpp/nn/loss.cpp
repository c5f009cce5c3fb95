#include "nn/loss.h"

#include "math/error.h"
#include "math/kernels.h"

namespace mlp {

Loss::Loss(const LossSpec& spec, const ActivationSpec& last, std::size_t outputs)
    : spec_(spec), outputs_(outputs), reads_(Layer::Output::kLogits) {
  if (spec.kind == LossKind::kMeanSquaredError) {
    reads_ = Layer::Output::kActivated;
    return;
  }
  const Activation paired = spec.from_logits                             ? Activation::kLinear
                            : spec.kind == LossKind::kBinaryCrossentropy ? Activation::kSigmoid
                                                                         : Activation::kSoftmax;
  if (last.kind != paired) {
    throw Error("ERR_ARGUMENT", "The last layer's activation does not fit the cross-entropy.");
  }
}

double Loss::Evaluate(Real* dy, const Real* y, const Targets& targets, std::size_t rows, Real scale) const {
  const Kernels& kernels = ActiveKernels();
  switch (spec_.kind) {
    case LossKind::kMeanSquaredError:
      return kernels.squared_error(dy, y, targets.values, rows, outputs_, scale);
    case LossKind::kBinaryCrossentropy:
      return kernels.sigmoid_crossentropy(dy, y, targets.values, rows, outputs_, scale);
    case LossKind::kCategoricalCrossentropy:
      return kernels.softmax_crossentropy(dy, y, targets.values, rows, outputs_, scale);
    case LossKind::kSparseCategoricalCrossentropy:
      return kernels.sparse_softmax_crossentropy(dy, y, targets.classes, rows, outputs_, scale);
  }
  return 0;
}

}  // namespace mlp
