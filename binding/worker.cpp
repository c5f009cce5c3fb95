#include "binding/worker.h"

#include <string>
#include <system_error>
#include <utility>

#include "math/error.h"

namespace binding {

using mlp::MutexLock;

Worker::~Worker() {
  if (!queue_) return;
  const MutexLock lock(queue_->mutex);
  queue_->has_ended = true;
  queue_->changed.notify_one();
}

void Worker::Do(std::function<void()> work) {
  if (!queue_) {
    auto queue = std::make_shared<Queue>();
    try {
      std::thread(Run, queue).detach();  // the library is never unloaded
    } catch (const std::system_error& error) {
      throw mlp::Error("ERR_NATIVE", std::string("No thread could be started: ") + error.what());
    }
    queue_ = std::move(queue);
  }
  const MutexLock lock(queue_->mutex);
  queue_->work.push_back(std::move(work));
  queue_->changed.notify_one();
}

void Worker::Run(const std::shared_ptr<Queue>& queue) {
  MutexLock lock(queue->mutex);
  for (;;) {
    while (queue->work.empty() && !queue->has_ended) lock.Wait(queue->changed);
    if (queue->work.empty()) return;
    const std::function<void()> work = std::move(queue->work.front());
    queue->work.pop_front();
    lock.Unlock();
    work();
    lock.Lock();
  }
}

}  // namespace binding
