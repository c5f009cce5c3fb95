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

void CheckChunks(const std::vector<std::size_t>& chunks, std::size_t inputs) {
  std::size_t left = inputs;
  const bool fit = std::all_of(chunks.begin(), chunks.end(), [&](std::size_t chunk) {
    left -= std::min(chunk, left + 1);
    return left <= inputs;
  });
  if (chunks.empty() || (fit && left == 0)) return;
  throw Error("ERR_ARGUMENT",
              "The chunks of a layer that differs by member are as many numbers as its inputs.");
}

// Whether a layer's weights can be counted. Checked before memory is allocated for it.
bool FitsMemory(const LayerSpec& spec, std::size_t inputs, std::size_t weights, std::size_t members) {
  if (const auto* dense = std::get_if<DenseSpec>(&spec.kind)) return Fits(inputs, dense->units, weights);
  if (const auto* table = std::get_if<EmbeddingSpec>(&spec.kind)) {
    return Fits(table->count, table->width, weights) && Fits(inputs, table->width, 0);
  }
  if (const auto* columns = std::get_if<ColumnsSpec>(&spec.kind)) return ColumnsFit(*columns, weights);
  if (const auto* dense = std::get_if<MemberDenseSpec>(&spec.kind)) {
    return Fits(members * (inputs + 1), dense->units, weights);
  }
  if (const auto* scale = std::get_if<MemberScaleSpec>(&spec.kind)) {
    CheckChunks(scale->chunks, inputs);
    return Fits(2 * members, inputs, weights);
  }
  return Fits(4, inputs, weights);
}

// Takes away an activation that needs its input for its derivative, and adds it as a layer of its own.
void AddActivation(std::vector<LayerSpec>& parts, ActivationSpec& activation, const LayerSpec& whole) {
  if (!NeedsInput(activation.kind)) return;
  parts.push_back({ActivationLayerSpec{std::exchange(activation, {})}, whole.trainable, whole.rate_factor});
}

// The layers that compute a layer of the specification.
std::vector<LayerSpec> PartsOf(const LayerSpec& whole) {
  std::vector<LayerSpec> parts{whole};
  if (auto* dense = std::get_if<DenseSpec>(&parts[0].kind)) {
    ActivationSpec activation = dense->activation;
    AddActivation(parts, activation, whole);
    std::get<DenseSpec>(parts[0].kind).activation = activation;
  } else if (auto* member_dense = std::get_if<MemberDenseSpec>(&parts[0].kind)) {
    ActivationSpec activation = member_dense->activation;
    AddActivation(parts, activation, whole);
    std::get<MemberDenseSpec>(parts[0].kind).activation = activation;
  } else if (const auto* ensemble = std::get_if<DenseBatchEnsembleSpec>(&whole.kind)) {
    DenseSpec product = ensemble->dense;
    product.use_bias = false;
    MemberScaleSpec output{.name = "outputScale",
                           .use_bias = ensemble->dense.use_bias,
                           .activation = std::exchange(product.activation, {}),
                           .scale_initializer = ensemble->output_scale_initializer,
                           .bias_initializer = ensemble->dense.bias_initializer,
                           .bias_rules = ensemble->dense.bias_rules};
    parts = {whole, whole, whole};
    AddActivation(parts, output.activation, whole);
    parts[0].kind = ensemble->input_scale;
    parts[1].kind = product;
    parts[2].kind = output;
  }
  return parts;
}

struct LayerMaker {
  std::size_t inputs, offset;
  std::uint32_t number;
  bool trainable;
  std::size_t members;

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
  std::unique_ptr<Layer> operator()(const MemberScaleSpec& spec) const {
    return MakeMemberScale(spec, inputs, offset, members);
  }
  std::unique_ptr<Layer> operator()(const MemberDenseSpec& spec) const {
    return MakeMemberDense(spec, inputs, offset, members);
  }
  // PartsOf leaves none.
  std::unique_ptr<Layer> operator()(const DenseBatchEnsembleSpec&) const { return nullptr; }
};

}  // namespace

Network::Network(const NetworkSpec& spec) : spec_(spec) {
  if (spec.layers.empty()) throw Error("ERR_ARGUMENT", "A network needs at least one layer.");
  std::size_t inputs = spec.inputs;
  if (inputs == 0) throw Error("ERR_ARGUMENT", "Layers need at least one input and one unit.");
  if (spec.members == 0 || spec.members > kMostWeights) {
    throw Error("ERR_ARGUMENT", "A network needs at least one member.");
  }
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    for (const LayerSpec& part : PartsOf(spec.layers[i])) {
      if (!FitsMemory(part, inputs, weight_count_, spec.members)) {
        throw Error("ERR_ARGUMENT", "A layer has no units, or the network has more than 2^31 weights.");
      }
      const LayerMaker maker{inputs, weight_count_, static_cast<std::uint32_t>(i), part.trainable,
                             spec.members};
      Add(std::visit(maker, part.kind), i);
      inputs = layers_.back()->outputs();
    }
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
  if (const auto* dense = std::get_if<MemberDenseSpec>(&last)) return dense->activation;
  if (const auto* ensemble = std::get_if<DenseBatchEnsembleSpec>(&last)) return ensemble->dense.activation;
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

std::size_t Network::first_by_member() const {
  const auto first =
      std::find_if(layers_.begin(), layers_.end(), [](const auto& layer) { return layer->by_member(); });
  return static_cast<std::size_t>(first - layers_.begin());
}

std::size_t Network::work_of_row() const {
  std::size_t work = 0;
  for (const auto& layer : layers_) {
    for (const Tensor& tensor : layer->tensors()) work += tensor.size() / tensor.members;
  }
  return work;
}

void Network::Initialize(Real* weights) const {
  std::uint32_t number = 0;
  for (const auto& layer : layers_) {
    for (const Tensor& tensor : layer->tensors()) {
      // Each chunk's value is drawn into its first column, then copied.
      const std::size_t columns = tensor.chunks.empty() ? tensor.columns : tensor.chunks.size();
      Vector drawn(tensor.rows * columns);
      Real* const w = weights + tensor.offset;
      Real* const start = tensor.chunks.empty() ? w : drawn.data();
      mlp::Initialize({start, tensor.rows * columns}, tensor.initializer,
                      tensor.fan_in > 0 ? tensor.fan_in : layer->fan_in(),
                      tensor.fan_out > 0 ? tensor.fan_out : layer->fan_out(), spec_.seed, number++);
      Real* to = w;
      for (std::size_t i = 0; start != w && i < drawn.size(); ++i) {
        to = std::fill_n(to, tensor.chunks[i % columns], drawn[i]);
      }
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

}  // namespace mlp
