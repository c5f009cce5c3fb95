#ifndef PERCEPTRA_TRAIN_WEIGHTS_H_
#define PERCEPTRA_TRAIN_WEIGHTS_H_

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>

#include "math/aligned.h"

namespace mlp {

// The weights of a model, trained by one team and read by others, never torn. Training alone pays one relaxed
// load a step. At rest readers share the vector itself, and a writer that finds readers copies it first.
// While a slice runs, the first reader waits for the end of a step and gets a copy; as long as somebody
// reads, each slice begins by making a fresh one.
class Weights {
 public:
  explicit Weights(std::size_t count) : live_(std::make_shared<Vector>(count)) {}

  // For readers, at any time, on any one thread. What is returned does not change.
  std::shared_ptr<const Vector> Read();

  // At rest, for the thread that owns the model: no copy, valid until the next change.
  const Vector& AtRest() const { return *live_; }

  // For writers at rest.
  Vector& Change();

  // At rest: grows with every change, also with a slice.
  std::uint64_t version() const { return version_; }

  // A slice: BeginSlice, any number of steps with AfterStep between them, EndSlice, also when the slice
  // fails. No thread writes to the weights after EndSlice.
  Vector& BeginSlice();
  void AfterStep() {
    if (wanted_.load(std::memory_order_relaxed)) Publish();
  }
  void EndSlice();

 private:
  Vector& ChangeLocked();
  void Publish();

  std::mutex mutex_;
  std::condition_variable published_;
  std::shared_ptr<Vector> live_;
  std::shared_ptr<const Vector> copy_;  // in a slice that somebody reads
  std::atomic<bool> wanted_{false};     // a reader waits
  std::uint64_t version_ = 0;
  bool running_ = false;
  bool read_ = false;  // since the last slice began
};

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_WEIGHTS_H_
