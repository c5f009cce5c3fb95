#ifndef PERCEPTRA_TRAIN_THREAD_TUNER_H_
#define PERCEPTRA_TRAIN_THREAD_TUNER_H_

#include <array>
#include <cstddef>

namespace mlp {

// Finds by trials how many threads should compute the shares of a step's work. What a meeting costs depends
// on the machine and on what else runs there, which no cost model can predict. So in a trial some numbers of
// threads take turns of a few milliseconds. The fastest one stays until the next trial is due, or until it
// gets much slower. Results do not depend on the choice: the shares stay the same.
class ThreadTuner {
 public:
  // Candidates are 1, 2, 4, ... and `most` threads; `first` is the first guess. Without trials the number is
  // always `most`. Does nothing where `most` and `has_trials` have not changed since the last call.
  void Start(int most, int first, bool has_trials);

  int threads() const { return candidates_[current_].threads; }
  int most() const { return most_; }
  // Whether there is more than one candidate.
  bool has_trials() const { return count_ > 1; }
  // Whether no trial is under way.
  bool settled() const { return turns_left_ == 0; }
  // The time until the next candidate's turn; a slice should end then.
  double budget_ms() const;
  // Adds the rows and the time of a slice.
  void Count(std::size_t rows, double ms);

 private:
  struct Candidate {
    int threads = 1;
    double ms_per_row = 0;  // the least of this trial; 0: not measured yet
  };

  bool TooSlow(std::size_t candidate) const;
  void NextTurn();
  void BeginTrial();
  void EndTrial();

  std::array<Candidate, 16> candidates_{};
  std::size_t count_ = 1, current_ = 0, chosen_ = 0;
  int most_ = 0;
  bool has_trials_ = false;
  std::size_t turns_left_ = 0;  // of this trial; 0: settled
  double rows_ = 0, ms_ = 0;    // of this turn
  double settled_ms_ = 0;       // until the next trial: doubled after a trial that confirms the choice
};

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_THREAD_TUNER_H_
