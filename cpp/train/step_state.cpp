#include "train/step_state.h"

#include <algorithm>

namespace mlp {

std::size_t PanelRows(const Tensor& tensor) {
  constexpr std::size_t kNumbers = 131072, kRows = 256;
  return tensor.rows <= kRows ? kRows : std::max(kRows, kNumbers / tensor.columns);
}

StepState::StepState(const Network& network, const Training& training, const Epoch& epoch)
    : network(network), training(training), epoch(epoch), lowest_trained(network.first_trained()) {
  for (const std::size_t l : LayersWithStatistics(network)) {
    statistics_layers.push_back({l, network.layers()[l]->batch_statistics()});
  }
}

void StepState::Prepare(const Dataset& data, const ShareCut& new_cut, bool whole_gradient,
                        std::size_t tensor_count) {
  const std::size_t batch = epoch.batch_size();
  if (!workspace || batch_size != batch) workspace = std::make_unique<Workspace>(network, batch);
  batch_size = batch;
  const Loss& loss = training.loss;
  target_values.resize(loss.reads_classes() ? 0 : batch * loss.target_columns());
  target_classes.resize(loss.reads_classes() ? batch : 0);
  row_weights.resize(data.has_weights() ? batch : 0);
  needs_whole_gradient = whole_gradient;
  if (whole_gradient && gradient.empty()) gradient.assign(network.weight_count(), Real(0));
  CutShares(new_cut);
  for (ShareState& share : shares) {
    share.penalties = 0;
    share.metrics.resize(training.metrics.count());
    share.scratch.resize(ScratchNumbers());
    share.squares.resize(tensor_count);
    share.layer_sums.resize(network.layers().size());
    for (const auto& [l, statistics] : statistics_layers) {
      const std::size_t sums = statistics->sum_count();
      share.layer_sums[l].forward.resize(sums);
      share.layer_sums[l].backward.resize(sums);
      share.layer_sums[l].statistics.resize(statistics->statistic_count());
      share.total.resize(std::max(share.total.size(), sums));
    }
  }
}

void StepState::CutShares(const ShareCut& new_cut) {
  if (slabs.size() != new_cut.shares || cut.layers_by_inputs != new_cut.layers_by_inputs) {
    slabs.clear();
    shares = std::vector<ShareState>(new_cut.shares);
    slabs = CutSlabs(network, new_cut.shares, new_cut.layers_by_inputs);
  }
  cut = new_cut;
  std::size_t widest = 0;
  for (std::size_t l = 0; l < cut.layers_by_inputs; ++l) {
    widest = std::max(widest, network.layers()[l]->outputs());
  }
  for (std::size_t k = 0; k < input_sums.size(); ++k) {
    input_sums[k].resize(k < cut.layers_by_inputs ? shares.size() * batch_size * widest : 0);
  }
  if (!cut.gradients_by_rows) share_gradients = {};
  if (cut.gradients_by_rows) share_gradients.resize(shares.size() * gradient_stride());
}

// The largest panel of gradients, or the outputs of a block of rows.
std::size_t StepState::ScratchNumbers() const {
  std::size_t most = std::min(batch_size, kRowBlock) * network.outputs();
  for (const auto& layer : network.layers()) {
    for (const Tensor& tensor : layer->tensors()) {
      most = std::max(most, std::min(tensor.rows, PanelRows(tensor)) * tensor.columns);
    }
  }
  return most;
}

void StepState::BeginSlice(Vector& live_weights) {
  weights = &live_weights;
  for (ShareState& share : shares) share.finite = true;
}

std::size_t StepState::numbers() const {
  std::size_t count = share_gradients.size() + target_values.size() + gradient.size();
  for (const Vector& sums : input_sums) count += sums.size();
  return count + (workspace ? workspace->numbers() : 0);
}

}  // namespace mlp
