#include "train/inference.h"

#include <algorithm>
#include <string>

#include "train/plan.h"

namespace mlp {

InferenceSlice::InferenceSlice(const Network& network, const Dataset& data, std::size_t first,
                               double budget_ms, const std::atomic<bool>& stop)
    : network_(network),
      data_(data),
      first_(std::min(first, data.rows())),
      rows_(data.rows() - first_),
      budget_ms_(budget_ms),
      stop_(stop) {
  const std::size_t blocks = (rows_ + kInferenceBlock - 1) / kInferenceBlock;
  losses_.resize(blocks);
  metrics_.resize(blocks);
}

// No bit depends on the number of threads, so measured costs may decide it.
int InferenceSlice::threads(VerboseLog* log, int most) const {
  const Work work{.multiply_adds = static_cast<double>(rows_) *
                                   static_cast<double>(network_.work_of_row() * network_.members()),
                  .most_shares = losses_.size()};
  int threads = 1;
  if (work.most_shares > 1 && most != 1) {
    const Machine machine = MeasuredMachine();
    threads = ChooseThreads(work, most == 0 ? machine.cores : std::min(most, machine.cores), machine);
  }
  if (log != nullptr && IsVerbose()) {
    log->Write("inference", "block=" + std::to_string(std::min(kInferenceBlock, rows_)) +
                                " threads=" + std::to_string(threads));
  }
  return threads;
}

// Threads take blocks in order and finish each, so the rows done are always the first ones.
template <typename F>
void InferenceSlice::EachBlock(F work) {
  while (!stop_.load(std::memory_order_relaxed)) {
    const std::chrono::duration<double, std::milli> elapsed = std::chrono::steady_clock::now() - start_;
    const bool spent = elapsed.count() >= budget_ms_ && next_block_.load() > 0;
    if (spent) return;
    const std::size_t block = next_block_.fetch_add(1);
    if (block >= losses_.size()) return;
    const std::size_t from = block * kInferenceBlock;
    work(block, from, std::min(kInferenceBlock, rows_ - from));
  }
}

void InferenceSlice::Predict(const Vector& weights, Real* out, std::size_t layers, MemberOutputs members) {
  Vector input, scratch;
  PackedVector packed_rows;
  layers = std::min(layers, network_.layers().size());
  const bool each = members == MemberOutputs::kEach && layers > network_.first_by_member();
  const std::size_t outputs = network_.OutputsOf(layers) * (each ? network_.members() : 1);
  EachBlock([&](std::size_t, std::size_t from, std::size_t rows) {
    const Real* x = data_.ReadRows(first_ + from, rows, input);
    Infer(network_, out + from * outputs, x, weights.data(), rows, scratch, Layer::Output::kActivated, layers,
          {.packed = packed_.get(), .packed_rows = &packed_rows}, members);
  });
}

void InferenceSlice::InputGradients(const Vector& weights, Real* dx, const std::int32_t* which) {
  Vector input;
  const std::size_t members = network_.members();
  Workspace workspace(network_, members == 1 ? std::min(kInferenceBlock, rows_)
                                             : std::min(RowsAtOnce(network_), rows_) * members);
  EachBlock([&](std::size_t, std::size_t from, std::size_t rows) {
    const Real* x = data_.ReadRows(first_ + from, rows, input);
    mlp::InputGradients(network_, dx + from * network_.inputs(), x, weights.data(), rows,
                        which + first_ + from, workspace);
  });
}

void InferenceSlice::Evaluate(const Vector& weights, const Loss& loss, const Metrics& metrics) {
  Vector input, scratch, y(kInferenceBlock * network_.outputs());
  PackedVector packed_rows;
  EachBlock([&](std::size_t block, std::size_t from, std::size_t rows) {
    const Real* x = data_.ReadRows(first_ + from, rows, input);
    Infer(network_, y.data(), x, weights.data(), rows, scratch, loss.reads(), network_.layers().size(),
          {.packed = packed_.get(), .packed_rows = &packed_rows});
    Targets targets;
    if (loss.reads_classes())
      targets.classes = data_.classes(first_ + from);
    else
      targets.values = data_.values(first_ + from);
    targets.weights = data_.weights(first_ + from);
    losses_[block] = loss.Evaluate(nullptr, y.data(), targets, rows, 1);
    metrics_[block].assign(metrics.count(), 0.0);
    metrics.Add(metrics_[block].data(), y.data(), targets, rows, scratch);
  });
}

std::size_t InferenceSlice::rows_done() const {
  return std::min(rows_, next_block_.load() * kInferenceBlock);
}

void InferenceSlice::AddTo(Sums& sums) const {
  sums.rows += rows_done();
  const std::size_t blocks = std::min(losses_.size(), next_block_.load());
  for (std::size_t block = 0; block < blocks; ++block) {
    sums.loss += losses_[block];
    sums.metrics.resize(metrics_[block].size());
    for (std::size_t k = 0; k < sums.metrics.size(); ++k) sums.metrics[k] += metrics_[block][k];
  }
}

}  // namespace mlp
