#ifndef PERCEPTRA_NN_ROUNDED_WEIGHTS_H_
#define PERCEPTRA_NN_ROUNDED_WEIGHTS_H_

#include <cstddef>
#include <vector>

#include "math/aligned.h"
#include "math/kernel_types.h"
#include "nn/network.h"

namespace mlp {

// The kernels of a network's wide dense layers in fewer bits, for predictions of few rows.
class RoundedWeights {
 public:
  // Rounds the weights (the network's flat vector).
  RoundedWeights(const Network& network, Rounding rounding, const Real* weights);

  // From this many rows on, float32 products are as fast.
  static constexpr std::size_t kMostRows = 16;
  // Whether the network has a layer wide enough.
  static bool Rounds(const Network& network);

  // Whether all weights are finite and none is too large for the numbers.
  bool fits() const { return fits_; }
  // Null if the layer reads the weights themselves. REQUIRES: fits()
  const RoundedMatrix* MatrixOf(std::size_t layer) const {
    return matrices_[layer].panels == nullptr ? nullptr : &matrices_[layer];
  }
  std::size_t bytes() const { return numbers_.size() + scales_.size() * sizeof(Real); }

 private:
  template <typename Number, typename Round>
  void RoundPanels(const RoundedMatrix& matrix, const Real* from, Round round);
  void RoundLayer(RoundedMatrix& matrix, const Real* from);
  void SetScales(const RoundedMatrix& matrix, const Real* from);

  std::vector<RoundedMatrix> matrices_;  // per layer
  AlignedVector<unsigned char> numbers_;
  Vector scales_;
  bool fits_ = true;
};

}  // namespace mlp

#endif  // PERCEPTRA_NN_ROUNDED_WEIGHTS_H_
