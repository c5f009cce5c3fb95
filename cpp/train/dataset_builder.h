#ifndef PERCEPTRA_TRAIN_DATASET_BUILDER_H_
#define PERCEPTRA_TRAIN_DATASET_BUILDER_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "train/dataset.h"
#include "train/filling.h"

namespace mlp {

// Makes a data set whose numbers come in ranges: each call writes the next numbers of one part. Allocation
// touches no memory, so no call takes long.
class DatasetBuilder {
 public:
  enum class Numbers { kReal, kBytes, kDoubles };
  enum class Targets { kNone, kValues, kClasses };

  // `numbers`, `targets`: how many there are. Throws Error unless they are whole rows.
  DatasetBuilder(Numbers kind, std::size_t numbers, std::size_t columns);
  void MakeRoomForTargets(Targets kind, std::size_t targets, std::size_t columns);
  void MakeRoomForWeights(std::size_t weights);

  // write(out, count) fills in the next `count` numbers and returns whether all are finite; so do these. What
  // is not finite does not count as filled in. Throws Error for a negative class or weight.
  template <typename F>
  bool AddNumbers(std::size_t count, F write) {
    if (kind_ == Numbers::kBytes) return Add(bytes_, count, write);
    if (kind_ == Numbers::kDoubles) return Add(doubles_, count, write);
    return Add(numbers_, count, write);
  }
  template <typename F>
  bool AddTargets(std::size_t count, F write) {
    if (targets_ == Targets::kValues) return Add(values_, count, write);
    const auto added = classes_.Next(count);
    if (!Add(classes_, count, write)) return false;
    largest_class_ = std::max(largest_class_, Dataset::LargestClass(added));
    return true;
  }
  template <typename F>
  bool AddWeights(std::size_t count, F write) {
    const auto added = weights_.Next(count);
    if (!Add(weights_, count, write)) return false;
    weight_sum_ = Dataset::SumOfWeights(added, weight_sum_);
    return true;
  }

  std::size_t rows() const { return rows_; }
  std::size_t bytes() const;
  bool full() const;
  // REQUIRES: full().
  Dataset Build();

 private:
  template <typename T, typename F>
  static bool Add(Filling<T>& part, std::size_t count, F write) {
    if (!write(part.Next(count).data(), count)) return false;
    part.Advance(count);
    return true;
  }

  Numbers kind_;
  Targets targets_ = Targets::kNone;
  std::size_t rows_, columns_, target_columns_ = 0;
  Filling<Real> numbers_, values_, weights_;
  Filling<std::uint8_t> bytes_;
  Filling<double> doubles_;
  Filling<std::int32_t> classes_;
  std::int32_t largest_class_ = -1;
  double weight_sum_ = 0;
};

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_DATASET_BUILDER_H_
