#ifndef PERCEPTRA_NN_INPUT_SPLIT_H_
#define PERCEPTRA_NN_INPUT_SPLIT_H_

#include <cstddef>

#include "math/real.h"
#include "nn/layer_output.h"
#include "nn/packs.h"
#include "nn/range.h"

namespace mlp {

// The interface of a layer that threads can share out by inputs: each output is a function of one weighted
// sum of the inputs. A thread multiplies its inputs, of all rows, by its rows of the kernel and reads no
// other rows of it; then the threads meet and add up their products.
//
// With products in bfloat16 `packs` are those of the layer for the given rows, and `inputs` and `outputs`
// begin at multiples of kTileDepth.
class InputSplit {
 public:
  virtual ~InputSplit() = default;

  // sums = x w over these inputs
  virtual void ForwardInputs(Real* sums,     // (rows, outputs)
                             const Real* x,  // (rows, inputs)
                             Range inputs, std::size_t rows, const Real* weights,
                             const Packs& packs) const = 0;
  // Turns these columns of the sums over all inputs into outputs, in place.
  virtual void ActivateOutputs(Real* y,  // (rows, outputs)
                               Range outputs, std::size_t rows, LayerOutput output,
                               const Real* weights) const = 0;
  // The gradient of these inputs.
  virtual void BackwardInputs(Real* dx,        // (rows, inputs)
                              const Real* dy,  // (rows, outputs), of the pre-activations
                              Range inputs, std::size_t rows, const Real* weights,
                              const Packs& packs) const = 0;
  // Turns the gradient of these outputs into that of the pre-activations, in place.
  virtual void ActivationGradient(Real* dy,       // (rows, outputs)
                                  const Real* y,  // (rows, outputs)
                                  Range outputs, std::size_t rows, const Packs& packs) const = 0;
};

}  // namespace mlp

#endif  // PERCEPTRA_NN_INPUT_SPLIT_H_
