// The second phase of a step: slabs of weights.
#include <algorithm>
#include <cmath>

#include "train/trainer.h"

namespace mlp {
namespace {

// Where nothing is kept beside the weights, only the wish to stop cuts a product: after so many
// multiply-adds, some 20 ms.
constexpr std::size_t kProduct = std::size_t{1} << 31;

bool BoundsNorms(const ConstraintSpec& constraint) {
  return constraint.kind == ConstraintKind::kMaxNorm || constraint.kind == ConstraintKind::kUnitNorm;
}

// The norms of one part of a tensor's columns; a vector has one part, the whole of it.
void LimitNorms(const Tensor& tensor, Real* numbers, std::size_t part, std::size_t parts) {
  const ConstraintSpec& constraint = tensor.rules.constraint;
  const std::size_t rows = tensor.table ? tensor.rows : tensor.columns;
  const std::size_t columns = tensor.table ? tensor.columns : 1;
  const auto [first, end] = Share(columns, part, parts);
  const double limit = constraint.kind == ConstraintKind::kMaxNorm ? constraint.limit : 0;
  ActiveKernels().limit_columns(numbers + first, rows, columns, end - first, static_cast<Real>(limit));
}

}  // namespace

// Who asks to stop wants none of the weights any more: it may be in the middle.
void Trainer::Slabs(Team& team, const Batch& batch, const Stop& stop) {
  EachShare(team, [&](std::size_t mine) {
    Partial& partial = partials_[mine];
    for (const Slab& slab : slabs_[mine]) {
      const Layer& layer = *network_.layers()[slab.layer];
      if (IsStatistic(slab)) {
        layer.Move(live_->data() + layer.tensors()[slab.tensor].offset, ViewOf(slab.layer, batch, partial),
                   slab.tensor);
      } else if (needs_all_gradients_) {
        GradientSlab(slab, batch, partial, stop);
      } else {
        UpdateSlab(slab, batch, partial, stop);
      }
    }
  });
  if (!batch.closes) return;
  if (needs_all_gradients_) {
    team.Meet();
    if (team.rank() == 0) SumSquares();
    team.Meet();
    if (lbfgs_) return;
    EachShare(team, [&](std::size_t mine) {
      for (const Slab& slab : slabs_[mine]) {
        if (!IsStatistic(slab)) ApplySlab(slab, stop);
      }
    });
  }
  if (has_norm_constraints_) {
    team.Meet();
    EachShare(team, [this](std::size_t mine) { Constrain(mine); });
  }
}

bool Trainer::IsStatistic(const Slab& slab) const {
  return network_.layers()[slab.layer]->tensors()[slab.tensor].statistic;
}

BatchView Trainer::ViewOf(std::size_t layer, const Batch& batch, const Partial& partial) const {
  return {InputOf(layer, 0), workspace_->dy[layer].data(), workspace_->saved[layer].data(),
          partial.meetings[layer].shared.data(), batch.rows};
}

Optimizer::Slots Trainer::SlotsAt(std::size_t at) {
  Optimizer::Slots slots{};
  for (std::size_t s = 0; s < training_.optimizer->slots(); ++s) slots[s] = slots_[s].data() + at;
  return slots;
}

// grad = alpha * (gradient of rows of a tensor over the batch) + beta * grad
void Trainer::MakeGradient(Real* grad, const Slab& slab, std::size_t row, std::size_t rows,
                           const Batch& batch, const Partial& partial, Real alpha, Real beta) const {
  const Layer& layer = *network_.layers()[slab.layer];
  if (!by_rows_)
    return layer.Gradient(grad, ViewOf(slab.layer, batch, partial), slab.tensor, row, rows, alpha, beta);
  const Tensor& tensor = layer.tensors()[slab.tensor];
  ActiveKernels().column_sums(grad, shares_gradients_.data() + tensor.offset + row * tensor.columns, shares(),
                              rows * tensor.columns, gradient_stride(), alpha, beta);
}

void Trainer::UpdateSlab(const Slab& slab, const Batch& batch, Partial& partial, const Stop& stop) {
  const Tensor& tensor = network_.layers()[slab.layer]->tensors()[slab.tensor];
  const Part& part = parts_[slab.layer][slab.tensor];
  const RegularizerSpec& regularizer = tensor.rules.regularizer;
  std::size_t panel = PanelRows(tensor);
  for (std::size_t row = slab.first, end = slab.first + slab.rows;
       row < end && !stop.load(std::memory_order_relaxed); row += panel) {
    const std::size_t at = tensor.offset + row * tensor.columns;
    Real* const w = live_->data() + at;
    if (part.plain) {
      const Optimizer::Slots slots = SlotsAt(at);
      const Optimizer::Target target =
          training_.optimizer->TargetFor(w, slots, partial.scratch.data(), part.factor);
      if (target.in_place && (end - row > panel || batch.rows > kRowBlock)) {
        panel = std::max<std::size_t>(1, kProduct / (batch.rows * tensor.columns));
      }
      const std::size_t rows = std::min(panel, end - row);
      MakeGradient(target.grad, slab, row, rows, batch, partial, target.alpha, target.beta);
      training_.optimizer->Update(w, slots, target.grad, rows * tensor.columns, part.factor);
      continue;
    }
    const std::size_t rows = std::min(panel, end - row), n = rows * tensor.columns;
    Real* const grad = partial.scratch.data();
    MakeGradient(grad, slab, row, rows, batch, partial, 1, 0);
    AddPenalty(partial, PenaltyGradient(grad, w, n, regularizer, batch), batch);
    Apply(part, tensor, at, grad, n);
  }
}

void Trainer::AddPenalty(Partial& partial, double penalty, const Batch& batch) {
  partial.penalty += penalty;
  partial.penalties += penalty * static_cast<double>(batch.update_rows);
}

// Adds the gradient of a regularizer, as the batch's mean has it; returns its penalty.
double Trainer::PenaltyGradient(Real* grad, const Real* w, std::size_t n, const RegularizerSpec& regularizer,
                                const Batch& batch) const {
  if (regularizer.l1 == 0 && regularizer.l2 == 0) return 0;
  const double share = training_.mean == Mean::kWeights ? batch.scale : 1;
  return ActiveKernels().regularize(grad, w, n, static_cast<Real>(regularizer.l1 * share),
                                    static_cast<Real>(regularizer.l2 * share));
}

// Adds a batch to the gradient of an update; with the last one it is whole.
void Trainer::GradientSlab(const Slab& slab, const Batch& batch, Partial& partial, const Stop& stop) {
  const Tensor& tensor = network_.layers()[slab.layer]->tensors()[slab.tensor];
  const std::size_t panel = PanelRows(tensor);
  for (std::size_t row = slab.first, end = slab.first + slab.rows;
       row < end && !stop.load(std::memory_order_relaxed); row += panel) {
    const std::size_t at = tensor.offset + row * tensor.columns, rows = std::min(panel, end - row);
    const std::size_t n = rows * tensor.columns;
    Real* const grad = gradient_.data() + at;
    MakeGradient(grad, slab, row, rows, batch, partial, 1, batch.opens ? Real(0) : Real(1));
    if (!batch.closes) continue;
    AddPenalty(partial, PenaltyGradient(grad, live_->data() + at, n, tensor.rules.regularizer, batch), batch);
    partial.squares[parts_[slab.layer][slab.tensor].id] += ActiveKernels().sum_of_squares(grad, n);
  }
}

void Trainer::SumSquares() {
  std::fill(squares_.begin(), squares_.end(), 0.0);
  for (const Partial& partial : partials_) {
    for (std::size_t t = 0; t < tensors_; ++t) squares_[t] += partial.squares[t];
  }
}

// What shortens a gradient that is longer than allowed.
Real Trainer::ClipFactor(const Part& part) const {
  const UpdateRules& rules = training_.rules;
  const double limit = rules.clip_norm > 0 ? rules.clip_norm : rules.global_clip_norm;
  if (limit == 0) return 1;
  double squares = squares_[part.id];
  if (rules.clip_norm == 0) {
    squares = 0;
    for (const double each : squares_) squares += each;
  }
  const double norm = std::sqrt(squares);
  return norm > limit ? static_cast<Real>(limit / norm) : Real(1);
}

void Trainer::ApplySlab(const Slab& slab, const Stop& stop) {
  const Tensor& tensor = network_.layers()[slab.layer]->tensors()[slab.tensor];
  const Part& part = parts_[slab.layer][slab.tensor];
  const Real factor = ClipFactor(part);
  const std::size_t panel = PanelRows(tensor);
  for (std::size_t row = slab.first, end = slab.first + slab.rows;
       row < end && !stop.load(std::memory_order_relaxed); row += panel) {
    const std::size_t at = tensor.offset + row * tensor.columns;
    const std::size_t n = std::min(panel, end - row) * tensor.columns;
    Real* const grad = gradient_.data() + at;
    if (factor != 1) ActiveKernels().scale(grad, n, factor);
    Apply(part, tensor, at, grad, n);
  }
}

// An update from a whole gradient, and all that goes with it.
void Trainer::Apply(const Part& part, const Tensor& tensor, std::size_t at, Real* grad, std::size_t n) {
  const Kernels& kernels = ActiveKernels();
  const UpdateRules& rules = training_.rules;
  Real* const w = live_->data() + at;
  if (rules.clip_value > 0) kernels.clip(grad, n, static_cast<Real>(rules.clip_value));
  if (rules.weight_decay > 0) {
    kernels.sgd(
        w, w, n,
        static_cast<Real>(rate_ * part.factor * rules.weight_decay));  // 1 - a small number would be rounded
  }
  training_.optimizer->Update(w, SlotsAt(at), grad, n, part.factor);
  if (rules.ema > 0) {
    kernels.move_average(slots_.back().data() + at, w, n, average_momentum_);
  }
  if (tensor.rules.constraint.kind == ConstraintKind::kNonNegative) kernels.not_below_zero(w, n);
}

// A share of the columns of every tensor whose norms are bounded.
void Trainer::Constrain(std::size_t mine) {
  for (std::size_t l = 0; l < network_.layers().size(); ++l) {
    const auto& tensors = network_.layers()[l]->tensors();
    for (std::size_t t = 0; t < tensors.size(); ++t) {
      if (!BoundsNorms(tensors[t].rules.constraint) || !network_.trains(l, t)) continue;
      LimitNorms(tensors[t], live_->data() + tensors[t].offset, mine, shares());
    }
  }
}

void ForceConstraint(const Tensor& tensor, Real* numbers) {
  if (BoundsNorms(tensor.rules.constraint)) {
    LimitNorms(tensor, numbers, 0, 1);
  } else if (tensor.rules.constraint.kind == ConstraintKind::kNonNegative) {
    ActiveKernels().not_below_zero(numbers, tensor.size());
  }
}

double TotalPenalty(const Network& network, const Vector& weights) {
  double penalty = 0;
  for (std::size_t l = 0; l < network.layers().size(); ++l) {
    const auto& tensors = network.layers()[l]->tensors();
    for (std::size_t t = 0; t < tensors.size(); ++t) {
      const Tensor& tensor = tensors[t];
      const RegularizerSpec& regularizer = tensor.rules.regularizer;
      if (!network.trains(l, t) || (regularizer.l1 == 0 && regularizer.l2 == 0)) continue;
      penalty +=
          ActiveKernels().regularize(nullptr, weights.data() + tensor.offset, tensor.size(),
                                     static_cast<Real>(regularizer.l1), static_cast<Real>(regularizer.l2));
    }
  }
  return penalty;
}

}  // namespace mlp
