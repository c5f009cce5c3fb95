#ifndef PERCEPTRA_LINEAR_UNIT_H_
#define PERCEPTRA_LINEAR_UNIT_H_

#include <cstddef>
#include <span>

#include "linear/loss.h"
#include "linear/spec.h"
#include "math/aligned.h"

namespace mlp {

using DoubleVector = AlignedVector<double>;

// The weights of one unit: spans of its rows in the tables of LinearState.
struct UnitState {
  std::span<double> weights;  // (features)
  double& intercept;
  std::span<double> average_weights;  // (features); only used with averaging
  double& average_intercept;
};

// Sums over an epoch; a row's loss is that before its step.
struct UnitSums {
  double loss = 0;
  double objective = 0;  // the loss and the penalty of the weights at each row
  double weight = 0;     // of the rows, with steps along mean gradients; else their number
};

// One weighted sum of the inputs, w x + b in double precision, that learns row by row with exactly
// scikit-learn's arithmetic: w is stored as scale * v, so that weight decay is one product (Bottou 2012,
// "Stochastic Gradient Descent Tricks"), the average of all w as (u + a v) / b, and the l1 penalty is
// cumulative (Tsuruoka, Tsujii and Ananiadou 2009).
class LinearUnit {
 public:
  // `spec` must outlive the unit; `steps` is 1 + the number of steps of all earlier runs.
  LinearUnit(const LinearSpec& spec, const UnitState& from, double steps);

  void BeginEpoch(double rate);
  // One row: x (features), target y as RowLoss takes it, and the weight of the row's step.
  void Learn(const double* x, double y, double weight);
  // Takes the step of a last, short batch.
  void EndEpoch();

  void Read(const UnitState& to) const;
  bool Finite() const;
  const UnitSums& sums() const { return sums_; }
  double negative() const { return loss_.negative(); }

 private:
  double Score(const double* x) const;
  void AddToObjective(double loss);
  double PassiveAggressiveStep(const double* x, double y, double loss, double score, bool& skip) const;
  void Average(const double* x, double step);
  void Fold();  // brings the scale back to 1
  void GatherGradient(const double* x, double y, double weight);
  void StepAlongGradient();

  const LinearSpec& spec_;
  RowLoss loss_;
  double l1_ratio_;           // 1 for l1, 0 for l2
  double optimal_start_ = 0;  // t0 of kOptimal
  double rate_ = 0;
  double steps_ = 1;  // t: 1 + the number of rows learned so far, in all runs
  DoubleVector v_;
  double scale_ = 1;
  double intercept_ = 0;
  double squares_ = 0, absolutes_ = 0;  // sums over w, before the l1 penalty of the last step
  DoubleVector u_;
  double a_ = 0, b_ = 1;
  double average_intercept_ = 0;
  double total_l1_ = 0;      // the l1 penalty of each weight up to now
  DoubleVector applied_l1_;  // the changes that the l1 penalty has made to each weight
  DoubleVector gradient_;
  double intercept_gradient_ = 0;
  std::size_t gathered_ = 0;
  UnitSums sums_;
};

}  // namespace mlp

#endif  // PERCEPTRA_LINEAR_UNIT_H_
