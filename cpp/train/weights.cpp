#include "train/weights.h"

#include <new>

namespace mlp {

std::shared_ptr<const Vector> Weights::Read() {
  std::unique_lock lock(mutex_);
  if (!running_) return live_;
  read_ = true;
  if (!copy_) {
    wanted_.store(true, std::memory_order_relaxed);
    published_.wait(lock, [this] { return copy_ != nullptr || !running_; });
  }
  return copy_ ? copy_ : live_;
}

Vector& Weights::Change() {
  const std::lock_guard lock(mutex_);
  return ChangeLocked();
}

Vector& Weights::BeginSlice() {
  const std::lock_guard lock(mutex_);
  Vector& live = ChangeLocked();
  copy_ = read_ ? std::make_shared<const Vector>(live) : nullptr;
  read_ = false;
  running_ = true;
  return live;
}

Vector& Weights::ChangeLocked() {
  ++version_;
  if (live_.use_count() > 1) {
    live_ = std::make_shared<Vector>(*live_);
  } else {
    std::atomic_thread_fence(std::memory_order_acquire);  // pairs with the last reader's release
  }
  return *live_;
}

void Weights::Publish() {
  const std::lock_guard lock(mutex_);
  try {
    copy_ = std::make_shared<const Vector>(*live_);
  } catch (const std::bad_alloc&) {
    // The reader waits for the end of the slice: then it needs no copy.
  }
  wanted_.store(false, std::memory_order_relaxed);
  published_.notify_all();
}

void Weights::EndSlice() {
  const std::lock_guard lock(mutex_);
  running_ = false;
  copy_ = nullptr;  // at rest readers share the weights themselves
  wanted_.store(false, std::memory_order_relaxed);
  published_.notify_all();
}

}  // namespace mlp
