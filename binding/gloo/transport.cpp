#include "binding/gloo/transport.h"

#include <pthread.h>
#include <sys/socket.h>
#include <time.h>

#include <chrono>
#include <thread>
#include <utility>

namespace binding {
namespace {

using gloo::NonOwningPtr;
namespace tcp = gloo::transport::tcp;

// Of a connection; each call has its own.
constexpr auto kTimeout = std::chrono::hours(24);
// A rank that has all it needs may leave while others still send each other the last bytes: after it has gone
// they may be silent for so long.
constexpr auto kGrace = std::chrono::seconds(1);
// Of Gloo's own thread for a connection's lock.
constexpr long kLongestWaitNs = 1'000'000;

}  // namespace

Pair::Pair(Transport* transport, tcp::Device* device, int rank)
    : tcp::Pair(transport, device, rank, kTimeout), transport_(*transport) {}

// Before Gloo's thread could call a half destroyed object.
Pair::~Pair() {
  const std::lock_guard<std::mutex> lock(m_);
  if (state_ != CLOSED) changeState(CLOSED);
}

void Pair::Adopt(Socket socket) {
  {
    const std::lock_guard<std::mutex> lock(m_);
    state_ = CONNECTING;
  }
  connectCallback(std::make_shared<tcp::Socket>(socket.Release()), tcp::Error::kSuccess);
}

void Pair::Settle() { const std::lock_guard<std::mutex> lock(m_); }

void Pair::Interrupt() noexcept {
  const std::lock_guard<std::mutex> lock(m_);
  if (state_ == CONNECTED) ::shutdown(fd_, SHUT_RDWR);
}

// Gloo's own thread only tries the lock, and comes back at once while another thread has it: where cores are
// few it takes the time of the thread that it waits for. So it sleeps here until the lock is free; not for
// long, since who closes a connection waits for that thread with the lock held. The lock is kept until an
// exception has ended the connection: taken again without a limit, it could be that of such a thread.
void Pair::handleEvents(tcp::Loop&, int events) {
  const std::unique_lock<std::mutex> lock = AwaitLock();
  if (!lock.owns_lock() || state_ != CONNECTED) return;
  transport_.events_.fetch_add(1, std::memory_order_relaxed);
  try {
    handleReadWrite(events);
  } catch (const std::exception& error) {
    if (!ex_) signalException(error.what());
  }
}

std::unique_lock<std::mutex> Pair::AwaitLock() {
#if defined(PERCEPTRA_HAS_CLOCKLOCK)
  constexpr clockid_t kClock = CLOCK_MONOTONIC;  // which never jumps
  const auto lock = [](pthread_mutex_t* mutex, const timespec* until) {
    return ::pthread_mutex_clocklock(mutex, kClock, until);
  };
#else
  constexpr clockid_t kClock = CLOCK_REALTIME;
  const auto lock = ::pthread_mutex_timedlock;
#endif
  timespec deadline;
  ::clock_gettime(kClock, &deadline);
  deadline.tv_nsec += kLongestWaitNs;
  if (deadline.tv_nsec >= 1'000'000'000) {
    deadline.tv_nsec -= 1'000'000'000;
    ++deadline.tv_sec;
  }
  if (lock(m_.native_handle(), &deadline) != 0) return {};
  return {m_, std::adopt_lock};
}

// Called with the lock. Gloo itself wakes those who wait for a message that has not begun.
void Pair::changeState(state next) noexcept {
  if (next == CLOSED && state_ != CLOSED) {
    transport_.Lose(rank_);
    FailTransfers();
  }
  tcp::Pair::changeState(next);
}

void Pair::FailTransfers() {
  const auto error = ex_ ? ex_ : std::make_exception_ptr(gloo::IoException("the connection was closed"));
  const auto fail = [&](const tcp::Op& op) {
    if (const NonOwningPtr<tcp::UnboundBuffer> buffer(op.ubuf); buffer) {
      static_cast<Buffer*>(buffer.operator->())->Fail(error);
    }
  };
  fail(rx_);
  for (const tcp::Op& op : tx_) fail(op);
}

void Transport::Adopt(std::vector<Socket> sockets) {
  for (int r = 0; r < size; ++r) {
    if (r == rank) continue;
    auto pair = std::make_unique<Pair>(this, device_.get(), r);
    pair->Adopt(std::move(sockets[static_cast<std::size_t>(r)]));
    pairs_[static_cast<std::size_t>(r)] = std::move(pair);
  }
}

void Transport::Lose(int rank) noexcept {
  int none = -1;
  if (!first_lost_.compare_exchange_strong(none, rank)) return;
  try {
    // No strong pointer here: if it were the last one, this object and its pairs would be destroyed under the
    // lock of one of them.
    std::thread([weak = weak_from_this(), before = events_.load()]() mutable {
      for (;;) {
        std::this_thread::sleep_for(kGrace);
        const auto alive = weak.lock();
        if (!alive) return;
        auto& transport = static_cast<Transport&>(*alive);
        const std::uint64_t now = transport.events_.load();
        if (now == before) return transport.Interrupt();
        before = now;
      }
    }).detach();
  } catch (const std::exception&) {  // no thread: they wait until the timeout
  }
}

void Transport::Settle() {
  for (const auto& pair : pairs_) {
    if (pair) static_cast<Pair*>(pair.get())->Settle();
  }
}

void Transport::Interrupt() noexcept {
  for (const auto& pair : pairs_) {
    if (pair) static_cast<Pair*>(pair.get())->Interrupt();
  }
}

std::unique_ptr<gloo::transport::UnboundBuffer> Transport::createUnboundBuffer(void* data, size_t bytes) {
  return std::make_unique<Buffer>(shared_from_this(), data, bytes);
}

Context::Context(int rank, int size, const std::string& address) : gloo::Context(rank, size) {
  tcp::attr attr;
  attr.hostname = address;
  device_ = tcp::CreateDevice(attr);
  transportContext_ = std::make_shared<Transport>(std::static_pointer_cast<tcp::Device>(device_), rank, size);
}

void Context::Adopt(std::vector<Socket> sockets) {
  transport().Adopt(std::move(sockets));
  words_.emplace(*this);
}

void Context::Leave(std::string_view words) noexcept {
  if (!words.empty()) words_->Say(words);
  transport().Interrupt();
}

std::string Context::Heard() {
  transport().Settle();
  const int lost = transport().first_lost();
  return lost < 0 ? std::string() : words_->HeardFrom(lost);
}

}  // namespace binding
