#ifndef PERCEPTRA_NN_BATCH_STATISTICS_H_
#define PERCEPTRA_NN_BATCH_STATISTICS_H_

#include <cstddef>

#include "math/real.h"

namespace mlp {

struct BatchView;

// The interface of a layer that in training depends on all rows of a batch, for example on their mean. Each
// thread adds up its rows, all threads meet, and each computes the same statistics from the sums over all
// rows: once on the way forward, once on the way back.
class BatchStatistics {
 public:
  virtual ~BatchStatistics() = default;

  // The number of sums, in each direction.
  virtual std::size_t sum_count() const = 0;
  // The size of the statistics of a batch, Pass::statistics.
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
