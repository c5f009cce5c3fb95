#ifndef PERCEPTRA_TRAIN_METRICS_H_
#define PERCEPTRA_TRAIN_METRICS_H_

#include <cstddef>
#include <string_view>
#include <vector>

#include "math/aligned.h"
#include "nn/loss.h"

namespace mlp {

enum class MetricKind {
  kBinaryAccuracy,
  kCategoricalAccuracy,
  kSparseCategoricalAccuracy,
  kMeanSquaredError,
  kMeanAbsoluteError
};

MetricKind MetricFromName(std::string_view name);

// The metrics of a model, as sums over rows of each row's score.
class Metrics {
 public:
  // Throws Error("ERR_ARGUMENT") for a metric that needs targets of another kind than `loss` reads.
  Metrics(std::vector<MetricKind> kinds, const Loss& loss, const ActivationSpec& last, bool from_logits);

  std::size_t count() const { return kinds_.size(); }

  // Adds each metric's sum over the rows to sums[0 .. count).
  void Add(double* sums,
           const Real* y,  // (rows, outputs), as the loss reads them
           const Targets& targets, std::size_t rows, Vector& scratch) const;

 private:
  template <typename F>
  double SumOfMeans(const Real* y, const Real* target, std::size_t rows, F f) const;
  const Real* Activated(const Real* y, std::size_t rows, Vector& scratch) const;

  std::vector<MetricKind> kinds_;
  std::size_t outputs_, columns_;  // of outputs, and of targets
  ActivationSpec last_;
  bool logits_;       // y are logits
  bool threshold_0_;  // a binary output above 0 (not above 1/2) predicts class 1
};

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_METRICS_H_
