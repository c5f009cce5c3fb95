#include <algorithm>

#include "nn/layers.h"

namespace mlp {
namespace {

class Embedding final : public Layer {
 public:
  Embedding(const EmbeddingSpec& spec, std::size_t inputs, std::size_t offset)
      : spec_(spec), inputs_(inputs) {
    tensors_.push_back({"embeddings", spec.count, spec.width, offset, spec.rules, spec.initializer,
                        /*statistic=*/false, /*table=*/true});
  }

  std::size_t inputs() const override { return inputs_; }
  std::size_t outputs() const override { return inputs_ * spec_.width; }
  std::size_t fan_in() const override { return spec_.count; }
  std::size_t fan_out() const override { return spec_.width; }

  void Forward(Real* y, const Real* x, std::size_t rows, Output, const Pass& pass) const override {
    const Real* table = pass.weights + tensors_[0].offset;
    for (std::size_t i = 0; i < rows * inputs_; ++i) {
      std::copy_n(table + Index(x[i]) * spec_.width, spec_.width, y + i * spec_.width);
    }
  }

  // Indices have no gradient.
  void Backward(Real* dx, Real*, const Real*, const Real*, std::size_t rows, Output,
                const Pass&) const override {
    if (dx != nullptr) std::fill_n(dx, rows * inputs_, Real(0));
  }

  void Gradient(Real* grad, const BatchView& batch, std::size_t, std::size_t first, std::size_t rows,
                Real alpha, Real beta) const override {
    const std::size_t width = spec_.width;
    // Plain SGD adds to the weights (beta = 1), so it touches no row but those of the batch.
    if (beta != 1) {
      for (std::size_t k = 0; k < rows * width; ++k) grad[k] = beta == 0 ? Real(0) : beta * grad[k];
    }
    for (std::size_t i = 0; i < batch.rows * inputs_; ++i) {
      const std::size_t index = Index(batch.x[i]);
      if (index < first || index >= first + rows) continue;
      Real* const row = grad + (index - first) * width;
      for (std::size_t k = 0; k < width; ++k) row[k] += alpha * batch.dy[i * width + k];
    }
  }

 private:
  // Callers check their data; the bounds here only protect memory.
  std::size_t Index(Real x) const {
    return x > 0 ? std::min(static_cast<std::size_t>(std::min(x, Real(2147483647))), spec_.count - 1) : 0;
  }

  EmbeddingSpec spec_;
  std::size_t inputs_;
};

}  // namespace

std::unique_ptr<Layer> MakeEmbedding(const EmbeddingSpec& spec, std::size_t inputs, std::size_t offset) {
  return std::make_unique<Embedding>(spec, inputs, offset);
}

}  // namespace mlp
