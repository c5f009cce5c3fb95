#include "train/weights.h"

#include <algorithm>
#include <new>

namespace mlp {

std::shared_ptr<const Vector> Weights::Read(std::uint64_t* version) {
  MutexLock lock(mutex_);
  MakeLocked();
  if (version != nullptr) *version = in_slice_ ? 0 : version_;
  if (!in_slice_) return live_;
  has_readers_ = true;
  if (!copy_) {
    copy_is_due_.store(true, std::memory_order_relaxed);
    while (copy_ == nullptr && in_slice_) lock.Wait(published_);
  }
  return copy_ ? copy_ : live_;
}

void Weights::Make() {
  const MutexLock lock(mutex_);
  MakeLocked();
}

void Weights::MakeLocked() {
  if (is_made_.load(std::memory_order_relaxed)) return;
  auto made = std::make_shared<Vector>(count_);
  make_(*made);
  live_ = std::move(made);
  ++version_;
  is_made_.store(true, std::memory_order_release);
}

Vector& Weights::Overwrite() {
  const MutexLock lock(mutex_);
  if (is_made_.load(std::memory_order_relaxed) && live_.use_count() == 1) return ChangeLocked();
  live_ = std::make_shared<Vector>(count_);
  ++version_;
  is_made_.store(true, std::memory_order_release);
  return *live_;
}

Vector& Weights::Change() {
  const MutexLock lock(mutex_);
  return ChangeLocked();
}

Vector& Weights::BeginSlice() {
  const MutexLock lock(mutex_);
  Vector& live = ChangeLocked();
  copy_ = nullptr;
  if (has_readers_) {
    CopyLocked();
  } else {
    buffer_ = nullptr;
  }
  has_readers_ = false;
  in_slice_ = true;
  return live;
}

// Copies into the memory of the last copy, unless somebody still reads that.
void Weights::CopyLocked() {
  if (buffer_ && buffer_.use_count() == 1) {
    std::atomic_thread_fence(std::memory_order_acquire);  // pairs with the last reader's release
    std::copy(live_->begin(), live_->end(), buffer_->begin());
  } else {
    buffer_ = std::make_shared<Vector>(*live_);
  }
  copy_ = buffer_;
}

Vector& Weights::ChangeLocked() {
  MakeLocked();
  ++version_;
  if (live_.use_count() > 1) {
    live_ = std::make_shared<Vector>(*live_);
  } else {
    std::atomic_thread_fence(std::memory_order_acquire);  // pairs with the last reader's release
  }
  return *live_;
}

void Weights::Publish() {
  const MutexLock lock(mutex_);
  try {
    CopyLocked();
  } catch (const std::bad_alloc&) {
    // Without a copy the reader waits for the end of the slice.
  }
  copy_is_due_.store(false, std::memory_order_relaxed);
  published_.notify_all();
}

void Weights::EndSlice() {
  const MutexLock lock(mutex_);
  in_slice_ = false;
  copy_ = nullptr;  // at rest readers share the weights themselves
  copy_is_due_.store(false, std::memory_order_relaxed);
  published_.notify_all();
}

}  // namespace mlp
