#include "train/dataset.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "math/error.h"
#include "math/kernels.h"

namespace mlp {
namespace {

// Calls copy(row) with the first `count` numbers of each row in `order`. Rows of a shuffled order lie
// anywhere in memory, so the next rows are prefetched.
template <typename T, typename F>
void EachRow(const T* numbers, std::size_t columns, std::size_t count, std::span<const std::uint32_t> order,
             F copy) {
  constexpr std::size_t kAhead = 2048, kLine = 64;  // bytes
  const std::size_t bytes = count * sizeof(T), ahead = bytes < kLine ? 32 : 1 + kAhead / bytes;
  const auto fetch = [=](std::size_t row) {
    const char* const from = reinterpret_cast<const char*>(numbers + row * columns);
    for (std::size_t at = 0; at < bytes; at += kLine) __builtin_prefetch(from + at);
  };
  for (std::size_t i = 0; i < std::min(ahead, order.size() - 1); ++i) fetch(order[i + 1]);
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i + ahead < order.size()) fetch(order[i + ahead]);
    copy(numbers + order[i] * columns);
  }
}

template <typename To, typename From>
void Convert(To* to, const From* from, std::size_t count) {
  std::transform(from, from + count, to, [](From number) { return static_cast<To>(number); });
}

}  // namespace

template <typename F>
void Dataset::WithNumbers(F use) const {
  if (!bytes_.empty()) return use(bytes_.data());
  if (!doubles_.empty()) return use(doubles_.data());
  use(numbers_.data());
}

std::size_t Dataset::CountRows(std::size_t numbers, std::size_t columns) {
  if (columns == 0 || numbers % columns != 0) {
    throw Error("ERR_ARGUMENT", "A data set needs whole rows of at least one number.");
  }
  if (numbers / columns > std::numeric_limits<std::int32_t>::max()) {
    throw Error("ERR_ARGUMENT", "A data set has at most 2^31 - 1 rows.");
  }
  return numbers / columns;
}

void Dataset::CheckTargetCount(std::size_t rows, std::size_t targets, std::size_t columns) {
  if (columns == 0 || targets % columns != 0 || targets / columns != rows)
    throw Error("ERR_ARGUMENT", "Targets need one row, or one class, for each row of x.");
}

void Dataset::CheckWeightCount(std::size_t rows, std::size_t weights) {
  if (weights != rows) throw Error("ERR_ARGUMENT", "Weights need one number for each row of x.");
}

std::int32_t Dataset::LargestClass(std::span<const std::int32_t> classes) {
  const auto [least, largest] = std::minmax_element(classes.begin(), classes.end());
  if (least == classes.end()) return -1;
  if (*least < 0) throw Error("ERR_ARGUMENT", "Classes are counted from 0.");
  return *largest;
}

double Dataset::SumOfWeights(std::span<const Real> weights, double sum) {
  if (std::any_of(weights.begin(), weights.end(), [](Real weight) { return !(weight >= 0); })) {
    throw Error("ERR_ARGUMENT", "Weights are not below 0.");
  }
  return std::accumulate(weights.begin(), weights.end(), sum);
}

Dataset::Dataset(Vector x, std::size_t columns)
    : rows_(CountRows(x.size(), columns)), columns_(columns), numbers_(std::move(x)) {}

Dataset::Dataset(AlignedVector<std::uint8_t> x, std::size_t columns)
    : rows_(CountRows(x.size(), columns)), columns_(columns), bytes_(std::move(x)) {}

Dataset::Dataset(Doubles x, std::size_t columns)
    : rows_(CountRows(x.numbers.size(), columns)), columns_(columns), doubles_(std::move(x.numbers)) {}

void Dataset::SetValues(Vector values, std::size_t columns) {
  CheckTargetCount(rows_, values.size(), columns);
  values_ = std::move(values);
  value_columns_ = columns;
}

void Dataset::SetClasses(AlignedVector<std::int32_t> classes) {
  CheckTargetCount(rows_, classes.size(), 1);
  const std::int32_t largest = LargestClass(classes);
  TakeClasses(std::move(classes), largest);
}

void Dataset::SetWeights(Vector weights) {
  CheckWeightCount(rows_, weights.size());
  const double sum = SumOfWeights(weights, 0);
  TakeWeights(std::move(weights), sum);
}

void Dataset::TakeClasses(AlignedVector<std::int32_t> classes, std::int32_t largest) {
  classes_ = std::move(classes);
  largest_class_ = largest;
}

void Dataset::TakeWeights(Vector weights, double sum) {
  weights_ = std::move(weights);
  weight_sum_ = sum;
}

std::size_t Dataset::bytes() const {
  return (numbers_.size() + values_.size() + weights_.size()) * sizeof(Real) + bytes_.size() +
         doubles_.size() * sizeof(double) + classes_.size() * sizeof(std::int32_t);
}

void Dataset::Gather(Real* x, std::span<const std::uint32_t> order, std::size_t first,
                     std::size_t count) const {
  std::size_t to = first;
  if (!bytes_.empty()) {
    EachRow(bytes_.data() + first, columns_, count, order, [&](const std::uint8_t* row) {
      ActiveKernels().widen_bytes(x + to, row, count);
      to += columns_;
    });
  } else {
    WithNumbers([&](const auto* numbers) {
      EachRow(numbers + first, columns_, count, order, [&](const auto* row) {
        Convert(x + to, row, count);
        to += columns_;
      });
    });
  }
}

void Dataset::GatherDoubles(double* x, std::span<const std::uint32_t> order) const {
  WithNumbers([&](const auto* numbers) {
    EachRow(numbers, columns_, columns_, order, [&](const auto* row) {
      Convert(x, row, columns_);
      x += columns_;
    });
  });
}

void Dataset::GatherValues(Real* values, std::span<const std::uint32_t> order) const {
  for (const std::uint32_t row : order) {
    std::copy_n(values_.data() + row * value_columns_, value_columns_, values);
    values += value_columns_;
  }
}

void Dataset::GatherClasses(std::int32_t* classes, std::span<const std::uint32_t> order) const {
  for (const std::uint32_t row : order) *classes++ = classes_[row];
}

void Dataset::GatherWeights(Real* weights, std::span<const std::uint32_t> order) const {
  for (const std::uint32_t row : order) *weights++ = weights_[row];
}

const Real* Dataset::ReadRows(std::size_t first, std::size_t rows, Vector& scratch) const {
  if (!numbers_.empty()) return numbers_.data() + first * columns_;
  scratch.resize(std::max(scratch.size(), rows * columns_));
  if (!bytes_.empty()) {
    ActiveKernels().widen_bytes(scratch.data(), bytes_.data() + first * columns_, rows * columns_);
  } else {
    Convert(scratch.data(), doubles_.data() + first * columns_, rows * columns_);
  }
  return scratch.data();
}

const double* Dataset::ReadDoubles(std::size_t first, std::size_t rows,
                                   AlignedVector<double>& scratch) const {
  if (!doubles_.empty()) return doubles_.data() + first * columns_;
  scratch.resize(std::max(scratch.size(), rows * columns_));
  WithNumbers(
      [&](const auto* numbers) { Convert(scratch.data(), numbers + first * columns_, rows * columns_); });
  return scratch.data();
}

}  // namespace mlp
