#include <algorithm>
#include <cmath>

#include "math/kernels.h"
#include "nn/layers.h"

namespace mlp {
namespace {

// y = (x - mean) / sqrt(variance + epsilon) * gamma + beta for each input, with the batch's mean and variance
// in training and the moving ones in inference. The moving variance is divided by n, as in Keras (PyTorch
// divides by n - 1).
class BatchNormalization final : public Layer, public BatchStatistics {
 public:
  BatchNormalization(const BatchNormalizationSpec& spec, std::size_t inputs, std::size_t offset,
                     bool trainable)
      : momentum_(static_cast<Real>(spec.momentum)),
        update_weight_(static_cast<Real>(1 - spec.momentum)),
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
  const BatchStatistics* batch_statistics() const override { return trainable_ ? this : nullptr; }

  void Forward(Real* y, const Real* x, std::size_t rows, Output, const Pass& pass) const override {
    ActiveKernels().batch_norm(y, x, rows, inputs_, View(pass));
  }

  void Backward(Real* dx, Real* dy, const Real* x, const Real*, std::size_t rows, Output,
                const Pass& pass) const override {
    if (dx == nullptr) return;
    const Real* statistics = pass.training && trainable_ ? pass.statistics : nullptr;
    ActiveKernels().batch_norm_gradient(dx, dy, x, rows, inputs_, View(pass),
                                        statistics ? statistics + 2 * inputs_ : nullptr,
                                        Real(1) / static_cast<Real>(pass.batch_rows));
  }

  void Gradient(Real* grad, const BatchView& batch, std::size_t tensor, std::size_t, std::size_t, Real alpha,
                Real beta) const override {
    const Real* sums = batch.statistics + (static_cast<int>(tensor) == beta_ ? 2 : 3) * inputs_;
    for (std::size_t j = 0; j < inputs_; ++j) {
      grad[j] = alpha * sums[j] + (beta == 0 ? Real(0) : beta * grad[j]);
    }
  }

  std::size_t sum_count() const override { return 2 * inputs_; }
  // For each input: the mean and the variance of x, the sum of dy, the sum of dy * normalised x.
  std::size_t statistic_count() const override { return 4 * inputs_; }

  void AddForward(double* sums, const Real* x, std::size_t rows) const override {
    ActiveKernels().column_moments(sums, x, rows, inputs_);
  }

  void AddBackward(double* sums, const Real* dy, const Real* x, std::size_t rows,
                   const Real* statistics) const override {
    ActiveKernels().column_correlations(sums, dy, x, statistics, rows, inputs_);
  }

  void FinishForward(Real* statistics, const double* sums, std::size_t batch_rows) const override {
    const auto n = static_cast<double>(batch_rows);
    for (std::size_t j = 0; j < inputs_; ++j) {
      const double mean = sums[j] / n;
      statistics[j] = static_cast<Real>(mean);
      statistics[inputs_ + j] = static_cast<Real>(std::max(0.0, sums[inputs_ + j] / n - mean * mean));
    }
  }

  void FinishBackward(Real* statistics, const double* sums) const override {
    for (std::size_t j = 0; j < inputs_; ++j) {
      const double deviation = std::sqrt(static_cast<double>(statistics[inputs_ + j]) + epsilon_);
      statistics[2 * inputs_ + j] = static_cast<Real>(sums[j]);
      statistics[3 * inputs_ + j] = static_cast<Real>(sums[inputs_ + j] / deviation);
    }
  }

  void UpdateMoving(Real* numbers, const BatchView& batch, std::size_t tensor) const override {
    const Real* of_batch = batch.statistics + (static_cast<int>(tensor) == mean_ ? 0 : inputs_);
    for (std::size_t j = 0; j < inputs_; ++j)
      numbers[j] = momentum_ * numbers[j] + update_weight_ * of_batch[j];
  }

 private:
  BatchNorm View(const Pass& pass) const {
    const bool of_batch = pass.training && trainable_;
    return {of_batch ? pass.statistics : NumbersOf(pass.weights, mean_),
            of_batch ? pass.statistics + inputs_ : NumbersOf(pass.weights, variance_),
            NumbersOf(pass.weights, gamma_), NumbersOf(pass.weights, beta_), epsilon_};
  }

  const Real* NumbersOf(const Real* weights, int tensor) const {
    return tensor < 0 ? nullptr : weights + tensors_[static_cast<std::size_t>(tensor)].offset;
  }

  Real momentum_, update_weight_, epsilon_;
  std::size_t inputs_;
  bool trainable_;
  int gamma_ = -1, beta_ = -1, mean_ = -1, variance_ = -1;  // numbers of tensors; -1: none
};

}  // namespace

std::unique_ptr<Layer> MakeBatchNormalization(const BatchNormalizationSpec& spec, std::size_t inputs,
                                              std::size_t offset, bool trainable) {
  return std::make_unique<BatchNormalization>(spec, inputs, offset, trainable);
}

}  // namespace mlp
