#ifndef PERCEPTRA_OPTIM_LINE_SEARCH_H_
#define PERCEPTRA_OPTIM_LINE_SEARCH_H_

namespace mlp {

// A step along a search direction, the function there and its slope along the direction.
struct LinePoint {
  double step, value, slope;
};

// Looks for a step that meets the strong Wolfe conditions: value <= value(0) + kDecrease step slope(0) and
// |slope| <= kCurvature |slope(0)| (Moré and Thuente 1994, "Line search algorithms with guaranteed sufficient
// decrease"), with the constants of L-BFGS-B (Byrd, Lu, Nocedal and Zhu 1995).
class LineSearch {
 public:
  static constexpr double kDecrease = 1e-3, kCurvature = 0.9, kWidth = 0.1, kMostStep = 1e10;

  enum class Status {
    kEvaluate,  // evaluate the function at step()
    kFound,     // step() meets the conditions
    kStuck      // no better step can be found; step() is the best so far
  };

  // `slope` is below 0.
  void Start(double value, double slope, double first_step);
  Status Tell(double value, double slope);
  double step() const { return step_; }

 private:
  double NextStep(const LinePoint& trial);
  bool Exhausted() const;
  void Narrow();

  LinePoint start_{}, best_{}, other_{};  // the minimum lies between best and other once it is bracketed
  double step_ = 0, least_ = 0, most_ = 0, limit_ = kMostStep;
  double width_ = 0, width_before_ = 0;
  bool bracketed_ = false, decreasing_ = true;
};

}  // namespace mlp

#endif  // PERCEPTRA_OPTIM_LINE_SEARCH_H_
