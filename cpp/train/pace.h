#ifndef PERCEPTRA_TRAIN_PACE_H_
#define PERCEPTRA_TRAIN_PACE_H_

#include <array>
#include <cstddef>

namespace mlp {

// How many threads take the shares of a step's work. What a meeting costs depends on the machine, and on who
// else is busy there: so numbers of threads are tried in turn, for a few milliseconds each, and the fastest
// one goes on until the next trial is due, or until it gets much slower. Results do not depend on it: shares
// stay as they are.
class Pace {
 public:
  // From 1 to `most` threads, `first` to begin with; `most` alone where there is nothing to try. What was
  // learned stays if the arguments are the same as before.
  void Start(int most, int first, bool tries);

  int threads() const { return tried_[now_].threads; }
  // How long a slice may run before another number has its turn.
  double budget_ms() const;
  // After a slice: how long its rows took.
  void Count(std::size_t rows, double ms);

 private:
  struct Tried {
    int threads = 1;
    double ms_per_row = 0;  // the best of this trial; 0: not tried
  };

  bool Hopeless(std::size_t number) const;
  void Next();
  void Try();
  void Settle();

  // 1, 2, 4, ... and the most.
  std::array<Tried, 16> tried_{};
  std::size_t count_ = 1, now_ = 0, chosen_ = 0;
  int most_ = 0, first_ = 0;
  bool tries_ = false;
  std::size_t turns_left_ = 0;  // of this trial; 0: settled
  double rows_ = 0, ms_ = 0;    // of this turn
  double settled_ms_ = 0;       // until the next trial: longer each time it changes nothing
};

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_PACE_H_
