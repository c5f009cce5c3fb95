#ifndef PERCEPTRA_NN_LAYER_H_
#define PERCEPTRA_NN_LAYER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "math/kernel_types.h"
#include "math/real.h"
#include "nn/batch_statistics.h"
#include "nn/input_split.h"
#include "nn/layer_output.h"
#include "nn/layer_spec.h"
#include "nn/packs.h"

namespace mlp {

class RowProducts;

// A tensor of a layer: its place in the network's flat vector, its rules and its initializer.
struct Tensor {
  std::string name;
  std::size_t rows, columns;
  std::size_t offset;  // into the flat vector of all weights
  TensorRules rules;
  InitializerSpec initializer;
  bool statistic = false;               // updated by its layer's BatchStatistics, not by an optimizer
  bool table = false;                   // one column per unit, even when there is a single row
  std::size_t fan_in = 0, fan_out = 0;  // that the initializer scales by, in place of the layer's
  std::size_t members = 1;              // the rows are as many equal parts, one for each member
  std::vector<std::size_t>
      chunks;  // of columns that begin with one value in a row; empty: of one column each

  std::size_t size() const { return rows * columns; }
};

// What a layer reads beside a block of rows.
struct Pass {
  const Real* weights = nullptr;           // the network's flat vector
  const RoundedMatrix* rounded = nullptr;  // in inference: the first tensor in fewer bits, or null
  RowProducts* row_products = nullptr;     // in inference: with `rounded`, and for few rows
  Packs packs;                             // for products in bfloat16
  bool training = false;
  // The members below are for training. Random numbers of a row depend on the seed, the epoch and the row's
  // place in the epoch, so not on the number of threads or the batch size.
  std::uint64_t seed = 0;
  std::uint32_t epoch = 0;
  std::size_t first_row = 0;   // of the block, counted in the epoch
  std::size_t batch_rows = 0;  // of the whole batch
  double dropout_factor = 1;   // of the rates of dropout layers
  Real* saved = nullptr;       // (rows, saved_per_row): Forward writes it for Backward, Backward for Gradient
  const Real* statistics = nullptr;  // of the batch: see BatchStatistics
};

// A batch, or a block of its rows, after Backward: what Gradient reads.
struct BatchView {
  const Real* x;           // (rows, inputs)
  const Real* dy;          // (rows, outputs), as Backward left it
  const Real* saved;       // (rows, saved_per_row)
  const Real* statistics;  // of the batch: see BatchStatistics
  std::size_t rows;
  std::size_t first_row;  // of the batch or block, counted in the epoch
  PackedBatch packed{};   // for products in bfloat16
};

// A stateless function over spans: weights, inputs and outputs are passed in. The network owns all memory.
// Forward and Backward work on any block of rows; Gradient on any rows of a tensor, over any block of rows or
// the whole batch.
class Layer {
 public:
  virtual ~Layer() = default;

  virtual std::size_t inputs() const = 0;
  virtual std::size_t outputs() const = 0;
  // In Keras's order.
  const std::vector<Tensor>& tensors() const { return tensors_; }
  // The sizes that initializers scale by.
  virtual std::size_t fan_in() const { return inputs(); }
  virtual std::size_t fan_out() const { return outputs(); }

  // Whether inference can leave the layer out (y = x).
  virtual bool training_only() const { return false; }
  // Whether the outputs depend on the member that a row belongs to: see nn/members.h.
  virtual bool by_member() const { return false; }
  // Numbers per row that Forward saves for Backward, and Backward for Gradient; none in inference.
  virtual std::size_t saved_per_row() const { return 0; }
  // Whether the first tensor is the kernel (inputs, outputs) of matrix products, which the layer computes in
  // bfloat16 if it gets Packs. Gradient then takes rows of the kernel from a multiple of kTileWidth on.
  virtual bool has_kernel() const { return false; }

  using Output = LayerOutput;

  virtual void Forward(Real* y,        // (rows, outputs)
                       const Real* x,  // (rows, inputs)
                       std::size_t rows, Output output, const Pass& pass) const = 0;

  // Turns the gradient of the outputs into that of the pre-activations, in place; then, unless dx is null,
  // into that of the inputs.
  virtual void Backward(Real* dx,       // (rows, inputs)
                        Real* dy,       // (rows, outputs)
                        const Real* x,  // (rows, inputs)
                        const Real* y,  // (rows, outputs), as Forward left it
                        std::size_t rows, Output output, const Pass& pass) const = 0;

  // grad = alpha * (gradient of rows [first, first + rows) of a tensor) + beta * grad
  virtual void Gradient([[maybe_unused]] Real* grad,  // (rows, columns of the tensor)
                        const BatchView&, [[maybe_unused]] std::size_t tensor, std::size_t /*first*/,
                        std::size_t /*rows*/, Real /*alpha*/, Real /*beta*/) const {}

  // Null if rows are independent.
  virtual const BatchStatistics* batch_statistics() const { return nullptr; }
  // Null if the layer can only be shared out by rows.
  virtual const InputSplit* input_split() const { return nullptr; }

 protected:
  std::vector<Tensor> tensors_;
};

}  // namespace mlp

#endif  // PERCEPTRA_NN_LAYER_H_
