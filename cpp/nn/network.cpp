#include "nn/network.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>

#include "math/error.h"
#include "math/row_helpers.h"
#include "nn/initializers.h"
#include "nn/layers.h"
#include "nn/packed_weights.h"
#include "nn/rounded_weights.h"

namespace mlp {
namespace {

constexpr std::size_t kMostWeights = std::numeric_limits<std::int32_t>::max();

// Whether a matrix (rows, columns) and one more row fit beside the `weights` of the layers so far. Written so
// that no product overflows.
bool Fits(std::size_t rows, std::size_t columns, std::size_t weights) {
  return columns > 0 && rows < kMostWeights / columns && (rows + 1) * columns <= kMostWeights - weights;
}

// The weights and the outputs of all parts, in double, which does not overflow.
bool ColumnsFit(const ColumnsSpec& spec, std::size_t weights) {
  double numbers = 0;
  for (const ColumnPartSpec& part : spec.parts) {
    const auto columns = static_cast<double>(part.columns.size());
    double rows = columns, width = 1;
    if (const auto* table = std::get_if<EmbeddingPart>(&part.kind)) {
      for (const std::size_t count : table->counts) rows += static_cast<double>(count);
      width = static_cast<double>(table->width);
    } else if (const auto* one_hot = std::get_if<OneHotPart>(&part.kind)) {
      for (const std::size_t count : one_hot->counts) rows += static_cast<double>(count);
    } else if (const auto* periodic = std::get_if<PeriodicEmbeddingPart>(&part.kind)) {
      rows = columns * (2 * static_cast<double>(periodic->frequencies) + 2);
      width = static_cast<double>(periodic->width) + 1;
    } else if (const auto* piecewise = std::get_if<PiecewiseLinearEmbeddingPart>(&part.kind)) {
      for (const auto& edges : piecewise->edges) rows += static_cast<double>(edges.size());
      rows += 2 * columns;
      width = static_cast<double>(piecewise->width);
    }
    numbers += rows * width;
  }
  return numbers > 0 && numbers < static_cast<double>(kMostWeights - weights);
}

// Whether a layer's weights can be counted. Checked before memory is allocated for it.
bool FitsMemory(const LayerSpec& spec, std::size_t inputs, std::size_t weights) {
  if (const auto* dense = std::get_if<DenseSpec>(&spec.kind)) return Fits(inputs, dense->units, weights);
  if (const auto* table = std::get_if<EmbeddingSpec>(&spec.kind)) {
    return Fits(table->count, table->width, weights) && Fits(inputs, table->width, 0);
  }
  if (const auto* columns = std::get_if<ColumnsSpec>(&spec.kind)) return ColumnsFit(*columns, weights);
  return Fits(4, inputs, weights);
}

struct LayerMaker {
  std::size_t inputs, offset;
  std::uint32_t number;
  bool trainable;

  std::unique_ptr<Layer> operator()(const DenseSpec& spec) const { return MakeDense(spec, inputs, offset); }
  std::unique_ptr<Layer> operator()(const ActivationLayerSpec& spec) const {
    if (spec.parametric) return MakeParametricActivation(spec.activation, inputs, offset);
    return MakeActivation(spec.activation, inputs, offset);
  }
  std::unique_ptr<Layer> operator()(const DropoutSpec& spec) const {
    return MakeDropout(spec, inputs, number);
  }
  std::unique_ptr<Layer> operator()(const AlphaDropoutSpec& spec) const {
    return MakeAlphaDropout(spec, inputs, number);
  }
  std::unique_ptr<Layer> operator()(const GaussianNoiseSpec& spec) const {
    return MakeGaussianNoise(spec, inputs, number);
  }
  std::unique_ptr<Layer> operator()(const RescalingSpec& spec) const { return MakeRescaling(spec, inputs); }
  std::unique_ptr<Layer> operator()(const BatchNormalizationSpec& spec) const {
    return MakeBatchNormalization(spec, inputs, offset, trainable);
  }
  std::unique_ptr<Layer> operator()(const LayerNormalizationSpec& spec) const {
    return MakeLayerNormalization(spec, inputs, offset);
  }
  std::unique_ptr<Layer> operator()(const EmbeddingSpec& spec) const {
    return MakeEmbedding(spec, inputs, offset);
  }
  std::unique_ptr<Layer> operator()(const ScaleSpec& spec) const { return MakeScale(spec, inputs, offset); }
  std::unique_ptr<Layer> operator()(const ColumnsSpec& spec) const {
    return MakeColumns(spec, inputs, offset);
  }
};

}  // namespace

Network::Network(const NetworkSpec& spec) : spec_(spec) {
  if (spec.layers.empty()) throw Error("ERR_ARGUMENT", "A network needs at least one layer.");
  std::size_t inputs = spec.inputs;
  if (inputs == 0) throw Error("ERR_ARGUMENT", "Layers need at least one input and one unit.");
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    LayerSpec layer = spec.layers[i];
    if (!FitsMemory(layer, inputs, weight_count_)) {
      throw Error("ERR_ARGUMENT", "A layer has no units, or the network has more than 2^31 weights.");
    }
    ActivationSpec separate_activation;
    if (auto* dense = std::get_if<DenseSpec>(&layer.kind); dense && NeedsInput(dense->activation.kind)) {
      separate_activation = std::exchange(dense->activation, {});
    }
    const LayerMaker maker{inputs, weight_count_, static_cast<std::uint32_t>(i), layer.trainable};
    Add(std::visit(maker, layer.kind), i);
    inputs = layers_.back()->outputs();
    if (separate_activation.kind != Activation::kLinear)
      Add(MakeActivation(separate_activation, inputs, weight_count_), i);
  }
}

