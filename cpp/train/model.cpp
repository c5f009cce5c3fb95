#include "train/model.h"

#include <algorithm>
#include <utility>

#include "math/error.h"
#include "math/thread_setup.h"
#include "train/inference.h"

namespace mlp {

Model::Model(const NetworkSpec& spec) : network_(spec), weights_(network_.weight_count()) {
  network_.Initialize(weights_.Change().data());
}

void Model::Compile(const CompileSpec& spec) {
  const ActivationSpec last = network_.last_activation();
  const Loss loss(spec.loss, last, network_.outputs());
  Metrics metrics(spec.metrics, loss, last, spec.loss.from_logits);
  Training training{loss,
                    std::move(metrics),
                    MakeOptimizer(spec.optimizer),
                    spec.optimizer.rules,
                    spec.mean,
                    spec.optimizer.lbfgs,
                    spec.loss_factor};
  trainer_ = std::make_unique<Trainer>(network_, weights_.AtRest(), std::move(training));
}

void Model::Predict(Real* out, const Real* x, std::size_t rows, const Vector& weights) {
  const FlushDenormals flush;
  for (std::size_t from = 0; from < rows; from += kInferenceBlock) {
    const std::size_t block = std::min(kInferenceBlock, rows - from);
    Infer(network_, out + from * network_.outputs(), x + from * network_.inputs(), weights.data(), block,
          scratch_, Layer::Output::kActivated);
  }
}

std::size_t Model::bytes() const {
  return network_.weight_count() * sizeof(Real) + scratch_.size() * sizeof(Real) +
         (trainer_ ? trainer_->bytes() : 0);
}

}  // namespace mlp
