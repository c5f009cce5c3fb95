#include "optim/lbfgs.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

namespace mlp {
namespace {

// Several partial sums, so that compilers vectorise the loop.
double Dot(const double* a, const double* b, std::size_t n) {
  constexpr std::size_t kLanes = 8;
  double lanes[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (std::size_t k = 0; k < kLanes; ++k) lanes[k] += a[i + k] * b[i + k];
  }
  double sum = 0;
  for (const double lane : lanes) sum += lane;
  for (; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

// y += factor * x
void Add(std::vector<double>& y, double factor, const double* x) {
  for (std::size_t i = 0; i < y.size(); ++i) y[i] += factor * x[i];
}

double Largest(const std::vector<double>& x) {
  double largest = 0;
  for (const double number : x) largest = std::max(largest, std::abs(number));
  return largest;
}

bool Finite(const std::vector<double>& x) {
  return std::all_of(x.begin(), x.end(), [](double number) { return std::isfinite(number); });
}

}  // namespace

Lbfgs::Lbfgs(std::size_t n, const LbfgsOptions& options) : n_(n), options_(options) {
  state_.best.resize(n);
  state_.gradient.resize(n);
  // Memory is allocated here and in Restore; Tell allocates nothing.
  state_.steps.reserve(options.history * n);
  state_.differences.reserve(options.history * n);
  direction_.resize(n);
  trial_gradient_.resize(n);
  weights_of_pairs_.resize(options.history);
  curvatures_.reserve(options.history);
  point_.resize(n);
  best_rounded_.resize(n);
}

void Lbfgs::Start(std::span<const Real> w) {
  std::copy(w.begin(), w.end(), point_.begin());
  std::copy(w.begin(), w.end(), best_rounded_.begin());
  std::copy(w.begin(), w.end(), state_.best.begin());
  state_.iterations = 0;
  DropPairs();
  begun_ = false;
}

Lbfgs::Status Lbfgs::Tell(double loss, std::span<const Real> gradient) {
  std::copy(gradient.begin(), gradient.end(), trial_gradient_.begin());
  trial_loss_ = loss;
  if (!begun_) {
    if (!std::isfinite(loss) || !Finite(trial_gradient_)) return Status::kFailed;
    begun_ = true;
    state_.loss = loss;
    std::swap(state_.gradient, trial_gradient_);
    if (largest_gradient() <= options_.gradient_tolerance) return Status::kConverged;
    BeginIteration();
    return Status::kEvaluate;
  }
  ++evaluations_;
  switch (search_.Tell(loss, Dot(trial_gradient_.data(), direction_.data(), n_))) {
    case LineSearch::Status::kFound:
      return EndIteration();
    case LineSearch::Status::kStuck:
      return loss < state_.loss && Finite(trial_gradient_) ? EndIteration() : GiveUp();
    case LineSearch::Status::kEvaluate:
      break;
  }
  if (evaluations_ >= options_.line_search_steps) return GiveUp();
  SetPoint();
  return Status::kEvaluate;
}

double Lbfgs::largest_gradient() const { return Largest(state_.gradient); }

void Lbfgs::BeginIteration() {
  SetDirection();
  double slope = Dot(state_.gradient.data(), direction_.data(), n_);
  if (!(slope < 0) && pairs() > 0) {  // by rounding alone
    DropPairs();
    SetDirection();
    slope = Dot(state_.gradient.data(), direction_.data(), n_);
  }
  // Nothing is known of the function's scale at first: a step of length 1.
  const double first = pairs() > 0 ? 1 : 1 / std::sqrt(Dot(direction_.data(), direction_.data(), n_));
  search_.Start(state_.loss, slope, first);
  evaluations_ = 0;
  SetPoint();
}

// The rules of L-BFGS-B (Zhu, Byrd, Lu and Nocedal 1997): a small gradient, or a small relative decrease.
Lbfgs::Status Lbfgs::EndIteration() {
  const double before = std::exchange(state_.loss, trial_loss_);
  AddPair();
  std::copy(point_.begin(), point_.end(), best_rounded_.begin());
  std::copy(point_.begin(), point_.end(), state_.best.begin());
  std::swap(state_.gradient, trial_gradient_);
  ++state_.iterations;
  const double scale = std::max({std::abs(before), std::abs(state_.loss), 1.0});
  if (largest_gradient() <= options_.gradient_tolerance ||
      before - state_.loss <= options_.value_tolerance * scale) {
    return Status::kConverged;
  }
  BeginIteration();
  return Status::kIterationDone;
}

// A line search may fail because the pairs no longer describe the function: starts again without them, along
// the gradient.
Lbfgs::Status Lbfgs::GiveUp() {
  if (pairs() == 0) return Status::kFailed;
  DropPairs();
  BeginIteration();
  return Status::kEvaluate;
}

void Lbfgs::DropPairs() {
  state_.steps.clear();
  state_.differences.clear();
  curvatures_.clear();
}

// Keeps the step to the trial point and the change of the gradient over it, unless the curvature along it is
// not above 0 within rounding. Overwrites the direction, and the best point, which has moved.
void Lbfgs::AddPair() {
  std::vector<double>&step = state_.best, &difference = direction_;
  for (std::size_t i = 0; i < n_; ++i) step[i] = static_cast<double>(point_[i]) - step[i];
  std::transform(trial_gradient_.begin(), trial_gradient_.end(), state_.gradient.begin(), difference.begin(),
                 std::minus<>());
  const double along = Dot(state_.gradient.data(), step.data(), n_);
  const double curvature = Dot(step.data(), difference.data(), n_);
  if (options_.history == 0 || !(curvature > -std::numeric_limits<double>::epsilon() * along)) return;
  if (pairs() == options_.history) {
    const auto n = static_cast<std::ptrdiff_t>(n_);
    state_.steps.erase(state_.steps.begin(), state_.steps.begin() + n);
    state_.differences.erase(state_.differences.begin(), state_.differences.begin() + n);
    curvatures_.erase(curvatures_.begin());
  }
  state_.steps.insert(state_.steps.end(), step.begin(), step.end());
  state_.differences.insert(state_.differences.end(), difference.begin(), difference.end());
  curvatures_.push_back(curvature);
}

// Minus the pairs' approximation of the inverse Hessian times the gradient: the two loops of algorithm 7.4.
void Lbfgs::SetDirection() {
  std::transform(state_.gradient.begin(), state_.gradient.end(), direction_.begin(), std::negate<>());
  if (pairs() == 0) return;
  const auto step = [this](std::size_t k) { return state_.steps.data() + k * n_; };
  const auto difference = [this](std::size_t k) { return state_.differences.data() + k * n_; };
  for (std::size_t k = pairs(); k-- > 0;) {
    weights_of_pairs_[k] = Dot(step(k), direction_.data(), n_) / curvatures_[k];
    Add(direction_, -weights_of_pairs_[k], difference(k));
  }
  const std::size_t last = pairs() - 1;
  const double scale = curvatures_[last] / Dot(difference(last), difference(last), n_);
  for (double& number : direction_) number *= scale;
  for (std::size_t k = 0; k < pairs(); ++k) {
    const double beta = Dot(difference(k), direction_.data(), n_) / curvatures_[k];
    Add(direction_, weights_of_pairs_[k] - beta, step(k));
  }
}

void Lbfgs::SetPoint() {
  for (std::size_t i = 0; i < n_; ++i) {
    point_[i] = static_cast<Real>(state_.best[i] + search_.step() * direction_[i]);
  }
}

void Lbfgs::Restore(State state) {
  state_ = std::move(state);
  state_.steps.reserve(options_.history * n_);
  state_.differences.reserve(options_.history * n_);
  std::transform(state_.best.begin(), state_.best.end(), best_rounded_.begin(),
                 [](double number) { return static_cast<Real>(number); });
  curvatures_.clear();
  for (std::size_t k = 0; k < state_.steps.size() / n_; ++k) {
    curvatures_.push_back(Dot(state_.steps.data() + k * n_, state_.differences.data() + k * n_, n_));
  }
  begun_ = true;
  BeginIteration();
}

std::size_t Lbfgs::bytes() const {
  const std::size_t doubles = state_.best.size() + state_.gradient.size() + state_.steps.capacity() +
                              state_.differences.capacity() + direction_.size() + trial_gradient_.size();
  return doubles * sizeof(double) + (point_.size() + best_rounded_.size()) * sizeof(Real);
}

}  // namespace mlp
