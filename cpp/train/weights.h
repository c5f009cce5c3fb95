#ifndef PERCEPTRA_TRAIN_WEIGHTS_H_
#define PERCEPTRA_TRAIN_WEIGHTS_H_

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "math/aligned.h"
#include "math/mutex.h"

namespace mlp {

// The weights of a model. One team trains them while other threads read: a reader never sees a step half
// done. At rest, readers share the vector itself, and a writer copies it first if there are readers. During a
// slice, the first reader waits for the end of a step and gets a copy; after a slice with readers, the next
// slice begins by making a new copy. Without readers, training costs one relaxed load per step.
class Weights {
 public:
  explicit Weights(std::size_t count)
      : count_(count), live_(std::make_shared<Vector>(count)), is_made_(true) {}
  // `make` fills in the weights when they are first needed, on the thread that needs them: initial weights of
  // a large network take seconds, which a compute thread has and the event loop has not. What it throws, the
  // caller gets; the next caller tries again.
  Weights(std::size_t count, std::function<void(Vector&)> make) : count_(count), make_(std::move(make)) {}

  // For readers, at any time, on any thread. The result does not change. Sets `version` to that of weights at
  // rest, and to 0 for a copy made during a slice.
  std::shared_ptr<const Vector> Read(std::uint64_t* version = nullptr) MLP_EXCLUDES(mutex_);

  // At rest, for the thread that owns the model: no copy, valid until the next change.
  const Vector& AtRest() {
    if (!is_made()) Make();
    return *live_;
  }
  // At rest: the weights that AtRest returns, which no later change reaches while the pointer is held.
  std::shared_ptr<Vector> Share() {
    AtRest();
    return live_;
  }
  bool is_made() const { return is_made_.load(std::memory_order_acquire); }

  // For writers at rest.
  Vector& Change() MLP_EXCLUDES(mutex_);
  // For a writer at rest that writes every number: the result holds any numbers.
  Vector& Overwrite() MLP_EXCLUDES(mutex_);

  // At rest, after AtRest: grows with every change and every slice.
  std::uint64_t version() const { return version_; }

  // A slice is BeginSlice, any number of steps with AfterStep after each, and EndSlice, which is also called
  // if the slice fails. No thread writes to the weights after EndSlice.
  Vector& BeginSlice() MLP_EXCLUDES(mutex_);
  void AfterStep() {
    if (copy_is_due_.load(std::memory_order_relaxed)) Publish();
  }
  void EndSlice() MLP_EXCLUDES(mutex_);

 private:
  void Make() MLP_EXCLUDES(mutex_);
  void MakeLocked() MLP_REQUIRES(mutex_);
  Vector& ChangeLocked() MLP_REQUIRES(mutex_);
  void CopyLocked() MLP_REQUIRES(mutex_);
  void Publish() MLP_EXCLUDES(mutex_);

  const std::size_t count_;
  const std::function<void(Vector&)> make_;
  Mutex mutex_;
  std::condition_variable published_;
  // Not guarded: at rest the owner reads them without the mutex, and only the owner changes them.
  std::shared_ptr<Vector> live_;
  std::atomic<bool> is_made_{false};
  std::uint64_t version_ = 0;
  std::atomic<bool> copy_is_due_{false};                       // a reader waits for one
  std::shared_ptr<const Vector> copy_ MLP_GUARDED_BY(mutex_);  // in a slice with readers
  std::shared_ptr<Vector> buffer_ MLP_GUARDED_BY(mutex_);      // of the last copy, for the next one
  bool in_slice_ MLP_GUARDED_BY(mutex_) = false;
  bool has_readers_ MLP_GUARDED_BY(mutex_) = false;  // since the last slice began
};

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_WEIGHTS_H_
