// The lines of PERCEPTRA_VERBOSE about a step: how it is shared out, and which functions compute its
// products.
#include <algorithm>
#include <string>
#include <string_view>

#include "math/blas.h"
#include "train/step.h"

namespace mlp {
namespace {

std::string Shape(std::size_t rows, std::size_t in, std::size_t out) {
  return std::to_string(rows) + "x" + std::to_string(in) + "x" + std::to_string(out);
}

bool IsDense(const Layer& layer) {
  return !layer.tensors().empty() && std::string_view(layer.tensors()[0].name) == "kernel";
}

// "784-128-10"
std::string Widths(const Network& network) {
  std::string widths = std::to_string(network.inputs());
  for (const auto& layer : network.layers()) {
    if (!IsDense(*layer)) continue;
    widths += '-';
    widths += std::to_string(layer->outputs());
  }
  return widths;
}

}  // namespace

void Step::Log(VerboseLog& log, std::size_t batch_rows, const std::string& threads) {
  std::string values = "net=" + Widths(state_.network) + " batch=" + std::to_string(batch_rows);
  values += " shares=" + std::to_string(state_.cut.slabs) + " threads=" + threads;
  values += " layers_by_inputs=" + std::to_string(state_.cut.layers_by_inputs);
  values += std::string(" gradients=") + (state_.cut.gradients_by_rows ? "by_rows" : "by_weights");
  values += " layers_that_meet=" + std::to_string(state_.statistics_layers.size());
  values += std::string(" gradients_first=") + (state_.needs_whole_gradient ? "yes" : "no");
  log.Write("step", values);
  for (std::size_t l = 0; l < state_.network.layers().size(); ++l) {
    if (IsDense(*state_.network.layers()[l])) LogProducts(log, l, batch_rows);
  }
}

// The products of the first share; other shares have at most one row more or less.
void Step::LogProducts(VerboseLog& log, std::size_t l, std::size_t batch_rows) {
  const Network& network = state_.network;
  const Layer& layer = *network.layers()[l];
  const ShareCut& cut = state_.cut;
  const std::size_t out = layer.outputs();
  const bool by_inputs = l < cut.layers_by_inputs;
  const auto [first, end] = Share(batch_rows, 0, cut.rows);
  const std::size_t block = std::min(state_.row_block(), end - first);
  const auto log_product = [&](const char* name, Product product, std::size_t product_rows,
                               std::size_t inputs) {
    if (product_rows == 0) return;
    const char* const function = state_.packed_weights                                ? state_.cut.tiles->name
                                 : UsesOwnProduct(product, product_rows, inputs, out) ? "own"
                                                                                      : "blas";
    log.Write("product", "batch=" + std::to_string(batch_rows) +
                             " layer=" + std::to_string(network.spec_index(l)) + " product=" + name +
                             " shape=" + Shape(product_rows, inputs, out) + " by=" + function);
  };
  const auto log_both = [&](std::size_t forward_rows, std::size_t forward_inputs, std::size_t rows,
                            std::size_t inputs) {
    log_product("forward", Product::kForward, forward_rows, forward_inputs);
    if (l > state_.lowest_trained) log_product("input_gradient", Product::kInputGradient, rows, inputs);
  };
  if (by_inputs) {
    log_both(batch_rows, ShareOfInputs(layer, 0, cut.inputs, state_.input_step()).count, batch_rows,
             ShareOfInputs(layer, 0, cut.slabs, state_.input_step()).count);
  } else {
    log_both(block, layer.inputs(), block, layer.inputs());
  }
  if (!network.trains(l, 0)) return;
  if (state_.cut.gradients_by_rows) {
    log_product("weight_gradient", Product::kWeightGradient, block, layer.inputs());
    return;
  }
  std::size_t most = 0;
  for (const auto& slabs : state_.slabs) {
    for (const Slab& slab : slabs) {
      if (slab.layer == l && slab.tensor == 0) most = std::max(most, slab.rows);
    }
  }
  log_product("weight_gradient", Product::kWeightGradient, batch_rows,
              slabs_.IsInPlace(l, 0) && !state_.packed_weights
                  ? most
                  : std::min(most, state_.packed_weights ? PackedPanelRows(layer.tensors()[0])
                                                         : PanelRows(layer.tensors()[0])));
}

}  // namespace mlp
