#include <cmath>

#include "math/bfloat16.h"
#include "math/blas.h"
#include "math/kernels.h"
#include "math/row_helpers.h"
#include "nn/layers.h"

namespace mlp {
namespace {

class Dense final : public Layer, public InputSplit {
 public:
  Dense(const DenseSpec& spec, std::size_t inputs, std::size_t offset)
      : spec_(spec),
        inputs_(inputs),
        scale_(spec.ntk ? static_cast<Real>(1 / std::sqrt(static_cast<double>(inputs))) : Real(1)) {
    tensors_.push_back({"kernel", inputs, spec.units, offset, spec.kernel_rules, spec.kernel_initializer,
                        /*statistic=*/false, /*table=*/true});
    if (spec.use_bias) {
      tensors_.push_back(
          {"bias", 1, spec.units, offset + inputs * spec.units, spec.bias_rules, spec.bias_initializer});
    }
  }

  std::size_t inputs() const override { return inputs_; }
  std::size_t outputs() const override { return spec_.units; }

  void Forward(Real* y, const Real* x, std::size_t rows, Output output, const Pass& pass) const override {
    if (pass.packs.forward.tiles != nullptr) {
      ForwardInTiles(y, x, rows, pass.packs);
    } else if (pass.rounded != nullptr) {
      pass.row_products->Multiply(y, x, {nullptr, inputs_, spec_.units, *pass.rounded, rows});
    } else if (const RowProduct product{pass.weights + tensors_[0].offset, inputs_, spec_.units, {}, rows};
               pass.row_products != nullptr && product.is_faster()) {
      pass.row_products->Multiply(y, x, product);
    } else {
      ForwardProduct(y, x, pass.weights + tensors_[0].offset, rows, inputs_, spec_.units, inputs_);
    }
    Scale(y, rows * spec_.units);
    const Real* bias = BiasIn(pass.weights);
    const Activation f = output == Output::kLogits ? Activation::kLinear : spec_.activation.kind;
    ActiveKernels().bias_activation(y, bias, rows, spec_.units, f, spec_.activation.alpha);
  }

  void Backward(Real* dx, Real* dy, const Real*, const Real* y, std::size_t rows, Output output,
                const Pass& pass) const override {
    if (output == Output::kActivated) {
      ActiveKernels().activation_gradient(dy, y, nullptr, rows, spec_.units, spec_.activation.kind,
                                          spec_.activation.alpha);
    }
    if (pass.packs.forward.tiles != nullptr) {
      BackwardInTiles(dx, dy, rows, pass.packs);
    } else if (dx != nullptr) {
      InputGradientProduct(dx, dy, pass.weights + tensors_[0].offset, rows, inputs_, spec_.units, inputs_);
    }
    if (dx != nullptr) Scale(dx, rows * inputs_);
  }

  void Gradient(Real* grad, const BatchView& batch, std::size_t tensor, std::size_t first, std::size_t rows,
                Real alpha, Real beta) const override {
    if (tensor == 0 && batch.packed.x != nullptr) {
      const auto& [x, dy, tiles] = batch.packed;
      ActiveBfloat16Kernels()->multiply(grad, spec_.units,
                                        {x + first / kTileWidth * tiles * kTileNumbers, tiles}, {dy, tiles},
                                        rows, spec_.units, tiles, scale_ * alpha, beta);
    } else if (tensor == 0) {
      WeightGradientProduct(grad, batch.x + first, batch.dy, batch.rows, rows, spec_.units, inputs_,
                            scale_ * alpha, beta);
    } else {
      ActiveKernels().column_sums(grad, batch.dy, batch.rows, spec_.units, spec_.units, alpha, beta);
    }
  }

  bool has_kernel() const override { return true; }

  // Softmax needs all sums of a row; sums by inputs are not scaled.
  const InputSplit* input_split() const override {
    return spec_.activation.kind != Activation::kSoftmax && !spec_.ntk ? this : nullptr;
  }

  void ForwardInputs(Real* sums, const Real* x, Range inputs, std::size_t rows,
                     const Real* weights) const override {
    ForwardProduct(sums, x + inputs.first, KernelIn(weights, inputs), rows, inputs.count, spec_.units,
                   inputs_);
  }

  void ActivateOutputs(Real* y, Range outputs, std::size_t rows, Output output,
                       const Real* weights) const override {
    const Real* const bias = BiasIn(weights);
    const Activation f = output == Output::kLogits ? Activation::kLinear : spec_.activation.kind;
    const bool whole = outputs.count == spec_.units;
    for (std::size_t r = 0; r < rows; r += whole ? rows : 1) {
      ActiveKernels().bias_activation(y + r * spec_.units + outputs.first,
                                      bias == nullptr ? nullptr : bias + outputs.first, whole ? rows : 1,
                                      outputs.count, f, spec_.activation.alpha);
    }
  }

  void BackwardInputs(Real* dx, const Real* dy, Range inputs, std::size_t rows,
                      const Real* weights) const override {
    InputGradientProduct(dx + inputs.first, dy, KernelIn(weights, inputs), rows, inputs.count, spec_.units,
                         inputs_);
  }

  void ActivationGradient(Real* dy, const Real* y, Range outputs, std::size_t rows) const override {
    for (std::size_t r = 0; r < rows; ++r) {
      const std::size_t at = r * spec_.units + outputs.first;
      ActiveKernels().activation_gradient(dy + at, y + at, nullptr, 1, outputs.count, spec_.activation.kind,
                                          spec_.activation.alpha);
    }
  }

 private:
  void Scale(Real* numbers, std::size_t n) const {
    if (spec_.ntk) ActiveKernels().scale(numbers, n, scale_);
  }

  void ForwardInTiles(Real* y, const Real* x, std::size_t rows, const Packs& packs) const {
    const Bfloat16Kernels& kernels = *ActiveBfloat16Kernels();
    const std::size_t depth = DepthTiles(inputs_);
    kernels.pack(packs.rows, depth, x, inputs_, rows, inputs_, Factor::kLeft);
    if (packs.x != nullptr) {
      kernels.pack(packs.x, packs.stride, x, inputs_, rows, inputs_, Factor::kLeftTransposed);
    }
    kernels.multiply(y, spec_.units, {packs.rows, depth}, packs.forward, rows, spec_.units, depth, 1, 0);
  }

  void BackwardInTiles(Real* dx, const Real* dy, std::size_t rows, const Packs& packs) const {
    const Bfloat16Kernels& kernels = *ActiveBfloat16Kernels();
    const std::size_t depth = DepthTiles(spec_.units);
    if (packs.dy != nullptr) {
      kernels.pack(packs.dy, packs.stride, dy, spec_.units, rows, spec_.units, Factor::kRight);
    }
    if (dx == nullptr) return;
    kernels.pack(packs.rows, depth, dy, spec_.units, rows, spec_.units, Factor::kLeft);
    kernels.multiply(dx, inputs_, {packs.rows, depth}, packs.backward, rows, inputs_, depth, 1, 0);
  }

  const Real* KernelIn(const Real* weights, Range inputs) const {
    return weights + tensors_[0].offset + inputs.first * spec_.units;
  }
  const Real* BiasIn(const Real* weights) const {
    return spec_.use_bias ? weights + tensors_[1].offset : nullptr;
  }

  DenseSpec spec_;
  std::size_t inputs_;
  Real scale_;  // of the products
};

}  // namespace

std::unique_ptr<Layer> MakeDense(const DenseSpec& spec, std::size_t inputs, std::size_t offset) {
  return std::make_unique<Dense>(spec, inputs, offset);
}

}  // namespace mlp
