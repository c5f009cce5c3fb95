#include <algorithm>

#include "math/error.h"
#include "nn/column_part.h"
#include "nn/layers.h"

namespace mlp {
namespace {

class Columns final : public Layer {
 public:
  Columns(const ColumnsSpec& spec, std::size_t inputs, std::size_t offset) : inputs_(inputs) {
    for (const ColumnPartSpec& part_spec : spec.parts) {
      CheckColumns(part_spec);
      std::unique_ptr<ColumnPart> part =
          std::visit([&](const auto& kind) { return MakePart(part_spec, kind, offset); }, part_spec.kind);
      for (std::size_t t = 0; t < part->tensors().size(); ++t) {
        tensors_.push_back(part->tensors()[t]);
        places_.push_back({parts_.size(), t});
        offset += tensors_.back().size();
      }
      const std::size_t width = part->outputs(), saved = part->saved_per_row();
      parts_.push_back({std::move(part), outputs_, saved_});
      outputs_ += width;
      saved_ += saved;
    }
  }

  std::size_t inputs() const override { return inputs_; }
  std::size_t outputs() const override { return outputs_; }
  std::size_t saved_per_row() const override { return saved_; }

  void Forward(Real* y, const Real* x, std::size_t rows, Output, const Pass& pass) const override {
    for (const Place& place : parts_) {
      place.part->Forward(y + place.output, RowsOf(place, x, pass.saved, rows), pass.weights);
    }
  }

  void Backward(Real* dx, Real* dy, const Real* x, const Real* y, std::size_t rows, Output,
                const Pass& pass) const override {
    if (dx != nullptr) std::fill_n(dx, rows * inputs_, Real(0));
    for (const Place& place : parts_) {
      place.part->Backward(dx, dy + place.output, y + place.output, RowsOf(place, x, pass.saved, rows),
                           pass.weights);
    }
  }

  void Gradient(Real* grad, const BatchView& batch, std::size_t tensor, std::size_t first, std::size_t rows,
                Real alpha, Real beta) const override {
    const Place& place = parts_[places_[tensor].part];
    // Gradient only reads what Backward saved.
    const PartRows part_rows = RowsOf(place, batch.x, const_cast<Real*>(batch.saved), batch.rows);
    place.part->Gradient(grad, batch.dy + place.output, part_rows, places_[tensor].tensor, first, rows, alpha,
                         beta);
  }

 private:
  struct Place {
    std::unique_ptr<ColumnPart> part;
    std::size_t output, saved;  // the first number of a row
  };
  struct TensorPlace {
    std::size_t part, tensor;
  };

  void CheckColumns(const ColumnPartSpec& part) const {
    const bool fit = std::all_of(part.columns.begin(), part.columns.end(),
                                 [this](std::uint32_t column) { return column < inputs_; });
    if (part.columns.empty() || !fit) {
      throw Error("ERR_ARGUMENT", "A part of a columns layer reads no columns, or one that is not there.");
    }
  }

  PartRows RowsOf(const Place& place, const Real* x, Real* saved, std::size_t rows) const {
    return {rows, x, inputs_, outputs_, saved == nullptr ? nullptr : saved + place.saved, saved_};
  }

  std::size_t inputs_, outputs_ = 0, saved_ = 0;
  std::vector<Place> parts_;
  std::vector<TensorPlace> places_;  // of each tensor
};

}  // namespace

std::unique_ptr<Layer> MakeColumns(const ColumnsSpec& spec, std::size_t inputs, std::size_t offset) {
  return std::make_unique<Columns>(spec, inputs, offset);
}

}  // namespace mlp
