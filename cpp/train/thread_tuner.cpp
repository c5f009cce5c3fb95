#include "train/thread_tuner.h"

#include <algorithm>
#include <limits>

namespace mlp {
namespace {

constexpr double kTurnMs = 2, kFirstSettledMs = 400, kLastSettledMs = 3200;
// Turns of one number in a trial: more than one, since a turn may be disturbed.
constexpr std::size_t kTurns = 3;
constexpr double kMuchSlower = 1.5, kHopeless = 2;

}  // namespace

void ThreadTuner::Start(int most, int first, bool tries) {
  if (most == most_ && tries == tries_) return;
  most_ = most;
  tries_ = tries;
  count_ = now_ = chosen_ = turns_left_ = 0;
  rows_ = ms_ = 0;
  settled_ms_ = kFirstSettledMs;
  for (int threads = tries ? 1 : most; threads < most && count_ + 1 < tried_.size(); threads *= 2) {
    tried_[count_++] = {threads, 0};
  }
  tried_[count_++] = {most, 0};
  while (now_ + 1 < count_ && tried_[now_].threads < first) ++now_;
  chosen_ = now_;
  if (tries_ && count_ > 1) Try();
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
  Tried& tried = tried_[now_];
  if (turns_left_ > 0) {
    tried.ms_per_row = tried.ms_per_row == 0 ? ms_per_row : std::min(tried.ms_per_row, ms_per_row);
    --turns_left_;
    Next();
  } else if (ms_per_row > kMuchSlower * tried.ms_per_row) {
    settled_ms_ = kFirstSettledMs;
    Try();
  } else if (ms_ >= settled_ms_) {
    Try();
  }
}

// A new trial of the number chosen last and its neighbours.
void ThreadTuner::Try() {
  for (Tried& tried : tried_) tried.ms_per_row = 0;
  const std::size_t neighbours = (chosen_ > 0 ? 1 : 0) + (chosen_ + 1 < count_ ? 1 : 0);
  turns_left_ = (1 + neighbours) * kTurns;
  now_ = chosen_;
  rows_ = ms_ = 0;
}

void ThreadTuner::Next() {
  rows_ = ms_ = 0;
  const std::size_t low = chosen_ > 0 ? chosen_ - 1 : 0, high = std::min(chosen_ + 1, count_ - 1);
  do {
    if (turns_left_ == 0) return Settle();
    now_ = now_ == high ? low : now_ + 1;
    if (Hopeless(now_)) --turns_left_;
  } while (Hopeless(now_));
}

// So slow in its first turn that more turns would only cost time.
bool ThreadTuner::Hopeless(std::size_t number) const {
  const double best = tried_[chosen_].ms_per_row;
  return best > 0 && tried_[number].ms_per_row > kHopeless * best;
}

void ThreadTuner::Settle() {
  const std::size_t before = chosen_;
  for (std::size_t i = 0; i < count_; ++i) {
    const double here = tried_[i].ms_per_row;
    if (here > 0 && here < tried_[chosen_].ms_per_row) chosen_ = i;
  }
  now_ = chosen_;
  if (chosen_ != before) {
    settled_ms_ = kFirstSettledMs;
    Try();  // the next number in this direction may be better still
  } else {
    settled_ms_ = std::min(2 * settled_ms_, kLastSettledMs);
  }
}

}  // namespace mlp
