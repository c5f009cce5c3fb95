#ifndef PERCEPTRA_TRAIN_ALL_REDUCE_H_
#define PERCEPTRA_TRAIN_ALL_REDUCE_H_

#include <cstddef>

#include "math/real.h"

namespace mlp {

// Sums over the ranks of a group: processes that train copies of one network, each on its own rows. All ranks
// call the same functions in the same order with the same counts, and get the same bits. Numbers are added in
// an order that only the size of the group and the count decide.
//
// Every function but StartSum blocks until all ranks have called it, and throws Error ERR_GROUP_LOST if one
// of them does not. After that every further call throws.
class AllReduce {
 public:
  virtual ~AllReduce() = default;

  virtual int rank() const = 0;
  virtual int size() const = 0;

  // In place. The two may run at the same time, each on one thread.
  virtual void SumGradient(Real* numbers, std::size_t count) = 0;
  virtual void SumNumbers(double* numbers, std::size_t count) = 0;

  // Starts a sum as SumGradient's, and returns. Sums run one after the other in the order of their starts.
  // One thread at a time.
  virtual void StartSum(Real* numbers, std::size_t count) = 0;
  // Waits for the sums that were started. Until then nobody uses their numbers, nor calls SumGradient.
  virtual void FinishSums() = 0;
};

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_ALL_REDUCE_H_
