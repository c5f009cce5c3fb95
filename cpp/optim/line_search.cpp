#include "optim/line_search.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

namespace mlp {
namespace {

// Bounds on the growth from one trial step to the next.
constexpr double kLeastGrowth = 1.1, kMostGrowth = 4;
// An interval that did not shrink to this fraction in two trials is halved. Also the farthest that a trial
// may lie on the way to the other end.
constexpr double kShrink = 0.66;

struct Fraction {
  double distance;  // as a fraction of the way from one point to the other
  bool turns;       // the cubic has a minimum
};

// The minimum of the cubic through two values and slopes (Nocedal and Wright 2006, eq. 3.59), scaled against
// overflow.
Fraction CubicMinimum(const LinePoint& from, const LinePoint& to) {
  const double theta = 3 * (from.value - to.value) / (to.step - from.step) + from.slope + to.slope;
  const double scale = std::max({std::abs(theta), std::abs(from.slope), std::abs(to.slope)});
  const double square = theta / scale * (theta / scale) - from.slope / scale * (to.slope / scale);
  double gamma = scale * std::sqrt(std::max(0.0, square));
  if (to.step < from.step) gamma = -gamma;
  return {(gamma - from.slope + theta) / (gamma - from.slope + gamma + to.slope), gamma != 0};
}

double Between(const LinePoint& from, const LinePoint& to, double fraction) {
  return from.step + fraction * (to.step - from.step);
}

// Of the parabola through two values and the first slope.
double ParabolaMinimum(const LinePoint& from, const LinePoint& to) {
  const double secant = (from.value - to.value) / (to.step - from.step);
  return Between(from, to, from.slope / (secant + from.slope) / 2);
}

// Where the line through two slopes is 0.
double SecantZero(const LinePoint& from, const LinePoint& to) {
  return Between(from, to, from.slope / (from.slope - to.slope));
}

bool Closer(double a, double b, double to) { return std::abs(a - to) < std::abs(b - to); }

// The point relative to the line of sufficient decrease (the paper's section 2).
LinePoint Tilt(const LinePoint& point, double slope) {
  return {point.step, point.value - point.step * slope, point.slope - slope};
}

}  // namespace

void LineSearch::Start(double value, double slope, double first_step) {
  *this = LineSearch();
  start_ = best_ = other_ = {0, value, slope};
  step_ = std::min(first_step, limit_);
  most_ = step_ + kMostGrowth * step_;
  width_ = limit_;
  width_before_ = 2 * width_;
}

LineSearch::Status LineSearch::Tell(double value, double slope) {
  const LinePoint trial{step_, value, slope};
  if (!std::isfinite(value) || !std::isfinite(slope)) {
    // The function is not defined here: later steps are shorter.
    step_ = Between(best_, trial, 0.1);
    limit_ = Between(best_, trial, 0.5);
    if (!bracketed_) {
      least_ = best_.step;
      most_ = limit_;
    }
    return step_ != best_.step ? Status::kEvaluate : Status::kStuck;
  }
  const double decrease = kDecrease * start_.slope;
  const double enough = start_.value + trial.step * decrease;
  if (value <= enough && std::abs(slope) <= -kCurvature * start_.slope) return Status::kFound;
  if (Exhausted() || (trial.step == limit_ && value <= enough && slope <= decrease)) return Status::kStuck;
  // First stage: until a step has decreased the value enough and the slope is not negative.
  if (decreasing_ && value <= enough && slope >= 0) decreasing_ = false;
  if (decreasing_ && value <= best_.value && value > enough) {
    best_ = Tilt(best_, decrease);
    other_ = Tilt(other_, decrease);
    step_ = NextStep(Tilt(trial, decrease));
    best_ = Tilt(best_, -decrease);
    other_ = Tilt(other_, -decrease);
  } else {
    step_ = NextStep(trial);
  }
  Narrow();
  return Status::kEvaluate;
}

// The paper's section 4: a safeguarded step from the best point, the other end and the trial. Updates the
// interval.
double LineSearch::NextStep(const LinePoint& trial) {
  const bool turned = (trial.slope < 0) != (best_.slope < 0) && trial.slope != 0;
  double next;
  if (trial.value > best_.value) {
    // Higher: the minimum lies between. The cubic's where it is closer to the best point, else halfway.
    const double cubic = Between(best_, trial, CubicMinimum(best_, trial).distance);
    const double parabola = ParabolaMinimum(best_, trial);
    next = Closer(cubic, parabola, best_.step) ? cubic : cubic + (parabola - cubic) / 2;
    bracketed_ = true;
  } else if (turned) {
    // Lower, with a slope the other way: the minimum lies between. The one farther from the trial.
    const double cubic = Between(trial, best_, CubicMinimum(trial, best_).distance);
    const double secant = SecantZero(trial, best_);
    next = Closer(secant, cubic, trial.step) ? cubic : secant;
    bracketed_ = true;
  } else if (std::abs(trial.slope) < std::abs(best_.slope)) {
    // Lower and flatter: the cubic's minimum is of use only beyond the trial.
    const Fraction fraction = CubicMinimum(trial, best_);
    const double secant = SecantZero(trial, best_);
    const double end = trial.step > best_.step ? most_ : least_;
    const double cubic =
        fraction.distance < 0 && fraction.turns ? Between(trial, best_, fraction.distance) : end;
    if (bracketed_) {
      next = Closer(cubic, secant, trial.step) ? cubic : secant;
      const double farthest = Between(trial, other_, kShrink);
      next = trial.step > best_.step ? std::min(farthest, next) : std::max(farthest, next);
    } else {
      next = std::clamp(Closer(secant, cubic, trial.step) ? cubic : secant, least_, most_);
    }
  } else if (bracketed_) {
    // Lower and no flatter, with the minimum between the trial and the other end.
    next = Between(trial, other_, CubicMinimum(trial, other_).distance);
  } else {
    next = trial.step > best_.step ? most_ : least_;
  }
  if (trial.value > best_.value) {
    other_ = trial;
  } else {
    if (turned) other_ = best_;
    best_ = trial;
  }
  return next;
}

// Whether the interval is too narrow for a better step.
bool LineSearch::Exhausted() const {
  return bracketed_ && (step_ <= least_ || step_ >= most_ || most_ - least_ <= kWidth * most_);
}

// Bounds the next trial. If there is nothing left to find, the next trial is the best point again.
void LineSearch::Narrow() {
  if (bracketed_) {
    const double width = std::abs(other_.step - best_.step);
    if (width >= kShrink * width_before_) step_ = Between(best_, other_, 0.5);
    width_before_ = std::exchange(width_, width);
    std::tie(least_, most_) = std::minmax({best_.step, other_.step});
  } else {
    least_ = step_ + kLeastGrowth * (step_ - best_.step);
    most_ = step_ + kMostGrowth * (step_ - best_.step);
  }
  step_ = std::clamp(step_, 0.0, limit_);
  if (Exhausted()) step_ = best_.step;
}

}  // namespace mlp
