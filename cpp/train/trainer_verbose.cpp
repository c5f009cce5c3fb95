// What PERCEPTRA_VERBOSE tells: how the steps of an epoch are shared out, and who computes their products.
#include <algorithm>
#include <string>
#include <string_view>

#include "math/blas.h"
#include "train/trainer.h"

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

// An epoch of `rows` rows has steps of one or two sizes.
void Trainer::SayHow(std::size_t rows) {
  SayStep(batch_size_);
  if (rows % batch_size_ > 0) SayStep(rows % batch_size_);
  SayThreads();
}

void Trainer::SayStep(std::size_t batch_rows) {
  std::string values = "net=" + Widths(network_) + " batch=" + std::to_string(batch_rows);
  values += " shares=" + std::to_string(shares()) + " threads=";
  values += (tuner_.tries() ? "1-" : "") + std::to_string(tuner_.most());
  values += " layers_by_inputs=" + std::to_string(by_inputs_);
  values += std::string(" gradients=") + (by_rows_ ? "by_rows" : "by_weights");
  values += " layers_that_meet=" + std::to_string(meetings_.size());
  values += std::string(" gradients_first=") + (needs_all_gradients_ ? "yes" : "no");
  log_->Say("step", values);
  for (std::size_t l = 0; l < network_.layers().size(); ++l) {
    if (IsDense(*network_.layers()[l])) SayProducts(l, batch_rows);
  }
}

// The products of the first share; those of others differ by one row at most.
void Trainer::SayProducts(std::size_t l, std::size_t batch_rows) {
  const Layer& layer = *network_.layers()[l];
  const Tensor& kernel = layer.tensors()[0];
  const std::size_t out = layer.outputs();
  const bool by_inputs = l < by_inputs_;
  const auto [first, end] = Share(batch_rows, 0, shares());
  const std::size_t block = std::min(kRowBlock, end - first);
  const std::size_t rows = by_inputs ? batch_rows : block;
  const std::size_t in = by_inputs ? InputsOf(l, 0).count : layer.inputs();
  const auto say = [&](const char* name, Product product, std::size_t product_rows, std::size_t inputs) {
    if (product_rows == 0) return;
    log_->Say("product", "batch=" + std::to_string(batch_rows) +
                             " layer=" + std::to_string(network_.owner(l)) + " product=" + name +
                             " shape=" + Shape(product_rows, inputs, out) +
                             " by=" + (UsesOwnProduct(product, product_rows, inputs, out) ? "own" : "blas"));
  };
  say("forward", Product::kForward, rows, in);
  if (l > floor_) say("input_gradient", Product::kInputGradient, rows, in);
  if (!network_.trains(l, 0)) return;
  if (by_rows_) return say("weight_gradient", Product::kWeightGradient, block, layer.inputs());
  // A gradient that is added straight to the weights needs no panels.
  const Part& part = parts_[l][0];
  const bool in_place = !needs_all_gradients_ && part.plain &&
                        training_.optimizer->TargetFor(nullptr, {}, nullptr, part.factor).in_place;
  std::size_t most = 0;
  for (const auto& slabs : slabs_) {
    for (const Slab& slab : slabs) {
      if (slab.layer == l && slab.tensor == 0) most = std::max(most, slab.rows);
    }
  }
  say("weight_gradient", Product::kWeightGradient, batch_rows,
      in_place ? most : std::min(most, PanelRows(kernel)));
}

// A number of threads that is tried is told when the trial has ended.
void Trainer::SayThreads() {
  if (!tuner_.settled()) return;
  log_->Say("threads", "batch=" + std::to_string(batch_size_) + " shares=" + std::to_string(shares()) +
                           " threads=" + std::to_string(tuner_.threads()) +
                           " of=" + std::to_string(tuner_.most()) + " by=" +
                           (tuner_.tries()         ? "trial"
                            : options_.threads > 0 ? "option"
                                                   : "size"));
}

}  // namespace mlp
