#ifndef PERCEPTRA_LINEAR_UNIT_H_
#define PERCEPTRA_LINEAR_UNIT_H_

#include <cstddef>
#include <span>

#include "linear/loss.h"
#include "linear/spec.h"
#include "math/aligned.h"

namespace mlp {

using DoubleVector = AlignedVector<double>;

// The numbers of a unit: spans of its row in flat tables.
struct UnitState {
  std::span<double> weights;  // (features)
  double& intercept;
  std::span<double> average_weights;  // (features), read and written with averaging alone
  double& average_intercept;
};

// Sums over an epoch, each row's taken before its step.
struct UnitSums {
  double loss = 0;
  double objective = 0;  // with the penalty of each row's moment
  double weight = 0;     // of the rows, with steps along mean gradients; else their number
};

// One weighted sum of the inputs, w x + b in double precision, that learns row by row with scikit-learn's
// exact arithmetic: w is held as scale * v, so that a decay is one product (Bottou 2012, "Stochastic Gradient
// Descent Tricks"), the average of all w as (u + a v) / b, and l1 is taken off cumulatively (Tsuruoka, Tsujii
// and Ananiadou 2009).
class LinearUnit {
 public:
  // `spec` must outlive the unit; `steps` is 1 + the steps ever taken.
  LinearUnit(const LinearSpec& spec, const UnitState& from, double steps);

  void BeginEpoch(double rate);
  // One row: x (features), target y as RowLoss takes it, and the weight of the row's step.
  void Learn(const Real* x, double y, double weight);
  // Takes the step that a last, short batch has left.
  void EndEpoch();

  void Read(const UnitState& to) const;
  bool Finite() const;
  const UnitSums& sums() const { return sums_; }
  double negative() const { return loss_.negative(); }

 private:
  double Score(const Real* x) const;
  void AddToObjective(double loss);
  double PassiveAggressiveStep(const Real* x, double y, double loss, double score, bool& skip) const;
  void Average(const Real* x, double step);
  void Fold();  // brings the scale back to 1
  void GatherGradient(const Real* x, double y, double weight);
  void StepAlongGradient();

  const LinearSpec& spec_;
  RowLoss loss_;
  double l1_ratio_;           // as the penalty has it
  double optimal_start_ = 0;  // t0 of kOptimal
  double rate_ = 0;
  double steps_ = 1;  // t: one more than the rows that were learned from
  DoubleVector v_;
  double scale_ = 1;
  double intercept_ = 0;
  double squares_ = 0, absolutes_ = 0;  // norms of w, but for what l1 took off since the last step
  DoubleVector u_;
  double a_ = 0, b_ = 1;
  double average_intercept_ = 0;
  double due_ = 0;      // l1 that every weight should have lost so far
  DoubleVector taken_;  // l1 that each weight has lost, with its sign
  DoubleVector gradient_;
  double intercept_gradient_ = 0;
  std::size_t gathered_ = 0;
  UnitSums sums_;
};

}  // namespace mlp

#endif  // PERCEPTRA_LINEAR_UNIT_H_
