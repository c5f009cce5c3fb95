#include "train/group_buckets.h"

namespace mlp {

void GroupBuckets::Cut(const Network& network, std::size_t lowest_trained,
                       const std::vector<std::vector<Slab>>& slabs) {
  const auto& layers = network.layers();
  const std::size_t end = network.weight_count();
  buckets_.clear();
  of_layer_.assign(layers.size(), 0);
  for (std::size_t l = lowest_trained; l < layers.size(); ++l) {
    if (!layers[l]->tensors().empty()) {
      const std::size_t first = layers[l]->tensors()[0].offset;
      const bool is_enough = !buckets_.empty() && first - buckets_.back().first >= kFewestNumbers;
      if (buckets_.empty() || (is_enough && end - first >= kFewestNumbers)) buckets_.push_back({first, 0, 0});
    }
    of_layer_[l] = buckets_.size() - 1;
  }
  for (std::size_t b = 0; b < buckets_.size(); ++b) {
    const std::size_t next = b + 1 < buckets_.size() ? buckets_[b + 1].first : end;
    buckets_[b].count = next - buckets_[b].first;
  }
  for (const std::vector<Slab>& share : slabs) {
    for (const Slab& slab : share) {
      if (layers[slab.layer]->tensors()[slab.tensor].statistic) continue;
      ++buckets_[of_layer_[slab.layer]].slabs;
    }
  }
  const MutexLock lock(mutex_);
  missing_.resize(buckets_.size());
  Reset();
}

void GroupBuckets::Restart() {
  const MutexLock lock(mutex_);
  Reset();
}

void GroupBuckets::Reset() {
  for (std::size_t b = 0; b < buckets_.size(); ++b) missing_[b] = buckets_[b].slabs;
  next_ = 0;
}

// Sums start in the order of the buckets, whichever is complete first: all ranks have the same order.
void GroupBuckets::Complete(AllReduce& group, Real* gradient, const Slab& slab) {
  const MutexLock lock(mutex_);
  --missing_[of_layer_[slab.layer]];
  for (; next_ + 1 < buckets_.size() && missing_[next_] == 0; ++next_) {
    group.StartSum(gradient + buckets_[next_].first, buckets_[next_].count);
  }
}

}  // namespace mlp
