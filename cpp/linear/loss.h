#ifndef PERCEPTRA_LINEAR_LOSS_H_
#define PERCEPTRA_LINEAR_LOSS_H_

#include "linear/spec.h"

namespace mlp {

// The loss of a linear model for one row, as in scikit-learn: p is the weighted sum, y the target. For
// classes y is 1 or -1, for the log loss 1 or 0.
class RowLoss {
 public:
  explicit RowLoss(const LinearSpec& spec) : loss_(spec.loss), epsilon_(spec.epsilon) {}

  double Value(double y, double p) const;
  // d Value / dp
  double Slope(double y, double p) const;
  // The target y of rows that are not of the unit's class.
  double negative() const { return loss_ == LinearLoss::kLog ? 0 : -1; }

 private:
  LinearLoss loss_;
  double epsilon_;
};

}  // namespace mlp

#endif  // PERCEPTRA_LINEAR_LOSS_H_
