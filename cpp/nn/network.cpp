#include "nn/network.h"

#include <algorithm>
#include <limits>
#include <string>

#include "math/error.h"
#include "nn/dense.h"

namespace mlp {
namespace {

constexpr std::size_t kMostWeights = std::numeric_limits<std::int32_t>::max();

}  // namespace

Network::Network(const NetworkSpec& spec) : spec_(spec), inputs_(spec.inputs) {
  if (spec.layers.empty()) throw Error("ERR_ARGUMENT", "A network needs at least one layer.");
  std::size_t inputs = spec.inputs;
  for (const DenseSpec& dense : spec.layers) {
    if (!layers_.empty()) widest_ = std::max(widest_, inputs);
    if (inputs == 0 || dense.units == 0)
      throw Error("ERR_ARGUMENT", "Layers need at least one input and one unit.");
    // Dividing first keeps the product below from wrapping.
    if (inputs + 1 > kMostWeights / dense.units ||
        (inputs + 1) * dense.units > kMostWeights - weight_count_) {
      throw Error("ERR_ARGUMENT", "The network has more than 2^31 weights.");
    }
    layers_.push_back(std::make_unique<Dense>(dense, inputs, weight_count_));
    for (const Tensor& tensor : layers_.back()->tensors()) weight_count_ += tensor.size();
    inputs = dense.units;
  }
}

void Network::Initialize(Real* weights) const {
  std::uint32_t tensor = 0;
  for (const auto& layer : layers_) {
    layer->Initialize(weights, spec_.seed, tensor);
    tensor += static_cast<std::uint32_t>(layer->tensors().size());
  }
}

Workspace::Workspace(const Network& network, std::size_t batch) : x(batch * network.inputs()) {
  for (const auto& layer : network.layers()) {
    y.emplace_back(batch * layer->outputs());
    dy.emplace_back(batch * layer->outputs());
  }
}

void Infer(const Network& network, Real* y, const Real* x, const Real* weights, std::size_t rows,
           Vector& scratch, Layer::Output last) {
  const std::size_t half = rows * network.widest();
  if (scratch.size() < 2 * half) scratch.resize(2 * half);
  const auto& layers = network.layers();
  const Real* input = x;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const bool is_last = l + 1 == layers.size();
    Real* output = is_last ? y : scratch.data() + (l % 2) * half;
    layers[l]->Forward(output, input, weights, rows, is_last ? last : Layer::Output::kActivated);
    input = output;
  }
}

}  // namespace mlp
