#include <algorithm>
#include <cmath>

#include "math/kernels.h"
#include "nn/layers.h"

namespace mlp {
namespace {

// y = (x - mean) / sqrt(variance + epsilon) * gamma + beta, per input: with mean and variance of the batch in
// training, with moving ones in inference. As Keras has it, the moving variance is that of the rows (divided
// by n), where PyTorch's is the estimate (by n - 1).
class BatchNormalization final : public Layer {
 public:
  BatchNormalization(const BatchNormalizationSpec& spec, std::size_t inputs, std::size_t offset,
                     bool trainable)
      : momentum_(static_cast<Real>(spec.momentum)),
        rest_(static_cast<Real>(1 - spec.momentum)),
        epsilon_(static_cast<Real>(spec.epsilon)),
        inputs_(inputs),
        trainable_(trainable) {
    const auto add = [&](const char* name, const TensorRules& rules, const InitializerSpec& start,
                         bool statistic) {
      tensors_.push_back({name, 1, inputs, offset, rules, start, statistic});
      offset += inputs;
      return static_cast<int>(tensors_.size()) - 1;
    };
    if (spec.scale) gamma_ = add("gamma", spec.gamma_rules, spec.gamma_initializer, false);
    if (spec.center) beta_ = add("beta", spec.beta_rules, spec.beta_initializer, false);
    mean_ = add("movingMean", {}, {}, true);
    variance_ = add("movingVariance", {}, {InitializerKind::kOnes, {}}, true);
  }

  std::size_t inputs() const override { return inputs_; }
  std::size_t outputs() const override { return inputs_; }
  std::size_t sums() const override { return trainable_ ? 2 * inputs_ : 0; }
  std::size_t shared() const override { return trainable_ ? 4 * inputs_ : 0; }

  void Forward(Real* y, const Real* x, std::size_t rows, Output, const Pass& pass) const override {
    ActiveKernels().batch_norm(y, x, rows, inputs_, View(pass));
  }

  void Backward(Real* dx, Real* dy, const Real* x, const Real*, std::size_t rows, Output,
                const Pass& pass) const override {
    if (dx == nullptr) return;
    const Real* shared = pass.training && trainable_ ? pass.shared : nullptr;
    ActiveKernels().batch_norm_gradient(dx, dy, x, rows, inputs_, View(pass),
                                        shared ? shared + 2 * inputs_ : nullptr,
                                        Real(1) / static_cast<Real>(pass.batch_rows));
  }

  void Gradient(Real* grad, const BatchView& batch, std::size_t tensor, std::size_t, std::size_t, Real alpha,
                Real beta) const override {
    // Sums over the batch that Backward needed, too: of dy, and of dy * normalised x.
    const Real* sums = batch.shared + (static_cast<int>(tensor) == beta_ ? 2 : 3) * inputs_;
    for (std::size_t j = 0; j < inputs_; ++j) {
      grad[j] = alpha * sums[j] + (beta == 0 ? Real(0) : beta * grad[j]);
    }
  }

  void AddForward(double* sums, const Real* x, std::size_t rows) const override {
    ActiveKernels().column_moments(sums, x, rows, inputs_);
  }

  void AddBackward(double* sums, const Real* dy, const Real* x, std::size_t rows,
                   const Real* shared) const override {
    ActiveKernels().column_correlations(sums, dy, x, shared, rows, inputs_);
  }

  // shared: mean, variance, sum of dy, sum of dy * normalised x.
  void AgreeForward(Real* shared, const double* sums, std::size_t batch_rows) const override {
    const auto n = static_cast<double>(batch_rows);
    for (std::size_t j = 0; j < inputs_; ++j) {
      const double mean = sums[j] / n;
      shared[j] = static_cast<Real>(mean);
      shared[inputs_ + j] = static_cast<Real>(std::max(0.0, sums[inputs_ + j] / n - mean * mean));
    }
  }

  void AgreeBackward(Real* shared, const double* sums) const override {
    for (std::size_t j = 0; j < inputs_; ++j) {
      const double deviation = std::sqrt(static_cast<double>(shared[inputs_ + j]) + epsilon_);
      shared[2 * inputs_ + j] = static_cast<Real>(sums[j]);
      shared[3 * inputs_ + j] = static_cast<Real>(sums[inputs_ + j] / deviation);
    }
  }

  void Move(Real* numbers, const BatchView& batch, std::size_t tensor) const override {
    const Real* of_batch = batch.shared + (static_cast<int>(tensor) == mean_ ? 0 : inputs_);
    for (std::size_t j = 0; j < inputs_; ++j) numbers[j] = momentum_ * numbers[j] + rest_ * of_batch[j];
  }

 private:
  BatchNorm View(const Pass& pass) const {
    const bool of_batch = pass.training && trainable_;
    return {of_batch ? pass.shared : Part(pass.weights, mean_),
            of_batch ? pass.shared + inputs_ : Part(pass.weights, variance_), Part(pass.weights, gamma_),
            Part(pass.weights, beta_), epsilon_};
  }

  const Real* Part(const Real* weights, int tensor) const {
    return tensor < 0 ? nullptr : weights + tensors_[static_cast<std::size_t>(tensor)].offset;
  }

  Real momentum_, rest_, epsilon_;
  std::size_t inputs_;
  bool trainable_;
  int gamma_ = -1, beta_ = -1, mean_ = -1, variance_ = -1;  // tensors; -1 where there is no such
};

}  // namespace

std::unique_ptr<Layer> MakeBatchNormalization(const BatchNormalizationSpec& spec, std::size_t inputs,
                                              std::size_t offset, bool trainable) {
  return std::make_unique<BatchNormalization>(spec, inputs, offset, trainable);
}

}  // namespace mlp
