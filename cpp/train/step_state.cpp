#include "train/step_state.h"

#include <algorithm>

namespace mlp {

std::size_t PanelRows(const Tensor& tensor) {
  constexpr std::size_t kNumbers = 131072, kRows = 256;
  return tensor.rows <= kRows ? kRows : std::max(kRows, kNumbers / tensor.columns);
}

std::size_t PackedPanelRows(const Tensor& tensor) {
  constexpr std::size_t kNumbers = 65536, kStep = PackedWeights::kRowStep;
  return std::max<std::size_t>(1, kNumbers / tensor.columns / kStep) * kStep;
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
  CutShares(new_cut);
  for (ShareState& share : shares) {
    share.penalties = 0;
    share.metrics.resize(training.metrics.count());
    share.squares.resize(tensor_count);
    share.layer_sums.resize(network.layers().size());
    for (const auto& [l, statistics] : statistics_layers) {
      const std::size_t sums = statistics->sum_count();
      share.layer_sums[l].forward.resize(sums);
      share.layer_sums[l].backward.resize(sums);
      batch_sums.reserve(sums);
    }
  }
  group_squares.resize(group() != nullptr ? tensor_count : 0);
  if (group() != nullptr) buckets.Cut(network, lowest_trained, slabs);
  PreparePacks();
}

// A share has at most one tile of depth that is not full.
void StepState::PreparePacks() {
  if (!packed_weights) {
    packed_layers.clear();
    return;
  }
  const std::size_t tiles = batch_size / kTileDepth + cut.rows;
  packed_layers.resize(network.layers().size());
  for (std::size_t l = lowest_trained; l < network.layers().size(); ++l) {
    if (!packed_weights->holds(l) || !network.trains(l, 0)) continue;
    const Layer& layer = *network.layers()[l];
    packed_layers[l].x.resize(WidthTiles(layer.inputs()) * tiles * cut.tiles->tile_numbers());
    packed_layers[l].dy.resize(WidthTiles(layer.outputs()) * tiles * cut.tiles->tile_numbers());
  }
}

void StepState::PrepareThread(ThreadState& thread) const {
  thread.scratch.resize(ScratchNumbers());
  thread.squares.resize(shares[0].squares.size());
  thread.statistics.resize(network.layers().size());
  for (const auto& [l, statistics] : statistics_layers) {
    thread.statistics[l].resize(statistics->statistic_count());
    thread.sums.resize(std::max(thread.sums.size(), statistics->sum_count()));
  }
  if (!packed_weights) {
    thread.packed_rows = {};
    return;
  }
  const std::size_t rows = cut.layers_by_inputs > 0 ? batch_size : std::min(row_block(), batch_size);
  thread.packed_rows.resize(packed_weights->NumbersOfRows(rows));
}

std::size_t StepState::DepthTilesBefore(std::size_t share, const Batch& batch) const {
  std::size_t tiles = 0;
  for (std::size_t s = 0; s < share; ++s) tiles += DepthTiles(RowsOf(s, batch).count);
  return tiles;
}

Packs StepState::PacksOf(std::size_t layer, std::size_t share, ThreadState& thread, const Batch& batch,
                         std::size_t first_row) {
  if (!packed_weights || !packed_weights->holds(layer)) return {};
  Packs packs = packed_weights->PacksOf(layer);
  packs.rows = thread.packed_rows.data();
  if (packed_layers[layer].x.empty()) return packs;
  const std::size_t in_share = (first_row - RowsOf(share, batch).first) / kTileDepth;
  const std::size_t at = (DepthTilesBefore(share, batch) + in_share) * cut.tiles->tile_numbers();
  packs.x = packed_layers[layer].x.data() + at;
  packs.dy = packed_layers[layer].dy.data() + at;
  packs.stride = DepthTilesBefore(cut.rows, batch);
  return packs;
}

PackedBatch StepState::PackedBatchOf(std::size_t layer, const Batch& batch) const {
  if (packed_layers.empty() || packed_layers[layer].x.empty()) return {};
  return {cut.tiles, packed_layers[layer].x.data(), packed_layers[layer].dy.data(),
          DepthTilesBefore(cut.rows, batch)};
}

// Slabs of packed kernels are cut at whole tiles.
void StepState::ChangeTiles(const Bfloat16Kernels* tiles) {
  if ((packed_weights ? &packed_weights->kernels() : nullptr) == tiles) return;
  slabs.clear();
  packed_weights.reset();
  if (tiles != nullptr) packed_weights = std::make_unique<PackedWeights>(*tiles, network, lowest_trained);
}

void StepState::CutShares(const ShareCut& new_cut) {
  ChangeTiles(new_cut.tiles);
  const std::size_t most = std::max({new_cut.rows, new_cut.slabs, new_cut.inputs});
  if (slabs.size() != new_cut.slabs || cut.layers_by_inputs != new_cut.layers_by_inputs ||
      shares.size() != most) {
    slabs.clear();
    shares = std::vector<ShareState>(most);
    slabs = CutSlabs(network, new_cut.slabs, new_cut.layers_by_inputs, input_step());
  }
  cut = new_cut;
  std::size_t widest = 0;
  for (std::size_t l = 0; l < cut.layers_by_inputs; ++l) {
    widest = std::max(widest, network.layers()[l]->outputs());
  }
  for (std::size_t k = 0; k < input_sums.size(); ++k) {
    input_sums[k].resize(k < cut.layers_by_inputs ? cut.inputs * batch_size * widest : 0);
  }
  if (!cut.gradients_by_rows) share_gradients = {};
  if (cut.gradients_by_rows) share_gradients.resize(cut.rows * gradient_stride());
}

// The largest panel of gradients, or the outputs of a block of rows.
std::size_t StepState::ScratchNumbers() const {
  std::size_t most = std::min(batch_size, row_block()) * network.outputs();
  for (const auto& layer : network.layers()) {
    for (const Tensor& tensor : layer->tensors()) {
      most = std::max(most, std::min(tensor.rows, PanelRows(tensor)) * tensor.columns);
    }
  }
  return most;
}

void StepState::BeginSlice(Vector& live_weights, std::size_t team_size) {
  if (needs_whole_gradient && gradient.empty()) {
    gradient.assign(network.weight_count() + GroupSums::kFlags, Real(0));
  }
  weights = &live_weights;
  if (threads.size() < team_size) threads.resize(team_size);
  for (ThreadState& thread : threads) PrepareThread(thread);
  for (ShareState& share : shares) share.finite = true;
  if (group() != nullptr) buckets.Restart();
}

std::size_t StepState::numbers() const {
  const std::size_t whole = needs_whole_gradient ? network.weight_count() : 0;
  std::size_t count = share_gradients.size() + target_values.size() + std::max(gradient.size(), whole);
  for (const Vector& sums : input_sums) count += sums.size();
  std::size_t packed = packed_weights ? packed_weights->bytes() : 0;
  for (const PackedLayer& layer : packed_layers)
    packed += (layer.x.size() + layer.dy.size()) * sizeof(Bfloat16);
  for (const ThreadState& thread : threads) {
    packed += thread.packed_rows.size() * sizeof(Bfloat16);
    count += thread.scratch.size();
  }
  count += packed / sizeof(Real);
  return count + (workspace ? workspace->numbers() : 0);
}

}  // namespace mlp
