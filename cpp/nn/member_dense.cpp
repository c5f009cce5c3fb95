#include <algorithm>
#include <array>

#include "math/blas.h"
#include "math/kernels.h"
#include "nn/layers.h"
#include "nn/members.h"

namespace mlp {
namespace {

// Outputs of a member's rows lie side by side in a buffer of this size on the stack, as products need them.
constexpr std::size_t kBufferNumbers = 8192;

class MemberDense final : public Layer {
 public:
  MemberDense(const MemberDenseSpec& spec, std::size_t inputs, std::size_t offset, std::size_t members)
      : spec_(spec),
        inputs_(inputs),
        members_(members),
        rows_at_once_(std::max<std::size_t>(1, kBufferNumbers / spec.units)) {
    tensors_.push_back({"kernel", members * inputs, spec.units, offset, spec.kernel_rules,
                        spec.kernel_initializer, /*statistic=*/false, /*table=*/true});
    tensors_[0].members = members;
    if (!spec.use_bias) return;
    tensors_.push_back({"bias", members, spec.units, offset + members * inputs * spec.units, spec.bias_rules,
                        spec.bias_initializer});
    tensors_[1].members = members;
  }

  std::size_t inputs() const override { return inputs_; }
  std::size_t outputs() const override { return spec_.units; }
  bool by_member() const override { return true; }

  void Forward(Real* y, const Real* x, std::size_t rows, Output output, const Pass& pass) const override {
    const std::size_t units = spec_.units;
    std::array<Real, kBufferNumbers> buffer;
    for (std::size_t member = 0; member < members_; ++member) {
      EachRun(member, pass.first_row, rows, [&](std::size_t from, std::size_t count, bool) {
        const Real* const kernel = KernelOf(pass.weights, member);
        Real* const out = count == 1 ? y + from * units : buffer.data();
        ForwardProduct(out, x + from * inputs_, kernel, count, inputs_, units, members_ * inputs_);
        if (count > 1) Scatter(y + from * units, out, count);
      });
    }
    const Activation f = output == Output::kLogits ? Activation::kLinear : spec_.activation.kind;
    if (!spec_.use_bias) {
      ActiveKernels().bias_activation(y, nullptr, rows, units, f, spec_.activation.alpha);
      return;
    }
    for (std::size_t r = 0; r < rows; ++r) {
      const Real* const bias = pass.weights + tensors_[1].offset + (pass.first_row + r) % members_ * units;
      ActiveKernels().bias_activation(y + r * units, bias, 1, units, f, spec_.activation.alpha);
    }
  }

  void Backward(Real* dx, Real* dy, const Real*, const Real* y, std::size_t rows, Output output,
                const Pass& pass) const override {
    if (output == Output::kActivated) {
      ActiveKernels().activation_gradient(dy, y, nullptr, rows, spec_.units, spec_.activation.kind,
                                          spec_.activation.alpha);
    }
    if (dx == nullptr) return;
    std::array<Real, kBufferNumbers> buffer;
    for (std::size_t member = 0; member < members_; ++member) {
      EachRun(member, pass.first_row, rows, [&](std::size_t from, std::size_t count, bool) {
        InputGradientProduct(dx + from * inputs_, Together(buffer.data(), dy, from, count),
                             KernelOf(pass.weights, member), count, inputs_, spec_.units, members_ * inputs_);
      });
    }
  }

  void Gradient(Real* grad, const BatchView& batch, std::size_t tensor, std::size_t first, std::size_t rows,
                Real alpha, Real beta) const override {
    const std::size_t units = spec_.units, end = first + rows;
    if (tensor == 1) {
      for (std::size_t member = first; member < end; ++member, grad += units) {
        const auto [from, count] = RowsOfMember(member, batch.first_row, batch.rows, members_);
        ActiveKernels().column_sums(grad, batch.dy + from * units, count, units, members_ * units, alpha,
                                    beta);
      }
      return;
    }
    std::array<Real, kBufferNumbers> buffer;
    while (first < end) {
      const std::size_t member = first / inputs_, input = first % inputs_;
      const std::size_t inputs = std::min(end - first, inputs_ - input);
      const bool has_rows = EachRun(
          member, batch.first_row, batch.rows, [&](std::size_t from, std::size_t count, bool is_first) {
            WeightGradientProduct(grad, batch.x + from * inputs_ + input,
                                  Together(buffer.data(), batch.dy, from, count), count, inputs, units,
                                  members_ * inputs_, alpha, is_first ? beta : Real(1));
          });
      if (!has_rows)
        std::transform(grad, grad + inputs * units, grad, [=](Real g) { return beta == 0 ? 0 : beta * g; });
      grad += inputs * units;
      first += inputs;
    }
  }

 private:
  // Calls f(first row, rows, whether they are the member's first) for a member's rows of a block, as many at
  // a time as the buffer holds. Returns whether there are any.
  template <typename F>
  bool EachRun(std::size_t member, std::size_t first_row, std::size_t rows, F f) const {
    const auto [first, count] = RowsOfMember(member, first_row, rows, members_);
    for (std::size_t done = 0; done < count; done += rows_at_once_) {
      f(first + done * members_, std::min(rows_at_once_, count - done), done == 0);
    }
    return count > 0;
  }

  // Rows of the member, from their places between those of other members to one after the other.
  const Real* Together(Real* buffer, const Real* dy, std::size_t from, std::size_t count) const {
    const std::size_t units = spec_.units;
    const Real* row = dy + from * units;
    if (count == 1) return row;
    for (std::size_t r = 0; r < count; ++r, row += members_ * units) {
      std::copy_n(row, units, buffer + r * units);
    }
    return buffer;
  }

  void Scatter(Real* y, const Real* buffer, std::size_t count) const {
    const std::size_t units = spec_.units;
    for (std::size_t r = 0; r < count; ++r) std::copy_n(buffer + r * units, units, y + r * members_ * units);
  }

  const Real* KernelOf(const Real* weights, std::size_t member) const {
    return weights + tensors_[0].offset + member * inputs_ * spec_.units;
  }

  MemberDenseSpec spec_;
  std::size_t inputs_, members_, rows_at_once_;
};

}  // namespace

std::unique_ptr<Layer> MakeMemberDense(const MemberDenseSpec& spec, std::size_t inputs, std::size_t offset,
                                       std::size_t members) {
  return std::make_unique<MemberDense>(spec, inputs, offset, members);
}

}  // namespace mlp
