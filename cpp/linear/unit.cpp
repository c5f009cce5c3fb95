#include "linear/unit.h"

#include <algorithm>
#include <cmath>

#include "math/kernels.h"

namespace mlp {
namespace {

constexpr double kSteepest = 1e12;    // bound on slopes
constexpr double kLeastScale = 1e-9;  // below it the numbers of v would become too large

bool HasL1(Penalty penalty) { return penalty == Penalty::kL1 || penalty == Penalty::kElasticNet; }
bool HasL2(Penalty penalty) { return penalty == Penalty::kL2 || penalty == Penalty::kElasticNet; }
bool PassiveAggressive(LinearRate rate) { return rate == LinearRate::kPa1 || rate == LinearRate::kPa2; }

// Bottou's heuristic for t0 of the rate 1 / (alpha (t0 + t)): the first rate suits weights of the size
// sqrt(1 / sqrt(alpha)).
double OptimalStart(const RowLoss& loss, double alpha) {
  const double typical = std::sqrt(1 / std::sqrt(alpha));
  return std::max(1.0, loss.Slope(1, -typical)) / (typical * alpha);
}

}  // namespace

LinearUnit::LinearUnit(const LinearSpec& spec, const UnitState& from, double steps)
    : spec_(spec),
      loss_(spec),
      l1_ratio_(spec.penalty == Penalty::kL1   ? 1
                : spec.penalty == Penalty::kL2 ? 0
                                               : spec.l1_ratio),
      steps_(steps),
      v_(from.weights.begin(), from.weights.end()),
      intercept_(from.intercept),
      applied_l1_(HasL1(spec.penalty) ? v_.size() : 0, 0.0),
      gradient_(spec.batch > 0 ? v_.size() : 0, 0.0) {
  for (const double weight : v_) {
    squares_ += weight * weight;
    absolutes_ += std::abs(weight);
  }
  if (spec.average > 0) {
    u_.assign(from.average_weights.begin(), from.average_weights.end());
    average_intercept_ = from.average_intercept;
  }
  if (spec.rate == LinearRate::kOptimal) optimal_start_ = OptimalStart(loss_, spec.alpha);
}

void LinearUnit::BeginEpoch(double rate) {
  rate_ = rate;
  sums_ = {};
}

double LinearUnit::Score(const double* x) const {
  return scale_ * ActiveKernels().wide_dot(v_.data(), x, v_.size()) + intercept_;
}

void LinearUnit::Learn(const double* x, double y, double weight) {
  if (spec_.batch > 0) return GatherGradient(x, y, weight);
  const double score = Score(x);
  const double loss = loss_.Value(y, score);
  if (spec_.rate == LinearRate::kOptimal) rate_ = 1 / (spec_.alpha * (optimal_start_ + steps_ - 1));
  if (spec_.rate == LinearRate::kInvScaling) rate_ = spec_.eta0 / std::pow(steps_, spec_.power_t);
  AddToObjective(loss);
  double step = 0;
  if (PassiveAggressive(spec_.rate)) {
    bool skip = false;
    step = PassiveAggressiveStep(x, y, loss, score, skip);
    if (skip) return;
  } else {
    step = -rate_ * std::clamp(loss_.Slope(y, score), -kSteepest, kSteepest);
  }
  step *= weight;
  if (HasL2(spec_.penalty)) {
    // Too large a rate sets the weights to 0 rather than change their signs.
    const double keep = std::max(0.0, 1 - (1 - l1_ratio_) * rate_ * spec_.alpha);
    scale_ *= keep;
    squares_ *= keep * keep;
    absolutes_ *= keep;
    if (scale_ < kLeastScale) Fold();
  }
  if (step != 0) {
    const WideNorms norms = ActiveKernels().wide_add(v_.data(), x, v_.size(), step / scale_);
    squares_ = norms.squares * scale_ * scale_;
    absolutes_ = norms.absolutes * scale_;
    if (spec_.fit_intercept) intercept_ += step;
  }
  if (spec_.average > 0 && static_cast<double>(spec_.average) <= steps_) Average(x, step);
  if (HasL1(spec_.penalty)) {
    total_l1_ += l1_ratio_ * rate_ * spec_.alpha;
    ActiveKernels().wide_truncate(v_.data(), applied_l1_.data(), v_.size(), total_l1_, scale_);
  }
  ++steps_;
}

void LinearUnit::AddToObjective(double loss) {
  sums_.loss += loss;
  sums_.objective += loss;
  sums_.weight += 1;
  if (spec_.penalty == Penalty::kNone || PassiveAggressive(spec_.rate)) return;
  sums_.objective += spec_.alpha * ((1 - l1_ratio_) / 2 * squares_ + l1_ratio_ * absolutes_);
}

// Crammer et al. 2006, equations 4 and 10. A row of zeros cannot be learned from: PA-I skips it.
double LinearUnit::PassiveAggressiveStep(const double* x, double y, double loss, double score,
                                         bool& skip) const {
  const double length = ActiveKernels().wide_squares(x, v_.size());
  skip = spec_.rate == LinearRate::kPa1 && length == 0;
  if (skip) return 0;
  const double step = spec_.rate == LinearRate::kPa1 ? std::min(spec_.eta0, loss / length)
                                                     : loss / (length + 0.5 / spec_.eta0);
  if (spec_.loss == LinearLoss::kHinge || spec_.loss == LinearLoss::kPerceptron) return step * y;
  return y < score ? -step : step;
}

void LinearUnit::Average(const double* x, double step) {
  const double weight = 1 / (steps_ - static_cast<double>(spec_.average) + 1);
  ActiveKernels().wide_add(u_.data(), x, u_.size(), -a_ * step / scale_);
  if (weight < 1) b_ /= 1 - weight;
  a_ += weight * b_ * scale_;
  average_intercept_ += (intercept_ - average_intercept_) * weight;
}

void LinearUnit::Fold() {
  for (std::size_t j = 0; j < u_.size(); ++j) u_[j] = (u_[j] + a_ * v_[j]) / b_;
  a_ = 0;
  b_ = 1;
  for (double& weight : v_) weight *= scale_;
  scale_ = 1;
}

// Widrow and Hoff 1960: the error is that of the weighted sum itself, before any threshold.
void LinearUnit::GatherGradient(const double* x, double y, double weight) {
  const double score = Score(x);
  const double loss = weight * loss_.Value(y, score);
  sums_.loss += loss;
  sums_.objective += loss;
  sums_.weight += weight;
  const double slope = weight * loss_.Slope(y, score);
  ActiveKernels().wide_add(gradient_.data(), x, gradient_.size(), slope);
  intercept_gradient_ += slope;
  ++steps_;
  if (++gathered_ == spec_.batch) StepAlongGradient();
}

void LinearUnit::StepAlongGradient() {
  const double step = -rate_ / static_cast<double>(gathered_);
  for (std::size_t j = 0; j < v_.size(); ++j) v_[j] += step * gradient_[j];
  if (spec_.fit_intercept) intercept_ += step * intercept_gradient_;
  std::fill(gradient_.begin(), gradient_.end(), 0.0);
  intercept_gradient_ = 0;
  gathered_ = 0;
}

void LinearUnit::EndEpoch() {
  if (gathered_ > 0) StepAlongGradient();
}

void LinearUnit::Read(const UnitState& to) const {
  for (std::size_t j = 0; j < v_.size(); ++j) to.weights[j] = scale_ * v_[j];
  to.intercept = intercept_;
  for (std::size_t j = 0; j < u_.size(); ++j) to.average_weights[j] = (u_[j] + a_ * v_[j]) / b_;
  to.average_intercept = average_intercept_;
}

bool LinearUnit::Finite() const {
  double sum = 0 * intercept_;
  for (const double weight : v_) sum += 0 * weight;
  return sum == 0;
}

}  // namespace mlp
