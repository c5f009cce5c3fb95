#ifndef PERCEPTRA_NN_NETWORK_H_
#define PERCEPTRA_NN_NETWORK_H_

#include <cstddef>
#include <memory>
#include <vector>

#include "math/aligned.h"
#include "nn/layer.h"
#include "nn/spec.h"

namespace mlp {

// A chain of layers and the layout of their weights in one flat vector. It holds no numbers: weights and
// activations are passed in.
class Network {
 public:
  // Throws Error("ERR_ARGUMENT") for a specification without layers, of width 0 or past the sizes that BLAS
  // can count.
  explicit Network(const NetworkSpec& spec);

  std::size_t inputs() const { return inputs_; }
  std::size_t outputs() const { return layers_.back()->outputs(); }
  std::size_t weight_count() const { return weight_count_; }
  // The most numbers in one row between two layers; 0 where there is one layer only.
  std::size_t widest() const { return widest_; }
  const std::vector<std::unique_ptr<Layer>>& layers() const { return layers_; }
  const NetworkSpec& spec() const { return spec_; }

  void Initialize(Real* weights) const;

 private:
  NetworkSpec spec_;
  std::size_t inputs_;
  std::size_t weight_count_ = 0;
  std::size_t widest_ = 0;
  std::vector<std::unique_ptr<Layer>> layers_;
};

// What Forward leaves for Backward, for a batch of one size; allocated once. Rows of x, y and dy are those of
// the batch.
struct Workspace {
  Workspace(const Network& network, std::size_t batch);

  Vector x;                // (batch, inputs)
  std::vector<Vector> y;   // per layer: (batch, outputs)
  std::vector<Vector> dy;  // per layer: (batch, outputs)
};

// Outputs of rows of x, for inference: two buffers of (rows, widest) take turns, so that any number of rows
// needs no more.
void Infer(const Network& network, Real* y, const Real* x, const Real* weights, std::size_t rows,
           Vector& scratch, Layer::Output last);

}  // namespace mlp

#endif  // PERCEPTRA_NN_NETWORK_H_
