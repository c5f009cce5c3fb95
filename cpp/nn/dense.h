#ifndef PERCEPTRA_NN_DENSE_H_
#define PERCEPTRA_NN_DENSE_H_

#include "nn/layer.h"
#include "nn/spec.h"

namespace mlp {

// y = f(x w + b), with w (inputs, units) row-major and b (units). Bias and activation are one pass over rows
// just produced.
class Dense final : public Layer {
 public:
  Dense(const DenseSpec& spec, std::size_t inputs, std::size_t offset);

  std::size_t inputs() const override { return inputs_; }
  std::size_t outputs() const override { return spec_.units; }
  const std::vector<Tensor>& tensors() const override { return tensors_; }

  void Initialize(Real* weights, std::uint64_t seed, std::uint32_t first_tensor) const override;
  void Forward(Real* y, const Real* x, const Real* weights, std::size_t rows, Output output) const override;
  void Backward(Real* dx, Real* dy, const Real* y, const Real* weights, std::size_t rows,
                Output output) const override;
  void Gradient(Real* grad, const Real* x, const Real* dy, std::size_t batch, std::size_t tensor,
                std::size_t first, std::size_t rows, Real alpha, Real beta) const override;

 private:
  DenseSpec spec_;
  std::size_t inputs_;
  std::vector<Tensor> tensors_;  // kernel, bias
};

}  // namespace mlp

#endif  // PERCEPTRA_NN_DENSE_H_
