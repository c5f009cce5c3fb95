#ifndef PERCEPTRA_NN_NETWORK_H_
#define PERCEPTRA_NN_NETWORK_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "math/aligned.h"
#include "nn/layer.h"

namespace mlp {

// A chain of layers and the layout of their weights in one flat vector. It holds no numbers: weights and
// activations are passed in. A layer of the specification whose activation needs its input for its derivative
// becomes two layers here, and a batch ensemble becomes three or four.
class Network {
 public:
  // Throws Error("ERR_ARGUMENT") for a specification without layers, with a width of 0, or with more weights
  // than the BLAS can index.
  explicit Network(const NetworkSpec& spec);

  std::size_t inputs() const { return spec_.inputs; }
  std::size_t outputs() const { return layers_.back()->outputs(); }
  std::size_t weight_count() const { return weight_count_; }
  // Whether a product of few rows is cut into pieces (RowProduct).
  bool cuts_rows() const { return cuts_rows_; }
  // The largest width between two layers; 0 if there is one layer only.
  std::size_t widest() const { return widest_; }
  const std::vector<std::unique_ptr<Layer>>& layers() const { return layers_; }
  const NetworkSpec& spec() const { return spec_; }

  // The index, in the specification, of the layer that this one was made from.
  std::size_t spec_index(std::size_t layer) const { return spec_indices_[layer]; }
  const LayerSpec& spec_of(std::size_t layer) const { return spec_.layers[spec_indices_[layer]]; }
  std::size_t members() const { return spec_.members; }
  // The lowest layer that differs by member; the number of layers if there is none.
  std::size_t first_by_member() const;
  // Numbers in a row of the outputs of the first `layers` layers.
  std::size_t OutputsOf(std::size_t layers) const {
    return layers == 0 ? inputs() : layers_[layers - 1]->outputs();
  }
  // Multiply-adds of one row, about.
  std::size_t work_of_row() const;
  // The number of layers that the first `count` layers of the specification became.
  std::size_t CountUpTo(std::size_t count) const;
  // The activation of the last layer of the specification; linear for layers without one.
  ActivationSpec last_activation() const;

  bool trains(std::size_t layer, std::size_t tensor) const {
    return spec_of(layer).trainable && !layers_[layer]->tensors()[tensor].statistic;
  }
  // Factors of the learning rate and of the weight decay.
  double rate_factor(std::size_t layer, std::size_t tensor) const {
    return spec_of(layer).rate_factor * factor_of(spec_of(layer).rate_factors, layer, tensor);
  }
  double decay_factor(std::size_t layer, std::size_t tensor) const {
    return factor_of(spec_of(layer).decay_factors, layer, tensor);
  }
  // The lowest layer with a tensor to train; the number of layers if there is none.
  std::size_t first_trained() const;

  void Initialize(Real* weights) const;

 private:
  void Add(std::unique_ptr<Layer> layer, std::size_t spec_index);
  // Of a tensor of a layer here, from factors of all tensors of the layer of the specification.
  double factor_of(const std::vector<double>& factors, std::size_t layer, std::size_t tensor) const;

  NetworkSpec spec_;
  std::size_t weight_count_ = 0;
  std::size_t widest_ = 0;
  bool cuts_rows_ = false;
  std::vector<std::unique_ptr<Layer>> layers_;
  std::vector<std::size_t> spec_indices_;
};

// What Forward saves for Backward, for batches of one size; allocated once.
struct Workspace {
  Workspace(const Network& network, std::size_t batch);

  Vector x;                   // (batch, inputs)
  std::vector<Vector> y;      // per layer: (batch, outputs)
  std::vector<Vector> dy;     // per layer: (batch, outputs)
  std::vector<Vector> saved;  // per layer: (batch, saved_per_row)
  std::size_t numbers() const;
};

// The rows of the data that inference takes at once, each for all members.
std::size_t RowsAtOnce(const Network& network);

class PackedWeights;
class RoundedWeights;

// How inference computes its products.
struct Products {
  RowProducts* of_row = nullptr;                   // of few rows; null: on this thread alone
  const RoundedWeights* rounded = nullptr;         // with `of_row`, for few rows
  const PackedWeights* packed = nullptr;           // for products in bfloat16
  AlignedVector<Bfloat16>* packed_rows = nullptr;  // with `packed`: room for rows of x, enlarged as needed
};

// What inference makes of the members' outputs: their average, or all of them, one member after the other in
// a row of (members, outputs). Below the first layer that differs by member there is one output for all.
enum class MemberOutputs { kAverage, kEach };

// Inference: the outputs of the first `layers` layers. `scratch` holds buffers between layers. `last` is what
// the network's last layer computes: a layer below dropout or noise always applies its activation.
void Infer(const Network& network, Real* y, const Real* x, const Real* weights, std::size_t rows,
           Vector& scratch, Layer::Output last, std::size_t layers, const Products& products = {},
           MemberOutputs members = MemberOutputs::kAverage);

inline void Infer(const Network& network, Real* y, const Real* x, const Real* weights, std::size_t rows,
                  Vector& scratch, Layer::Output last) {
  Infer(network, y, x, weights, rows, scratch, last, network.layers().size());
}

// The gradient of one output of each row with respect to the row's inputs, in inference. `which` (rows) is
// the number of that output. REQUIRES: a workspace for at least so many rows; of a network with members, for
// RowsAtOnce(network) times as many as it has members.
void InputGradients(const Network& network, Real* dx, const Real* x, const Real* weights, std::size_t rows,
                    const std::int32_t* which, Workspace& workspace);

}  // namespace mlp

#endif  // PERCEPTRA_NN_NETWORK_H_
