#ifndef PERCEPTRA_TEST_WATCHDOG_H_
#define PERCEPTRA_TEST_WATCHDOG_H_

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>

namespace mlp {

// Ends the test program with a message if it is not destroyed within two minutes: then the test hangs.
class Watchdog {
 public:
  explicit Watchdog(std::string test) : test_(std::move(test)), thread_([this] { Watch(); }) {}
  ~Watchdog() {
    {
      const std::lock_guard lock(mutex_);
      done_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  void Watch() {
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, std::chrono::minutes(2), [this] { return done_; })) return;
    std::fprintf(stderr, "%s hangs.\n", test_.c_str());
    std::_Exit(1);
  }

  const std::string test_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
  std::thread thread_;
};

}  // namespace mlp

#endif  // PERCEPTRA_TEST_WATCHDOG_H_
