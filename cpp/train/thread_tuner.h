#ifndef PERCEPTRA_TRAIN_THREAD_TUNER_H_
#define PERCEPTRA_TRAIN_THREAD_TUNER_H_

#include <array>
#include <cstddef>

namespace mlp {

// Finds by trial how many threads should take the shares of a step's work. What a meeting costs depends on
// the machine, and on what else runs there: a model cannot know. So some numbers of threads get a few
// milliseconds in turn, and the fastest one goes on until the next trial is due, or until it gets much
// slower. Results do not depend on it: the shares stay the same.
class ThreadTuner {
 public:
  // Tries 1, 2, 4, ... and `most` threads, beginning with `first`; without `tries` it is always `most`. Keeps
  // what it has learned where `most` and `tries` are as before.
  void Start(int most, int first, bool tries);

  int threads() const { return tried_[now_].threads; }
  int most() const { return most_; }
  // Whether there is more than one number to try.
  bool tries() const { return count_ > 1; }
  // Whether no trial is under way.
  bool settled() const { return turns_left_ == 0; }
  // The time until another number has its turn; a slice should end then.
  double budget_ms() const;
  // Counts a slice: its rows and the time they took.
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
  int most_ = 0;
  bool tries_ = false;
  std::size_t turns_left_ = 0;  // of this trial; 0: settled
  double rows_ = 0, ms_ = 0;    // of this turn
  double settled_ms_ = 0;       // until the next trial: longer each time it changes nothing
};

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_THREAD_TUNER_H_
