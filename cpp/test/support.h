#ifndef PERCEPTRA_TEST_SUPPORT_H_
#define PERCEPTRA_TEST_SUPPORT_H_

#include <cmath>
#include <memory>
#include <stdexcept>
#include <variant>
#include <vector>

#include "math/compute_pool.h"
#include "math/random.h"
#include "train/model.h"

namespace mlp {

inline std::vector<Real> RandomNumbers(std::size_t n, std::uint32_t stream, double scale = 1) {
  Random random(12345, RandomPurpose::kInitialize, 1000 + stream);
  std::vector<Real> numbers(n);
  for (Real& number : numbers) number = static_cast<Real>(scale * random.Normal());
  return numbers;
}

// The tolerance for a sum of `terms` random products.
inline double Near(std::size_t terms) {
  return (sizeof(Real) == 4 ? 1e-5 : 1e-13) * std::sqrt(static_cast<double>(terms) + 10);
}

inline Vector ToVector(const std::vector<Real>& numbers) { return {numbers.begin(), numbers.end()}; }

inline DenseSpec& DenseAt(NetworkSpec& spec, std::size_t layer) {
  return std::get<DenseSpec>(spec.layers[layer].kind);
}

// A dense network; the first width is its number of inputs.
inline NetworkSpec SpecOf(const std::vector<std::size_t>& widths, Activation hidden, Activation last) {
  NetworkSpec spec;
  spec.inputs = widths[0];
  spec.seed = 7;
  for (std::size_t l = 1; l < widths.size(); ++l) {
    DenseSpec dense;
    dense.units = widths[l];
    dense.activation.kind = l + 1 == widths.size() ? last : hidden;
    dense.activation.alpha = Real(0.1);
    spec.layers.push_back({dense});
  }
  return spec;
}

// Sets random targets of the kind that the loss reads: class numbers, probabilities, signs or values.
inline void SetTargets(Dataset& data, LossKind loss, std::size_t outputs) {
  const std::size_t rows = data.rows();
  Random random(5, RandomPurpose::kShuffle, 0);
  if (loss == LossKind::kSparseCategoricalCrossentropy) {
    AlignedVector<std::int32_t> classes(rows);
    for (auto& c : classes) c = static_cast<std::int32_t>(random.Below(static_cast<std::uint32_t>(outputs)));
    data.SetClasses(std::move(classes));
    return;
  }
  const bool gaussian = loss == LossKind::kGaussianNll;
  const std::size_t columns = gaussian ? outputs / 2 : outputs;
  Vector values(rows * columns);
  for (Real& value : values) {
    value = static_cast<Real>(random.Uniform());
    if (loss == LossKind::kHinge || loss == LossKind::kSquaredHinge) value = value > Real(0.5) ? 1 : -1;
  }
  if (loss == LossKind::kCategoricalCrossentropy || loss == LossKind::kKullbackLeibler) {
    for (std::size_t r = 0; r < rows; ++r) {
      Real sum = 0;
      for (std::size_t j = 0; j < outputs; ++j) sum += values[r * outputs + j];
      for (std::size_t j = 0; j < outputs; ++j) values[r * outputs + j] /= sum;
    }
  }
  data.SetValues(values, columns);
}

// Random rows with random targets of the kind that the loss reads.
inline std::shared_ptr<Dataset> DataFor(LossKind loss, std::size_t rows, std::size_t inputs,
                                        std::size_t outputs) {
  auto data = std::make_shared<Dataset>(ToVector(RandomNumbers(rows * inputs, 1)), inputs);
  SetTargets(*data, loss, outputs);
  return data;
}

// Runs one slice on the compute threads: on `team` of them, or as many as the trainer needs.
inline void RunSlice(Model& model, TrainSlice& slice, int team = 0) {
  static const std::atomic<bool> never{false};
  if (slice.stop == nullptr) slice.stop = &never;
  slice.data = model.trainer().data();
  if (!slice.data) throw std::logic_error("The test freed its data.");
  slice.sums.metrics.resize(model.trainer().metrics().count());
  ComputePool::ProcessWide().Run(team > 0 ? team : model.trainer().threads(),
                                 [&](Team& t) { model.trainer().Run(t, model.weights(), slice); });
}

inline TrainSlice SliceOf(std::size_t steps, double rate, double budget_ms = 1e9) {
  TrainSlice slice;
  slice.steps = steps;
  slice.rates = {rate};
  slice.budget_ms = budget_ms;
  return slice;
}

}  // namespace mlp

#endif  // PERCEPTRA_TEST_SUPPORT_H_
