#ifndef PERCEPTRA_NN_LAYER_H_
#define PERCEPTRA_NN_LAYER_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "math/real.h"
#include "nn/layer_spec.h"

namespace mlp {

// One tensor of a layer: where it lies in the network's flat vector, and what stands there.
struct Tensor {
  const char* name;
  std::size_t rows, columns;
  std::size_t offset;  // into the flat vector of all weights
  TensorRules rules;
  InitializerSpec initializer;
  bool statistic = false;  // moved by its layer, not by an optimizer
  bool table = false;      // a column for each unit, even where there is one row alone

  std::size_t size() const { return rows * columns; }
};

// What a layer is told of a block of rows beside the rows.
struct Pass {
  const Real* weights = nullptr;  // the network's flat vector
  const Half* halves = nullptr;   // the same, for a layer that can do with them for a single row
  bool training = false;
  // In training alone. What is drawn for a row depends on the seed, the epoch and its place there, so neither
  // on threads nor on the size of batches.
  std::uint64_t seed = 0;
  std::uint32_t epoch = 0;
  std::size_t first_row = 0;     // of the block, counted in the epoch
  std::size_t batch_rows = 0;    // of the whole batch
  Real* saved = nullptr;         // (rows, saved_per_row): from Forward to Backward
  const Real* shared = nullptr;  // what all rows of the batch agreed upon
};

// Some of a layer's inputs, or of its outputs: [first, first + count).
struct Block {
  std::size_t first, count;
};

// A batch after Backward, or a block of its rows, for gradients.
struct BatchView {
  const Real* x;       // (rows, inputs)
  const Real* dy;      // (rows, outputs), as Backward left it
  const Real* saved;   // (rows, saved_per_row)
  const Real* shared;  // what all rows of the batch agreed upon
  std::size_t rows;
};

// A stateless function over spans: weights, inputs and outputs are passed in. The network owns all memory.
// Forward and backward work on any block of rows; gradients on any block of a tensor's rows over the whole
// batch.
class Layer {
 public:
  virtual ~Layer() = default;

  virtual std::size_t inputs() const = 0;
  virtual std::size_t outputs() const = 0;
  // In Keras's order.
  const std::vector<Tensor>& tensors() const { return tensors_; }
  // The sizes that initial weights are scaled by.
  virtual std::size_t fan_in() const { return inputs(); }
  virtual std::size_t fan_out() const { return outputs(); }

  // y = x in inference: the layer can be left out.
  virtual bool training_only() const { return false; }
  // Numbers a row that Forward leaves for Backward.
  virtual std::size_t saved_per_row() const { return 0; }

  // Whether the last step of Forward is left to the loss that follows: logits go out instead.
  enum class Output { kActivated, kLogits };

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

  // grad = alpha * (gradient of rows [first, first + rows) of a tensor) + beta * grad, from the whole batch.
  virtual void Gradient([[maybe_unused]] Real* grad,  // (rows, columns of the tensor)
                        const BatchView&, [[maybe_unused]] std::size_t tensor, std::size_t /*first*/,
                        std::size_t /*rows*/, Real /*alpha*/, Real /*beta*/) const {}

  // A layer whose outputs are a function, one by one, of weighted sums of its inputs: it can be computed in
  // parts, each of a block of inputs and of all rows, by threads that each see their own rows of the kernel
  // alone.
  virtual bool has_parts() const { return false; }

  // Whether it takes its first tensor from Pass::halves for a single row.
  virtual bool reads_halves() const { return false; }
  // sums = x w of those inputs
  virtual void ForwardPart(Real* /*sums*/,     // (rows, outputs)
                           const Real* /*x*/,  // (rows, inputs)
                           Block /*inputs*/, std::size_t /*rows*/, const Real* /*weights*/) const {}
  // Turns sums of all inputs into outputs, in place.
  virtual void Finish(Real* /*y*/,  // (rows, outputs)
                      Block /*outputs*/, std::size_t /*rows*/, Output, const Real* /*weights*/) const {}
  // The gradient of those inputs.
  virtual void BackwardPart(Real* /*dx*/,        // (rows, inputs)
                            const Real* /*dy*/,  // (rows, outputs), of the pre-activations
                            Block /*inputs*/, std::size_t /*rows*/, const Real* /*weights*/) const {}
  // Turns the gradient of those outputs into that of the pre-activations, in place.
  virtual void UndoActivation(Real* /*dy*/, const Real* /*y*/,  // (rows, outputs)
                              Block /*outputs*/, std::size_t /*rows*/) const {}

  // A layer that looks at all rows of a batch before it can go on, forward and backward: every thread adds up
  // its rows, all meet, and each works out what they agree upon.
  virtual std::size_t sums() const { return 0; }    // numbers to add up, in each direction
  virtual std::size_t shared() const { return 0; }  // numbers agreed upon
  virtual void AddForward(double* /*sums*/, const Real* /*x*/, std::size_t /*rows*/) const {}
  virtual void AddBackward(double* /*sums*/, const Real* /*dy*/, const Real* /*x*/, std::size_t /*rows*/,
                           const Real* /*shared*/) const {}
  virtual void AgreeForward(Real* /*shared*/, const double* /*sums*/, std::size_t /*batch_rows*/) const {}
  virtual void AgreeBackward(Real* /*shared*/, const double* /*sums*/) const {}
  // Moves a tensor that is a statistic, after a batch.
  virtual void Move(Real* /*numbers*/, const BatchView&, std::size_t /*tensor*/) const {}

 protected:
  std::vector<Tensor> tensors_;
};

}  // namespace mlp

#endif  // PERCEPTRA_NN_LAYER_H_
