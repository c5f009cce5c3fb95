#ifndef PERCEPTRA_NN_BATCH_STATISTICS_H_
#define PERCEPTRA_NN_BATCH_STATISTICS_H_

#include <cstddef>

#include "math/real.h"

namespace mlp {

struct BatchView;

// The part of a layer that looks at all rows of a batch in training, such as their mean. Each thread adds up
// its own rows, the threads meet, and each turns the sum over all rows into the same statistics. This
// happens once forward and once back.
class BatchStatistics {
 public:
  virtual ~BatchStatistics() = default;

  // Numbers to add up, in each direction.
  virtual std::size_t sum_count() const = 0;
  // Numbers in the statistics of a batch: `Pass::statistics`.
  virtual std::size_t statistic_count() const = 0;

  // Adds some rows to the sums.
  virtual void AddForward(double* sums,   // (sum_count)
                          const Real* x,  // (rows, inputs)
                          std::size_t rows) const = 0;
  virtual void AddBackward(double* sums,    // (sum_count)
                           const Real* dy,  // (rows, outputs)
                           const Real* x,   // (rows, inputs)
                           std::size_t rows, const Real* statistics) const = 0;

  // Computes statistics from the sums over all rows of the batch.
  virtual void FinishForward(Real* statistics, const double* sums, std::size_t batch_rows) const = 0;
  virtual void FinishBackward(Real* statistics, const double* sums) const = 0;

  // Updates a tensor that is a moving statistic, after a batch.
  virtual void UpdateMoving(Real* numbers, const BatchView& batch, std::size_t tensor) const = 0;
};

}  // namespace mlp

#endif  // PERCEPTRA_NN_BATCH_STATISTICS_H_
