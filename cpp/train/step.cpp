#include "train/step.h"

#include <algorithm>
#include <cmath>

namespace mlp {

bool Step::RunRows(Team& team, const Batch& batch, const StopFlag& stop) {
  inputs_.Forward(team, batch);
  rows_.Run(team, batch, stop);
  team.Meet();
  const bool stopped = std::any_of(state_.shares.begin(), state_.shares.end(),
                                   [](const ShareState& share) { return share.stopped; });
  if (stopped) return false;
  inputs_.Backward(team, batch);
  return true;
}

void Step::PackWeights(Team& team) {
  state_.packed_weights->PackShare(state_.weights->data(), static_cast<std::size_t>(team.rank()),
                                   static_cast<std::size_t>(team.size()));
  team.Meet();
}

bool Step::finite() const {
  return std::all_of(state_.shares.begin(), state_.shares.end(),
                     [](const ShareState& share) { return share.finite; });
}

void Step::AddGradientNorms(std::vector<double>& norms) const {
  norms.resize(state_.shares[0].squares.size());
  for (std::size_t t = 0; t < norms.size(); ++t) {
    double squares = 0;
    for (const ShareState& share : state_.shares) squares += share.squares[t];
    norms[t] += std::sqrt(squares);
  }
}

double Step::Penalties() const {
  double sum = 0;
  for (const ShareState& share : state_.shares) sum += share.penalties;
  return sum;
}

void Step::ForgetPenalties() {
  for (ShareState& share : state_.shares) share.penalties = 0;
}

}  // namespace mlp
