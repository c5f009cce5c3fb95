#include "train/metrics.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "math/error.h"
#include "math/kernels.h"

namespace mlp {
namespace {

std::size_t Largest(const Real* row, std::size_t n) {
  return static_cast<std::size_t>(std::max_element(row, row + n) - row);
}

bool NeedsValues(MetricKind kind) { return kind != MetricKind::kSparseCategoricalAccuracy; }

}  // namespace

MetricKind MetricFromName(std::string_view name) {
  if (name == "binaryAccuracy") return MetricKind::kBinaryAccuracy;
  if (name == "categoricalAccuracy") return MetricKind::kCategoricalAccuracy;
  if (name == "sparseCategoricalAccuracy") return MetricKind::kSparseCategoricalAccuracy;
  if (name == "meanSquaredError") return MetricKind::kMeanSquaredError;
  if (name == "meanAbsoluteError") return MetricKind::kMeanAbsoluteError;
  throw Error("ERR_ARGUMENT", "The core has no metric named \"" + std::string(name) + "\".");
}

Metrics::Metrics(std::vector<MetricKind> kinds, const Loss& loss, const ActivationSpec& last,
                 bool from_logits)
    : kinds_(std::move(kinds)),
      outputs_(loss.outputs()),
      columns_(loss.target_columns()),
      last_(last),
      logits_(loss.reads() == Layer::Output::kLogits),
      threshold_0_((logits_ && last.kind == Activation::kSigmoid) || from_logits || loss.reads_signs()) {
  for (const MetricKind kind : kinds_) {
    if (NeedsValues(kind) == loss.reads_classes()) {
      throw Error("ERR_ARGUMENT", "A metric does not fit the loss's kind of targets.");
    }
  }
}

// A row scores the mean over its targets of f(output, target); there may be more outputs than targets.
template <typename F>
double Metrics::SumOfMeans(const Real* y, const Real* target, std::size_t rows, F f) const {
  double sum = 0;
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t j = 0; j < columns_; ++j) sum += f(y[r * outputs_ + j], target[r * columns_ + j]);
  }
  return sum / static_cast<double>(columns_);
}

void Metrics::Add(double* sums, const Real* y, const Targets& targets, std::size_t rows,
                  Vector& scratch) const {
  const Real threshold = threshold_0_ ? Real(0) : Real(0.5);
  for (std::size_t k = 0; k < kinds_.size(); ++k) {
    switch (kinds_[k]) {
      case MetricKind::kBinaryAccuracy:
        sums[k] += SumOfMeans(threshold_0_ ? y : Activated(y, rows, scratch), targets.values, rows,
                              [threshold](Real output, Real target) {
                                return (output > threshold) == (target > Real(0.5)) ? 1.0 : 0.0;
                              });
        break;
      case MetricKind::kCategoricalAccuracy:
        for (std::size_t r = 0; r < rows; ++r) {
          const Real* target = targets.values + r * outputs_;
          sums[k] += Largest(y + r * outputs_, outputs_) == Largest(target, outputs_) ? 1 : 0;
        }
        break;
      case MetricKind::kSparseCategoricalAccuracy:
        for (std::size_t r = 0; r < rows; ++r) {
          sums[k] +=
              Largest(y + r * outputs_, outputs_) == static_cast<std::size_t>(targets.classes[r]) ? 1 : 0;
        }
        break;
      case MetricKind::kMeanSquaredError:
        sums[k] +=
            SumOfMeans(Activated(y, rows, scratch), targets.values, rows,
                       [](double output, double target) { return (output - target) * (output - target); });
        break;
      case MetricKind::kMeanAbsoluteError:
        sums[k] += SumOfMeans(Activated(y, rows, scratch), targets.values, rows,
                              [](double output, double target) { return std::abs(output - target); });
        break;
    }
  }
}

const Real* Metrics::Activated(const Real* y, std::size_t rows, Vector& scratch) const {
  if (!logits_) return y;
  scratch.resize(std::max(scratch.size(), rows * outputs_));
  std::copy_n(y, rows * outputs_, scratch.data());
  ActiveKernels().bias_activation(scratch.data(), nullptr, rows, outputs_, last_.kind, last_.alpha);
  return scratch.data();
}

}  // namespace mlp
