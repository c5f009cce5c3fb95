#ifndef PERCEPTRA_NN_COLUMN_PART_H_
#define PERCEPTRA_NN_COLUMN_PART_H_

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "math/kernel_types.h"
#include "nn/layer.h"

namespace mlp {

// A part of a columns layer: it reads some columns of the input rows, and writes its own outputs of each
// output row. Like a layer it is a stateless function over spans; unlike one it reads and writes rows that
// are wider than its own, so nothing is copied.
class ColumnPart {
 public:
  explicit ColumnPart(std::vector<std::uint32_t> columns) : columns_(std::move(columns)) {}
  virtual ~ColumnPart() = default;

  virtual std::size_t outputs() const = 0;
  virtual std::size_t saved_per_row() const { return 0; }
  const std::vector<Tensor>& tensors() const { return tensors_; }

  virtual void Forward(Real* y, const PartRows& rows, const Real* weights) const = 0;
  // As Layer::Backward, but adds to dx, unless it is null: several parts may read a column.
  virtual void Backward(Real* dx, Real* dy, const Real* y, const PartRows& rows,
                        const Real* weights) const = 0;
  virtual void Gradient([[maybe_unused]] Real* grad, const Real* /*dy*/, const PartRows&,
                        [[maybe_unused]] std::size_t tensor, std::size_t /*first*/, std::size_t /*count*/,
                        Real /*alpha*/, Real /*beta*/) const {}

 protected:
  // Adds a tensor at the end, where `offset` is; moves `offset` behind it.
  void AddTensor(std::string name, std::size_t rows, std::size_t width, const InitializerSpec& initializer,
                 std::size_t* offset) {
    tensors_.push_back({std::move(name),
                        rows,
                        width,
                        *offset,
                        {},
                        initializer,
                        /*statistic=*/false,
                        /*table=*/true});
    *offset += rows * width;
  }

  std::vector<std::uint32_t> columns_;
  std::vector<Tensor> tensors_;
};

// The columns as they are, embeddings and one-hot vectors: column_codes.cpp.
std::unique_ptr<ColumnPart> MakePart(const ColumnPartSpec& spec, const PassthroughPart&, std::size_t offset);
std::unique_ptr<ColumnPart> MakePart(const ColumnPartSpec& spec, const EmbeddingPart&, std::size_t offset);
std::unique_ptr<ColumnPart> MakePart(const ColumnPartSpec& spec, const OneHotPart&, std::size_t offset);
// Embeddings of numbers: column_embeddings.cpp.
std::unique_ptr<ColumnPart> MakePart(const ColumnPartSpec& spec, const PeriodicEmbeddingPart&,
                                     std::size_t offset);
std::unique_ptr<ColumnPart> MakePart(const ColumnPartSpec& spec, const PiecewiseLinearEmbeddingPart&,
                                     std::size_t offset);

}  // namespace mlp

#endif  // PERCEPTRA_NN_COLUMN_PART_H_
