#ifndef PERCEPTRA_NN_INITIALIZERS_H_
#define PERCEPTRA_NN_INITIALIZERS_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "nn/spec.h"

namespace mlp {

// Fills a tensor with its initial values. `tensor` is its number in the network: each tensor has its own
// random stream. Glorot and Bengio 2010, eq. 16; He et al. 2015, eq. 10; LeCun et al. 1998, section 4.6;
// their normal distributions are truncated at two standard deviations, as in Keras. Throws Error for an
// orthogonal initializer of a tensor that is not a matrix.
void Initialize(std::span<Real> w, const InitializerSpec& spec, std::size_t fan_in, std::size_t fan_out,
                std::uint64_t network_seed, std::uint32_t tensor);

}  // namespace mlp

#endif  // PERCEPTRA_NN_INITIALIZERS_H_
