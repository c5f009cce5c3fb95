#include <algorithm>
#include <vector>

#include "nn/members.h"
#include "nn/network.h"

namespace mlp {

namespace {

// `which_of(row)` is the number of the row's output.
template <typename F>
void GradientsOfRows(const Network& network, Real* dx, const Real* x, const Real* weights, std::size_t rows,
                     F which_of, Workspace& workspace) {
  const auto& layers = network.layers();
  std::vector<std::size_t> chain;  // the layers that inference runs
  for (std::size_t l = 0; l < layers.size(); ++l) {
    if (!layers[l]->training_only()) chain.push_back(l);
  }
  const auto input_of = [&](std::size_t i) { return i == 0 ? x : workspace.y[chain[i - 1]].data(); };
  const auto pass_of = [&](std::size_t l) {
    Pass pass;
    pass.weights = weights;
    pass.batch_rows = rows;
    pass.saved = workspace.saved[l].data();
    return pass;
  };
  for (std::size_t i = 0; i < chain.size(); ++i) {
    const std::size_t l = chain[i];
    layers[l]->Forward(workspace.y[l].data(), input_of(i), rows, Layer::Output::kActivated, pass_of(l));
  }
  const std::size_t outputs = network.outputs();
  Real* const top = chain.empty() ? dx : workspace.dy[chain.back()].data();
  std::fill_n(top, rows * outputs, Real(0));
  for (std::size_t r = 0; r < rows; ++r) top[r * outputs + static_cast<std::size_t>(which_of(r))] = 1;
  for (std::size_t i = chain.size(); i-- > 0;) {
    const std::size_t l = chain[i];
    Real* const below = i == 0 ? dx : workspace.dy[chain[i - 1]].data();
    layers[l]->Backward(below, workspace.dy[l].data(), input_of(i), workspace.y[l].data(), rows,
                        Layer::Output::kActivated, pass_of(l));
  }
}

}  // namespace

void InputGradients(const Network& network, Real* dx, const Real* x, const Real* weights, std::size_t rows,
                    const std::int32_t* which, Workspace& workspace) {
  const std::size_t members = network.members(), inputs = network.inputs();
  if (members == 1) {
    const auto which_of = [=](std::size_t row) { return which[row]; };
    return GradientsOfRows(network, dx, x, weights, rows, which_of, workspace);
  }
  const std::size_t at_once = std::min(rows, RowsAtOnce(network));
  Vector each(at_once * members * inputs);
  for (std::size_t from = 0; from < rows; from += at_once) {
    const std::size_t n = std::min(at_once, rows - from);
    for (std::size_t r = 0; r < n * members; ++r) {
      std::copy_n(x + (from + r / members) * inputs, inputs, workspace.x.data() + r * inputs);
    }
    GradientsOfRows(
        network, each.data(), workspace.x.data(), weights, n * members,
        [=](std::size_t row) { return which[from + row / members]; }, workspace);
    AverageMembers(dx + from * inputs, each.data(), n, members, inputs, /*logits=*/false, {});
  }
}

}  // namespace mlp
