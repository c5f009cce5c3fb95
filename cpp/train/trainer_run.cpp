// The points of a run: where L-BFGS goes from and to, and what the weights are when the run ends.
#include <algorithm>
#include <cmath>
#include <memory>
#include <span>

#include "train/trainer.h"

namespace mlp {

// After a pass of L-BFGS over all rows, on rank 0: whether an iteration ended, and with it the epoch.
bool Trainer::EndPass(TrainSlice& slice) {
  const bool first = lbfgs_->iterations() == 0;
  const double loss = pass_.loss;
  const Lbfgs::Status status = lbfgs_->Tell(loss, {gradient_.data(), gradient_.size()});
  pass_.loss = 0;
  next_ = 0;
  if (status == Lbfgs::Status::kEvaluate) {
    std::fill(pass_.metrics.begin(), pass_.metrics.end(), 0.0);
    Put(lbfgs_->point(), live_->data());
    return false;
  }
  Put(lbfgs_->best(), live_->data());
  slice.finite = !first || status != Lbfgs::Status::kFailed || std::isfinite(loss);
  slice.converged = Lbfgs::Done(status);
  lbfgs_begun_ = !slice.converged;
  slice.epoch_done = true;
  slice.updates = 1;
  slice.sums.rows = order_.size();
  slice.sums.loss = lbfgs_->loss() * static_cast<double>(order_.size());
  slice.sums.metrics.swap(pass_.metrics);
  CountNorms(slice);
  return true;
}

// A point of L-BFGS among the weights. It knows no statistics: those move on their own.
void Trainer::Put(std::span<const Real> point, Real* weights) const {
  for (std::size_t l = 0; l < network_.layers().size(); ++l) {
    const auto& tensors = network_.layers()[l]->tensors();
    for (std::size_t t = 0; t < tensors.size(); ++t) {
      const std::size_t at = tensors[t].offset;
      if (network_.trains(l, t)) std::copy_n(point.data() + at, tensors[t].size(), weights + at);
    }
  }
}

void Trainer::BeginRun() { lbfgs_begun_ = false; }

void Trainer::EndRun(Weights& weights) {
  if (lbfgs_ && lbfgs_begun_) Put(lbfgs_->best(), weights.Change().data());
  lbfgs_begun_ = false;
  if (const auto averaged = Averaged(weights.AtRest())) {
    std::copy(averaged->begin(), averaged->end(), weights.Change().begin());
  }
}

std::shared_ptr<const Vector> Trainer::Averaged(const Vector& live) const {
  if (training_.rules.ema == 0 || steps() == 0) return nullptr;
  auto averaged = std::make_shared<Vector>(live);
  for (std::size_t l = 0; l < network_.layers().size(); ++l) {
    const auto& tensors = network_.layers()[l]->tensors();
    for (std::size_t t = 0; t < tensors.size(); ++t) {
      const std::size_t at = tensors[t].offset;
      if (!network_.trains(l, t)) continue;
      std::copy_n(slots_.back().data() + at, tensors[t].size(), averaged->data() + at);
      ForceConstraint(tensors[t], averaged->data() + at);
    }
  }
  return averaged;
}

}  // namespace mlp
