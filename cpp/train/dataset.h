#ifndef PERCEPTRA_TRAIN_DATASET_H_
#define PERCEPTRA_TRAIN_DATASET_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "math/aligned.h"

namespace mlp {

// Rows to train on or to predict. Bytes and doubles stay what they are until a row is gathered. Targets are
// values, class numbers, or absent.
class Dataset {
 public:
  Dataset(Vector x, std::size_t columns);
  Dataset(AlignedVector<std::uint8_t> x, std::size_t columns);
  // Numbers that stay doubles, for models that compute in double precision.
  struct Doubles {
    AlignedVector<double> numbers;
  };
  Dataset(Doubles x, std::size_t columns);

  void SetValues(Vector values, std::size_t columns);
  // Throws Error for a negative class.
  void SetClasses(AlignedVector<std::int32_t> classes);
  // One weight per row. Throws Error for another number of weights, or for one below 0.
  void SetWeights(Vector weights);

  // The checks of the constructor and of the three functions above, in parts, and the last two without them.
  static std::size_t CountRows(std::size_t numbers, std::size_t columns);
  static void CheckTargetCount(std::size_t rows, std::size_t targets, std::size_t columns);
  static void CheckWeightCount(std::size_t rows, std::size_t weights);
  static std::int32_t LargestClass(std::span<const std::int32_t> classes);
  // `sum` plus the weights, added one after the other.
  static double SumOfWeights(std::span<const Real> weights, double sum);
  void TakeClasses(AlignedVector<std::int32_t> classes, std::int32_t largest);
  void TakeWeights(Vector weights, double sum);

  std::size_t rows() const { return rows_; }
  std::size_t columns() const { return columns_; }
  std::size_t value_columns() const { return value_columns_; }
  bool has_values() const { return !values_.empty(); }
  bool has_classes() const { return !classes_.empty(); }
  bool has_weights() const { return !weights_.empty(); }
  Real weight(std::size_t row) const { return weights_[row]; }
  double weight_sum() const { return weight_sum_; }
  std::int32_t largest_class() const { return largest_class_; }
  std::size_t bytes() const;

  // Columns [first, first + count) of rows named by `order`, as numbers: x (order.size(), columns).
  void Gather(Real* x, std::span<const std::uint32_t> order, std::size_t first, std::size_t count) const;
  void GatherValues(Real* values, std::span<const std::uint32_t> order) const;
  void GatherClasses(std::int32_t* classes, std::span<const std::uint32_t> order) const;
  void GatherWeights(Real* weights, std::span<const std::uint32_t> order) const;

  // Rows [first, first + rows) as numbers: a pointer into the data set, or into `scratch` where other
  // numbers are converted.
  const Real* ReadRows(std::size_t first, std::size_t rows, Vector& scratch) const;
  // The same two in double precision; GatherDoubles takes all columns.
  void GatherDoubles(double* x, std::span<const std::uint32_t> order) const;
  const double* ReadDoubles(std::size_t first, std::size_t rows, AlignedVector<double>& scratch) const;
  const Real* values(std::size_t first) const { return values_.data() + first * value_columns_; }
  const std::int32_t* classes(std::size_t first) const { return classes_.data() + first; }
  const Real* weights(std::size_t first) const { return has_weights() ? weights_.data() + first : nullptr; }

 private:
  // Calls use() with a pointer to the numbers, whatever their type.
  template <typename F>
  void WithNumbers(F use) const;

  std::size_t rows_, columns_, value_columns_ = 0;
  Vector numbers_;
  AlignedVector<std::uint8_t> bytes_;
  AlignedVector<double> doubles_;
  Vector values_, weights_;
  double weight_sum_ = 0;
  AlignedVector<std::int32_t> classes_;
  std::int32_t largest_class_ = -1;
};

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_DATASET_H_
