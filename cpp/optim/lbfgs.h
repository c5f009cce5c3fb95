#ifndef PERCEPTRA_OPTIM_LBFGS_H_
#define PERCEPTRA_OPTIM_LBFGS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "math/real.h"
#include "optim/line_search.h"

namespace mlp {

struct LbfgsOptions {
  std::size_t history = 10;            // pairs of steps and differences of gradients that are kept
  std::size_t line_search_steps = 20;  // evaluations of one line search, at most
  double gradient_tolerance = 1e-5;    // done when no gradient is larger
  double value_tolerance = 2.22e-9;    // done when an iteration lowers the loss by less (relative)
};

// Minimises a smooth function of n numbers by the limited-memory BFGS method (Nocedal and Wright 2006,
// algorithms 7.4 and 7.5). An ask-and-tell interface: the caller computes loss and gradient at point() and
// passes them to Tell, until that returns a Done status. State is double; points are rounded to Real before
// they are evaluated.
//
//   Lbfgs lbfgs(n, options);
//   lbfgs.Start(w);
//   Lbfgs::Status status;
//   do {
//     status = lbfgs.Tell(Loss(lbfgs.point()), Gradient(lbfgs.point()));
//   } while (!Lbfgs::Done(status));
//   w = lbfgs.best();
class Lbfgs {
 public:
  enum class Status {
    kEvaluate,       // within a line search: evaluate point()
    kIterationDone,  // best() has moved to a lower loss(): evaluate point(), which is the next trial
    kConverged,      // a tolerance is met at best()
    kFailed  // the line search finds no lower point from best(), usually because of rounding at a minimum;
             // or the first loss or gradient was not finite
  };
  static bool Done(Status status) { return status == Status::kConverged || status == Status::kFailed; }

  // The state between two iterations: all that later iterations depend on.
  struct State {
    std::uint64_t iterations = 0;
    double loss = 0;
    std::vector<double> best, gradient;      // n each
    std::vector<double> steps, differences;  // n for each pair, the oldest first
  };

  Lbfgs(std::size_t n, const LbfgsOptions& options);

  // Begins at w: evaluate point(), which is w. The pairs of earlier runs are dropped.
  void Start(std::span<const Real> w);
  // Takes loss and gradient at point(). REQUIRES: Start or Restore, and no Done status since.
  Status Tell(double loss, std::span<const Real> gradient);

  std::span<const Real> point() const { return point_; }
  // The end of the last iteration (before the first: the start), the loss and the largest gradient there.
  std::span<const Real> best() const { return best_rounded_; }
  double loss() const { return state_.loss; }
  double largest_gradient() const;
  std::uint64_t iterations() const { return state_.iterations; }

  // The state after the last complete iteration, for Restore; the present line search is not part of it.
  const State& state() const { return state_; }
  // Continues from a state: evaluate point() next. REQUIRES: a state of this n with finite numbers and at
  // most `history` pairs.
  void Restore(State state);

  std::size_t bytes() const;

 private:
  void BeginIteration();
  Status EndIteration();
  Status GiveUp();
  void AddPair();
  void DropPairs();
  void SetDirection();
  void SetPoint();
  std::size_t pairs() const { return curvatures_.size(); }

  std::size_t n_;
  LbfgsOptions options_;
  State state_;
  LineSearch search_;
  bool begun_ = false;           // the loss at the start is known
  std::size_t evaluations_ = 0;  // of this line search
  double trial_loss_ = 0;
  std::vector<double> direction_, trial_gradient_, weights_of_pairs_;
  std::vector<double> curvatures_;  // step times difference of each pair
  std::vector<Real> point_, best_rounded_;
};

}  // namespace mlp

#endif  // PERCEPTRA_OPTIM_LBFGS_H_
