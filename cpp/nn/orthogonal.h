#ifndef PERCEPTRA_NN_ORTHOGONAL_H_
#define PERCEPTRA_NN_ORTHOGONAL_H_

#include <cstddef>
#include <span>

#include "math/random.h"
#include "math/real.h"

namespace mlp {

// Fills w (rows, columns) with `gain` times a random matrix whose columns (or rows, if they are fewer) are
// orthonormal, uniformly distributed over all such matrices (Saxe et al. 2014; Stewart 1980, "The efficient
// generation of random orthogonal matrices with an application to condition estimators").
void FillOrthogonal(std::span<Real> w, std::size_t rows, std::size_t columns, double gain, Random& random);

}  // namespace mlp

#endif  // PERCEPTRA_NN_ORTHOGONAL_H_
