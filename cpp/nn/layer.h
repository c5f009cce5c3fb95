#ifndef PERCEPTRA_NN_LAYER_H_
#define PERCEPTRA_NN_LAYER_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "math/real.h"

namespace mlp {

// One trainable tensor: where it lies in the network's flat vector, and what stands there.
struct Tensor {
  const char* name;
  std::size_t rows, columns;
  std::size_t offset;  // into the flat vector of all weights

  std::size_t size() const { return rows * columns; }
};

// A stateless function over spans: weights, inputs and outputs are passed in. The network owns all memory.
// Forward and backward work on any block of rows; gradients on any block of a tensor's rows over the whole
// batch.
class Layer {
 public:
  virtual ~Layer() = default;

  virtual std::size_t inputs() const = 0;
  virtual std::size_t outputs() const = 0;
  // Trainable tensors in Keras's order.
  virtual const std::vector<Tensor>& tensors() const = 0;

  virtual void Initialize(Real* weights, std::uint64_t seed, std::uint32_t first_tensor) const = 0;

  // Whether the last step of Forward is left to the loss that follows: logits go out instead.
  enum class Output { kActivated, kLogits };

  virtual void Forward(Real* y,              // (rows, outputs)
                       const Real* x,        // (rows, inputs)
                       const Real* weights,  // the network's flat vector
                       std::size_t rows, Output output) const = 0;

  // Turns the gradient of the outputs into that of the pre-activations, in place; then, unless dx is null,
  // into that of the inputs.
  virtual void Backward(Real* dx,             // (rows, inputs)
                        Real* dy,             // (rows, outputs)
                        const Real* y,        // (rows, outputs), as Forward left it
                        const Real* weights,  // the network's flat vector
                        std::size_t rows, Output output) const = 0;

  // grad = alpha * (gradient of rows [first, first + rows) of a tensor) + beta * grad, from the whole batch.
  virtual void Gradient(Real* grad,      // (rows, columns of the tensor)
                        const Real* x,   // (batch, inputs)
                        const Real* dy,  // (batch, outputs), as Backward left it
                        std::size_t batch, std::size_t tensor, std::size_t first, std::size_t rows,
                        Real alpha, Real beta) const = 0;
};

}  // namespace mlp

#endif  // PERCEPTRA_NN_LAYER_H_
