#include "train/thread_tuner.h"

#include <algorithm>
#include <limits>

namespace mlp {
namespace {

constexpr double kTurnMs = 2, kFirstSettledMs = 400, kLastSettledMs = 3200;
// Turns of a candidate in a trial: more than one, since other processes may disturb a turn.
constexpr std::size_t kTurns = 3;
constexpr double kMuchSlower = 1.5, kTooSlow = 2;

}  // namespace

void ThreadTuner::Start(int most, int first, bool has_trials) {
  if (most == most_ && has_trials == has_trials_) return;
  most_ = most;
  has_trials_ = has_trials;
  count_ = current_ = chosen_ = turns_left_ = 0;
  rows_ = ms_ = 0;
  settled_ms_ = kFirstSettledMs;
  for (int threads = has_trials ? 1 : most; threads < most && count_ + 1 < candidates_.size(); threads *= 2) {
    candidates_[count_++] = {threads, 0};
  }
  candidates_[count_++] = {most, 0};
  while (current_ + 1 < count_ && candidates_[current_].threads < first) ++current_;
  chosen_ = current_;
  if (has_trials_ && count_ > 1) BeginTrial();
}

double ThreadTuner::budget_ms() const {
  if (count_ == 1) return std::numeric_limits<double>::infinity();
  return std::max(0.0, (turns_left_ > 0 ? kTurnMs : settled_ms_) - ms_);
}

void ThreadTuner::Count(std::size_t rows, double ms) {
  if (count_ == 1) return;
  rows_ += static_cast<double>(rows);
  ms_ += ms;
  if (rows_ == 0 || ms_ < kTurnMs) return;
  const double ms_per_row = ms_ / rows_;
  Candidate& candidate = candidates_[current_];
  if (turns_left_ > 0) {
    candidate.ms_per_row =
        candidate.ms_per_row == 0 ? ms_per_row : std::min(candidate.ms_per_row, ms_per_row);
    --turns_left_;
    NextTurn();
  } else if (ms_per_row > kMuchSlower * candidate.ms_per_row) {
    settled_ms_ = kFirstSettledMs;
    BeginTrial();
  } else if (ms_ >= settled_ms_) {
    BeginTrial();
  }
}

// A trial compares the present choice with its neighbours.
void ThreadTuner::BeginTrial() {
  for (Candidate& candidate : candidates_) candidate.ms_per_row = 0;
  const std::size_t neighbours = (chosen_ > 0 ? 1 : 0) + (chosen_ + 1 < count_ ? 1 : 0);
  turns_left_ = (1 + neighbours) * kTurns;
  current_ = chosen_;
  rows_ = ms_ = 0;
}

void ThreadTuner::NextTurn() {
  rows_ = ms_ = 0;
  const std::size_t low = chosen_ > 0 ? chosen_ - 1 : 0, high = std::min(chosen_ + 1, count_ - 1);
  do {
    if (turns_left_ == 0) return EndTrial();
    current_ = current_ == high ? low : current_ + 1;
    if (TooSlow(current_)) --turns_left_;
  } while (TooSlow(current_));
}

// Whether a candidate was so slow in its first turn that it gets no more turns.
bool ThreadTuner::TooSlow(std::size_t candidate) const {
  const double best = candidates_[chosen_].ms_per_row;
  return best > 0 && candidates_[candidate].ms_per_row > kTooSlow * best;
}

void ThreadTuner::EndTrial() {
  const std::size_t previous = chosen_;
  for (std::size_t i = 0; i < count_; ++i) {
    const double ms_per_row = candidates_[i].ms_per_row;
    if (ms_per_row > 0 && ms_per_row < candidates_[chosen_].ms_per_row) chosen_ = i;
  }
  current_ = chosen_;
  if (chosen_ != previous) {
    settled_ms_ = kFirstSettledMs;
    BeginTrial();  // the next number in this direction may be better still
  } else {
    settled_ms_ = std::min(2 * settled_ms_, kLastSettledMs);
  }
}

}  // namespace mlp
