#include "linear/loss.h"

#include <algorithm>
#include <cmath>

namespace mlp {
namespace {

double Square(double x) { return x * x; }

}  // namespace

double RowLoss::Value(double y, double p) const {
  const double margin = y * p, error = p - y, beyond = std::max(0.0, std::abs(error) - epsilon_);
  switch (loss_) {
    case LinearLoss::kHinge:
      return std::max(0.0, 1 - margin);
    case LinearLoss::kSquaredHinge:
      return Square(std::max(0.0, 1 - margin));
    case LinearLoss::kLog:  // log(1 + e^p) - y p without an overflow
      return std::max(p, 0.0) + std::log1p(std::exp(-std::abs(p))) - margin;
    case LinearLoss::kModifiedHuber:  // Zhang 2004
      return margin >= -1 ? Square(std::max(0.0, 1 - margin)) : -4 * margin;
    case LinearLoss::kPerceptron:
      return std::max(0.0, -margin);
    case LinearLoss::kSquaredError:
      return Square(error) / 2;
    case LinearLoss::kHuber:  // Huber 1964
      return std::abs(error) <= epsilon_ ? Square(error) / 2 : epsilon_ * (std::abs(error) - epsilon_ / 2);
    case LinearLoss::kEpsilonInsensitive:
      return beyond;
    case LinearLoss::kSquaredEpsilonInsensitive:
      return Square(beyond);
  }
  return 0;
}

double RowLoss::Slope(double y, double p) const {
  const double margin = y * p, error = p - y, beyond = std::abs(error) - epsilon_;
  switch (loss_) {
    case LinearLoss::kHinge:
      return margin <= 1 ? -y : 0;
    case LinearLoss::kSquaredHinge:
      return margin < 1 ? -2 * y * (1 - margin) : 0;
    case LinearLoss::kLog:
      return 1 / (1 + std::exp(-p)) - y;
    case LinearLoss::kModifiedHuber:
      return margin >= 1 ? 0 : margin >= -1 ? -2 * y * (1 - margin) : -4 * y;
    case LinearLoss::kPerceptron:
      return margin <= 0 ? -y : 0;
    case LinearLoss::kSquaredError:
      return error;
    case LinearLoss::kHuber:
      return std::clamp(error, -epsilon_, epsilon_);
    case LinearLoss::kEpsilonInsensitive:
      return beyond > 0 ? std::copysign(1.0, error) : 0;
    case LinearLoss::kSquaredEpsilonInsensitive:
      return beyond > 0 ? std::copysign(2 * beyond, error) : 0;
  }
  return 0;
}

}  // namespace mlp
