#include "train/dataset_builder.h"

#include <utility>

namespace mlp {

DatasetBuilder::DatasetBuilder(Numbers kind, std::size_t numbers, std::size_t columns)
    : kind_(kind), rows_(Dataset::CountRows(numbers, columns)), columns_(columns) {
  if (kind == Numbers::kReal) numbers_ = Filling<Real>(numbers);
  if (kind == Numbers::kBytes) bytes_ = Filling<std::uint8_t>(numbers);
  if (kind == Numbers::kDoubles) doubles_ = Filling<double>(numbers);
}

void DatasetBuilder::MakeRoomForTargets(Targets kind, std::size_t targets, std::size_t columns) {
  Dataset::CheckTargetCount(rows_, targets, kind == Targets::kClasses ? 1 : columns);
  targets_ = kind;
  target_columns_ = columns;
  if (kind == Targets::kValues) values_ = Filling<Real>(targets);
  if (kind == Targets::kClasses) classes_ = Filling<std::int32_t>(targets);
}

void DatasetBuilder::MakeRoomForWeights(std::size_t weights) {
  Dataset::CheckWeightCount(rows_, weights);
  weights_ = Filling<Real>(weights);
}

std::size_t DatasetBuilder::bytes() const {
  return (numbers_.size() + values_.size() + weights_.size()) * sizeof(Real) + bytes_.size() +
         doubles_.size() * sizeof(double) + classes_.size() * sizeof(std::int32_t);
}

bool DatasetBuilder::full() const {
  return numbers_.full() && bytes_.full() && doubles_.full() && values_.full() && classes_.full() &&
         weights_.full();
}

Dataset DatasetBuilder::Build() {
  Dataset data = kind_ == Numbers::kBytes     ? Dataset(bytes_.Take(), columns_)
                 : kind_ == Numbers::kDoubles ? Dataset(Dataset::Doubles{doubles_.Take()}, columns_)
                                              : Dataset(numbers_.Take(), columns_);
  if (weights_.size() > 0) data.TakeWeights(weights_.Take(), weight_sum_);
  if (targets_ == Targets::kValues) data.SetValues(values_.Take(), target_columns_);
  if (targets_ == Targets::kClasses) data.TakeClasses(classes_.Take(), largest_class_);
  return data;
}

}  // namespace mlp
