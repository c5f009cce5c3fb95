#include <algorithm>

#include "math/kernels.h"
#include "nn/layers.h"
#include "nn/members.h"

namespace mlp {
namespace {

class MemberScale final : public Layer {
 public:
  MemberScale(const MemberScaleSpec& spec, std::size_t inputs, std::size_t offset, std::size_t members)
      : spec_(spec), inputs_(inputs), members_(members) {
    tensors_.push_back({spec.name, members, inputs, offset, spec.scale_rules, spec.scale_initializer});
    tensors_[0].members = members;
    tensors_[0].chunks = spec.chunks;
    if (!spec.use_bias) return;
    tensors_.push_back(
        {"bias", members, inputs, offset + members * inputs, spec.bias_rules, spec.bias_initializer});
    tensors_[1].members = members;
  }

  std::size_t inputs() const override { return inputs_; }
  std::size_t outputs() const override { return inputs_; }
  bool by_member() const override { return true; }

  void Forward(Real* y, const Real* x, std::size_t rows, Output output, const Pass& pass) const override {
    const Kernels& kernels = ActiveKernels();
    const Activation f = output == Output::kLogits ? Activation::kLinear : spec_.activation.kind;
    const bool is_product = !spec_.use_bias && f == Activation::kLinear;
    std::size_t member = pass.first_row % members_;
    for (std::size_t r = 0; r < rows; ++r) {
      kernels.multiply(y + r * inputs_, x + r * inputs_, RowOf(pass.weights, 0, member), inputs_);
      if (!is_product) {
        const Real* const bias = spec_.use_bias ? RowOf(pass.weights, 1, member) : nullptr;
        kernels.bias_activation(y + r * inputs_, bias, 1, inputs_, f, spec_.activation.alpha);
      }
      if (++member == members_) member = 0;
    }
  }

  void Backward(Real* dx, Real* dy, const Real*, const Real* y, std::size_t rows, Output output,
                const Pass& pass) const override {
    const Kernels& kernels = ActiveKernels();
    if (output == Output::kActivated) {
      kernels.activation_gradient(dy, y, nullptr, rows, inputs_, spec_.activation.kind,
                                  spec_.activation.alpha);
    }
    if (dx == nullptr) return;
    std::size_t member = pass.first_row % members_;
    for (std::size_t r = 0; r < rows; ++r) {
      kernels.multiply(dx + r * inputs_, dy + r * inputs_, RowOf(pass.weights, 0, member), inputs_);
      if (++member == members_) member = 0;
    }
  }

  void Gradient(Real* grad, const BatchView& batch, std::size_t tensor, std::size_t first, std::size_t rows,
                Real alpha, Real beta) const override {
    const Kernels& kernels = ActiveKernels();
    const std::size_t stride = members_ * inputs_;
    for (std::size_t member = first; member < first + rows; ++member, grad += inputs_) {
      const auto [from, count] = RowsOfMember(member, batch.first_row, batch.rows, members_);
      const Real* const dy = batch.dy + from * inputs_;
      if (tensor == 0) {
        kernels.product_sums(grad, dy, batch.x + from * inputs_, count, inputs_, stride, alpha, beta);
      } else {
        kernels.column_sums(grad, dy, count, inputs_, stride, alpha, beta);
      }
    }
  }

 private:
  const Real* RowOf(const Real* weights, std::size_t tensor, std::size_t member) const {
    return weights + tensors_[tensor].offset + member * inputs_;
  }

  MemberScaleSpec spec_;
  std::size_t inputs_, members_;
};

}  // namespace

std::unique_ptr<Layer> MakeMemberScale(const MemberScaleSpec& spec, std::size_t inputs, std::size_t offset,
                                       std::size_t members) {
  return std::make_unique<MemberScale>(spec, inputs, offset, members);
}

}  // namespace mlp
