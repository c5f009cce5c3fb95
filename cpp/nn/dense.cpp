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
      ForwardInTiles(y, x, {0, inputs_}, rows, pass.packs);
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
      if (pass.packs.dy != nullptr) PackGradient(dy, {0, spec_.units}, rows, pass.packs);
      if (dx != nullptr) InputGradientInTiles(dx, dy, {0, inputs_}, rows, pass.packs);
    } else if (dx != nullptr) {
      InputGradientProduct(dx, dy, pass.weights + tensors_[0].offset, rows, inputs_, spec_.units, inputs_);
    }
    if (dx != nullptr) Scale(dx, rows * inputs_);
  }

  void Gradient(Real* grad, const BatchView& batch, std::size_t tensor, std::size_t first, std::size_t rows,
                Real alpha, Real beta) const override {
    if (tensor == 0 && batch.packed.x != nullptr) {
      const auto& [kernels, x, dy, tiles] = batch.packed;
      kernels->multiply(grad, spec_.units, {kernels->At(x, first / kTileWidth, tiles, 0), tiles}, {dy, tiles},
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

  void ForwardInputs(Real* sums, const Real* x, Range inputs, std::size_t rows, const Real* weights,
                     const Packs& packs) const override {
    if (packs.forward.tiles != nullptr) return ForwardInTiles(sums, x, inputs, rows, packs);
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

  void BackwardInputs(Real* dx, const Real* dy, Range inputs, std::size_t rows, const Real* weights,
                      const Packs& packs) const override {
    if (packs.backward.tiles != nullptr) return InputGradientInTiles(dx, dy, inputs, rows, packs);
    InputGradientProduct(dx + inputs.first, dy, KernelIn(weights, inputs), rows, inputs.count, spec_.units,
                         inputs_);
  }

  void ActivationGradient(Real* dy, const Real* y, Range outputs, std::size_t rows,
                          const Packs& packs) const override {
    for (std::size_t r = 0; r < rows; ++r) {
      const std::size_t at = r * spec_.units + outputs.first;
      ActiveKernels().activation_gradient(dy + at, y + at, nullptr, 1, outputs.count, spec_.activation.kind,
                                          spec_.activation.alpha);
    }
    if (packs.dy != nullptr) PackGradient(dy, outputs, rows, packs);
  }

 private:
  void Scale(Real* numbers, std::size_t n) const {
    if (spec_.ntk) ActiveKernels().scale(numbers, n, scale_);
  }

  // The products of some inputs, which begin at a multiple of kTileDepth.
  void ForwardInTiles(Real* y, const Real* x, Range inputs, std::size_t rows, const Packs& packs) const {
    const Bfloat16Kernels& kernels = *packs.kernels;
    const std::size_t depth = DepthTiles(inputs.count);
    const Real* const from = x + inputs.first;
    kernels.pack(packs.rows, depth, from, inputs_, rows, inputs.count, Factor::kLeft);
    if (packs.x != nullptr) {
      kernels.pack(kernels.At(packs.x, inputs.first / kTileWidth, packs.stride, 0), packs.stride, from,
                   inputs_, rows, inputs.count, Factor::kLeftTransposed);
    }
    const PackedFactor kernel{kernels.At(packs.forward.tiles, 0, 0, inputs.first / kTileDepth),
                              packs.forward.stride};
    kernels.multiply(y, spec_.units, {packs.rows, depth}, kernel, rows, spec_.units, depth, 1, 0);
  }

  void InputGradientInTiles(Real* dx, const Real* dy, Range inputs, std::size_t rows,
                            const Packs& packs) const {
    const Bfloat16Kernels& kernels = *packs.kernels;
    const std::size_t depth = DepthTiles(spec_.units);
    kernels.pack(packs.rows, depth, dy, spec_.units, rows, spec_.units, Factor::kLeft);
    const PackedFactor kernel{
        kernels.At(packs.backward.tiles, inputs.first / kTileWidth, packs.backward.stride, 0),
        packs.backward.stride};
    kernels.multiply(dx + inputs.first, inputs_, {packs.rows, depth}, kernel, rows, inputs.count, depth, 1,
                     0);
  }

  // dy of some outputs as a factor of the weight gradient.
  void PackGradient(const Real* dy, Range outputs, std::size_t rows, const Packs& packs) const {
    packs.kernels->pack(packs.kernels->At(packs.dy, outputs.first / kTileWidth, packs.stride, 0),
                        packs.stride, dy + outputs.first, spec_.units, rows, outputs.count, Factor::kRight);
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
