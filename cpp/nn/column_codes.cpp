#include <algorithm>
#include <numeric>

#include "math/error.h"
#include "nn/column_part.h"

namespace mlp {
namespace {

class Passthrough final : public ColumnPart {
 public:
  using ColumnPart::ColumnPart;

  std::size_t outputs() const override { return columns_.size(); }

  void Forward(Real* y, const PartRows& rows, const Real*) const override {
    for (std::size_t r = 0; r < rows.rows; ++r) {
      for (std::size_t c = 0; c < columns_.size(); ++c) {
        y[r * rows.y_stride + c] = rows.x[r * rows.x_stride + columns_[c]];
      }
    }
  }

  void Backward(Real* dx, Real* dy, const Real*, const PartRows& rows, const Real*) const override {
    if (dx == nullptr) return;
    for (std::size_t r = 0; r < rows.rows; ++r) {
      for (std::size_t c = 0; c < columns_.size(); ++c) {
        dx[r * rows.x_stride + columns_[c]] += dy[r * rows.y_stride + c];
      }
    }
  }
};

// Columns of codes: whole numbers below the column's count, or -1 for a category that is missing or unknown.
// They have no gradient. Callers check their data; the bounds here only protect memory.
class Codes : public ColumnPart {
 public:
  Codes(std::vector<std::uint32_t> columns, std::vector<std::size_t> counts)
      : ColumnPart(std::move(columns)), counts_(std::move(counts)) {
    if (counts_.size() != columns_.size() || std::count(counts_.begin(), counts_.end(), 0u) > 0) {
      throw Error("ERR_ARGUMENT", "A part of codes needs a count of at least 1 for each column.");
    }
  }

  void Backward(Real*, Real*, const Real*, const PartRows&, const Real*) const override {}

 protected:
  std::size_t total() const { return std::accumulate(counts_.begin(), counts_.end(), std::size_t{0}); }

  // Calls f(row, column, code, first) for each code but -1; `first` is the sum of the counts of the columns
  // before.
  template <typename F>
  void EachCode(const PartRows& rows, F f) const {
    for (std::size_t r = 0; r < rows.rows; ++r) {
      std::size_t first = 0;
      for (std::size_t c = 0; c < columns_.size(); ++c) {
        const Real x = rows.x[r * rows.x_stride + columns_[c]];
        if (x >= 0) {
          const auto code = static_cast<std::size_t>(std::min(x, Real(16777216)));
          f(r, c, std::min(code, counts_[c] - 1), first);
        }
        first += counts_[c];
      }
    }
  }

  std::vector<std::size_t> counts_;
};

class EmbeddingTables final : public Codes {
 public:
  EmbeddingTables(const ColumnPartSpec& spec, const EmbeddingPart& part, std::size_t offset)
      : Codes(spec.columns, part.counts), width_(part.width) {
    AddTensor(spec.name + "/embeddings", total(), width_, part.initializer, &offset);
    tensors_[0].fan_in = total();
    tensors_[0].fan_out = width_;
  }

  std::size_t outputs() const override { return columns_.size() * width_; }

  void Forward(Real* y, const PartRows& rows, const Real* weights) const override {
    for (std::size_t r = 0; r < rows.rows; ++r) std::fill_n(y + r * rows.y_stride, outputs(), Real(0));
    const Real* const table = weights + tensors_[0].offset;
    EachCode(rows, [&](std::size_t r, std::size_t c, std::size_t code, std::size_t first) {
      std::copy_n(table + (first + code) * width_, width_, y + r * rows.y_stride + c * width_);
    });
  }

  void Gradient(Real* grad, const Real* dy, const PartRows& rows, std::size_t, std::size_t first,
                std::size_t count, Real alpha, Real beta) const override {
    if (beta != 1) {
      for (std::size_t k = 0; k < count * width_; ++k) grad[k] = beta == 0 ? Real(0) : beta * grad[k];
    }
    EachCode(rows, [&](std::size_t r, std::size_t c, std::size_t code, std::size_t first_of_column) {
      const std::size_t row = first_of_column + code;
      if (row < first || row >= first + count) return;
      const Real* const d = dy + r * rows.y_stride + c * width_;
      Real* const sum = grad + (row - first) * width_;
      for (std::size_t k = 0; k < width_; ++k) sum[k] += alpha * d[k];
    });
  }

 private:
  std::size_t width_;
};

class OneHot final : public Codes {
 public:
  using Codes::Codes;

  std::size_t outputs() const override { return total(); }

  void Forward(Real* y, const PartRows& rows, const Real*) const override {
    const std::size_t width = outputs();
    for (std::size_t r = 0; r < rows.rows; ++r) std::fill_n(y + r * rows.y_stride, width, Real(0));
    EachCode(rows, [&](std::size_t r, std::size_t, std::size_t code, std::size_t first) {
      y[r * rows.y_stride + first + code] = 1;
    });
  }
};

}  // namespace

std::unique_ptr<ColumnPart> MakePart(const ColumnPartSpec& spec, const PassthroughPart&, std::size_t) {
  return std::make_unique<Passthrough>(spec.columns);
}

std::unique_ptr<ColumnPart> MakePart(const ColumnPartSpec& spec, const EmbeddingPart& part,
                                     std::size_t offset) {
  return std::make_unique<EmbeddingTables>(spec, part, offset);
}

std::unique_ptr<ColumnPart> MakePart(const ColumnPartSpec& spec, const OneHotPart& part, std::size_t) {
  return std::make_unique<OneHot>(spec.columns, part.counts);
}

}  // namespace mlp
