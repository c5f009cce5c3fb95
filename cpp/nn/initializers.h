#ifndef PERCEPTRA_NN_INITIALIZERS_H_
#define PERCEPTRA_NN_INITIALIZERS_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "nn/spec.h"

namespace mlp {

// Fills one tensor with its start. `tensor` numbers the tensors of a network: each draws its own numbers.
// Glorot and Bengio 2010, eq. 16; He et al. 2015, eq. 10; LeCun et al. 1998, section 4.6; normal draws of
// these are cut at two standard deviations, as Keras's are. Throws Error for an orthogonal start of no
// matrix.
void Initialize(std::span<Real> w, const InitializerSpec& spec, std::size_t fan_in, std::size_t fan_out,
                std::uint64_t network_seed, std::uint32_t tensor);

}  // namespace mlp

#endif  // PERCEPTRA_NN_INITIALIZERS_H_
