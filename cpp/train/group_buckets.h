#ifndef PERCEPTRA_TRAIN_GROUP_BUCKETS_H_
#define PERCEPTRA_TRAIN_GROUP_BUCKETS_H_

#include <cstddef>
#include <vector>

#include "math/mutex.h"
#include "nn/network.h"
#include "train/all_reduce.h"
#include "train/plan.h"

namespace mlp {

// A group sums the gradient in buckets of whole layers, from the lowest up: the sum of a bucket starts when
// the gradients of its layers are complete, and runs while those of higher layers are computed. Buckets
// follow from the network alone, so all ranks have the same. The last one is the caller's: nothing is left to
// be computed then.
class GroupBuckets {
 public:
  // Numbers [first, first + count) of the gradient.
  struct Bucket {
    std::size_t first, count;
    std::size_t slabs;  // of its layers
  };

  // A bucket has at least so many numbers: a smaller message takes as long.
  static constexpr std::size_t kFewestNumbers = 65536;

  // REQUIRES: no step is under way.
  void Cut(const Network& network, std::size_t lowest_trained, const std::vector<std::vector<Slab>>& slabs);
  // The gradient of a slab is complete. Any thread.
  void Complete(AllReduce& group, Real* gradient, const Slab& slab);
  // Before the slabs of another update. REQUIRES: no thread completes slabs.
  void Restart();

  // From the lowest layer up; at least one.
  const std::vector<Bucket>& buckets() const { return buckets_; }

 private:
  void Reset() MLP_REQUIRES(mutex_);

  std::vector<Bucket> buckets_;
  std::vector<std::size_t> of_layer_;  // the bucket of each layer
  Mutex mutex_;
  std::vector<std::size_t> missing_ MLP_GUARDED_BY(mutex_);  // slabs of each bucket
  std::size_t next_ MLP_GUARDED_BY(mutex_) = 0;              // whose sum has not started
};

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_GROUP_BUCKETS_H_
