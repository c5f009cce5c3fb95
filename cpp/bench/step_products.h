#ifndef PERCEPTRA_BENCH_STEP_PRODUCTS_H_
#define PERCEPTRA_BENCH_STEP_PRODUCTS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "math/aligned.h"
#include "multipliers.h"

namespace mlp {

// A product of a training step, and who computes it fastest.
struct StepProduct {
  std::size_t layer;
  Product product;
  const Multiplier* fastest;
  std::vector<double> microseconds;  // of each of AllMultipliers
};

// The matrices of a training step and their products: forward, gradients of inputs except in the first layer,
// gradients of weights. Each is computed by the multiplier that is fastest for its shape, as measured once in
// this process.
class StepProducts {
 public:
  // `sizes`: the inputs and the width of each layer.
  StepProducts(std::size_t batch, const std::vector<std::size_t>& sizes);

  void Multiply();

  // A line: for each product "product/batch_in_out by name=microseconds ...", with "; " between them; `by` is
  // whom perceptra's bounds take.
  std::string Describe() const;

 private:
  Factors FactorsOf(const StepProduct& product);
  LayerShape ShapeOf(std::size_t layer) const { return {batch_, sizes_[layer], sizes_[layer + 1]}; }
  void FindFastest(StepProduct& product);

  std::size_t batch_;
  std::vector<std::size_t> sizes_;
  std::vector<Vector> y_, dy_, w_, dw_;
  std::vector<StepProduct> products_;
};

Vector SomeNumbers(std::size_t n);

}  // namespace mlp

#endif  // PERCEPTRA_BENCH_STEP_PRODUCTS_H_