void Network::Add(std::unique_ptr<Layer> layer, std::size_t spec_index) {
  if (!layers_.empty()) widest_ = std::max(widest_, layer->inputs());
  for (const Tensor& tensor : layer->tensors()) weight_count_ += tensor.size();
  if (layer->has_kernel()) cuts_rows_ |= RowProduct{nullptr, layer->inputs(), layer->outputs()}.pieces() > 1;
  layers_.push_back(std::move(layer));
  spec_indices_.push_back(spec_index);
}

std::size_t Network::CountUpTo(std::size_t count) const {
  return static_cast<std::size_t>(std::lower_bound(spec_indices_.begin(), spec_indices_.end(), count) -
                                  spec_indices_.begin());
}

ActivationSpec Network::last_activation() const {
  const auto& last = spec_.layers.back().kind;
  if (const auto* dense = std::get_if<DenseSpec>(&last)) return dense->activation;
  const auto* activation = std::get_if<ActivationLayerSpec>(&last);
  if (activation != nullptr && !activation->parametric) return activation->activation;
  return {};
}

double Network::factor_of(const std::vector<double>& factors, std::size_t layer, std::size_t tensor) const {
  std::size_t at = tensor;
  for (std::size_t l = layer; l > 0 && spec_indices_[l - 1] == spec_indices_[layer]; --l) {
    at += layers_[l - 1]->tensors().size();
  }
  return at < factors.size() ? factors[at] : 1;
}

std::size_t Network::first_trained() const {
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    for (std::size_t t = 0; t < layers_[l]->tensors().size(); ++t) {
      if (trains(l, t)) return l;
    }
  }
  return layers_.size();
}

void Network::Initialize(Real* weights) const {
  std::uint32_t number = 0;
  for (const auto& layer : layers_) {
    for (const Tensor& tensor : layer->tensors()) {
      mlp::Initialize({weights + tensor.offset, tensor.size()}, tensor.initializer,
                      tensor.fan_in > 0 ? tensor.fan_in : layer->fan_in(),
                      tensor.fan_out > 0 ? tensor.fan_out : layer->fan_out(), spec_.seed, number++);
    }
  }
}

Workspace::Workspace(const Network& network, std::size_t batch) : x(batch * network.inputs()) {
  for (const auto& layer : network.layers()) {
    y.emplace_back(batch * layer->outputs());
    dy.emplace_back(batch * layer->outputs());
    saved.emplace_back(batch * layer->saved_per_row());
  }
}

std::size_t Workspace::numbers() const {
  const auto count = [](const std::vector<Vector>& vectors) {
    return std::accumulate(vectors.begin(), vectors.end(), std::size_t{0},
                           [](std::size_t sum, const Vector& v) { return sum + v.size(); });
  };
  return x.size() + count(y) + count(dy) + count(saved);
}

void Infer(const Network& network, Real* y, const Real* x, const Real* weights, std::size_t rows,
           Vector& scratch, Layer::Output last, std::size_t layers, const Products& products) {
  const std::size_t half = rows * network.widest();
  if (scratch.size() < 2 * half) scratch.resize(2 * half);
  const auto& chain = network.layers();
  std::size_t end = layers;
  while (end > 0 && chain[end - 1]->training_only()) --end;
  if (end == 0) {
    std::copy_n(x, rows * network.inputs(), y);
    return;
  }
  Pass pass;
  pass.weights = weights;
  std::shared_ptr<RowJob> job;
  std::optional<RowProducts> alone;
  pass.row_products = products.of_row;
  if (products.of_row == nullptr && rows <= RowProduct::kMostRows && network.cuts_rows()) {
    pass.row_products = &alone.emplace(job, nullptr, nullptr);
  }
  if (products.packed != nullptr) {
    const std::size_t numbers = products.packed->NumbersOfRows(rows);
    if (products.packed_rows->size() < numbers) products.packed_rows->resize(numbers);
  }
  const Real* input = x;
  std::size_t turn = 0;
  for (std::size_t l = 0; l < end; ++l) {
    if (chain[l]->training_only()) continue;
    const bool is_last = l + 1 == end;
    Real* output = is_last ? y : scratch.data() + turn * half;
    turn = 1 - turn;
    if (products.rounded != nullptr) pass.rounded = products.rounded->MatrixOf(l);
    if (products.packed != nullptr) {
      pass.packs = products.packed->PacksOf(l);
      pass.packs.rows = products.packed_rows->data();
    }
    chain[l]->Forward(output, input, rows, l + 1 == chain.size() ? last : Layer::Output::kActivated, pass);
    input = output;
  }
}

}  // namespace mlp
