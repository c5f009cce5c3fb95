#ifndef PERCEPTRA_BINDING_GLOO_TRANSPORT_H_
#define PERCEPTRA_BINDING_GLOO_TRANSPORT_H_

#include <gloo/context.h>
#include <gloo/transport/tcp/context.h>
#include <gloo/transport/tcp/device.h>
#include <gloo/transport/tcp/pair.h>
#include <gloo/transport/tcp/unbound_buffer.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "binding/gloo/last_words.h"
#include "binding/gloo/socket.h"

// Gloo's TCP transport over connections that exist already (Handshake). It differs from Gloo's in three
// things: an exception on Gloo's own thread fails a pair of ranks in place of the process; a connection that
// breaks in the middle of a message wakes those who wait for it at once; and when a rank has gone, those who
// wait for another one are woken soon after no more bytes come.
namespace binding {

class Buffer final : public gloo::transport::tcp::UnboundBuffer {
 public:
  using UnboundBuffer::UnboundBuffer;
  void Fail(std::exception_ptr error) { signalException(std::move(error)); }
};

class Transport;

// The connection to one other rank.
class Pair final : public gloo::transport::tcp::Pair {
 public:
  Pair(Transport* transport, gloo::transport::tcp::Device* device, int rank);
  ~Pair() override;

  // Once.
  void Adopt(Socket socket);
  // Waits for a thread that is closing the connection.
  void Settle();
  // The other side, and all who wait for it, see the end of the connection.
  void Interrupt() noexcept;

  void handleEvents(gloo::transport::tcp::Loop& loop, int events) override;

 private:
  void changeState(state next) noexcept override;
  void FailTransfers();
  // Of Gloo's own thread. Empty: another thread has the lock.
  std::unique_lock<std::mutex> AwaitLock();

  Transport& transport_;
};

class Transport final : public gloo::transport::tcp::Context {
 public:
  using Context::Context;
  ~Transport() override { pairs_.clear(); }  // they use this object

  void Adopt(std::vector<Socket> sockets);  // by rank
  void Interrupt() noexcept;
  // The first rank whose connection ended; -1: none. Gloo wakes those who wait before the connection is
  // closed: they call Settle first.
  int first_lost() const { return first_lost_.load(); }
  void Settle();

  std::unique_ptr<gloo::transport::UnboundBuffer> createUnboundBuffer(void* data, size_t size) override;

 private:
  friend class Pair;
  // The connection to a rank has ended.
  void Lose(int rank) noexcept;

  std::atomic<int> first_lost_{-1};
  std::atomic<std::uint64_t> events_{0};  // of all connections: bytes that came, or room for more
};

// What Gloo's collectives take.
class Context final : public gloo::Context {
 public:
  // `address`: one of this machine.
  Context(int rank, int size, const std::string& address);
  Transport& transport() { return static_cast<Transport&>(*transportContext_); }

  void Adopt(std::vector<Socket> sockets);  // by rank
  // Ends all connections. Others hear the words: this may block for a tenth of a second. Empty: nothing is
  // said. REQUIRES: one thread at a time; words in one call only.
  void Leave(std::string_view words) noexcept;
  // What the first rank whose connection ended said before; empty: nothing, or no connection has ended. Once.
  std::string Heard();

 private:
  std::optional<LastWords> words_;
};

}  // namespace binding

#endif  // PERCEPTRA_BINDING_GLOO_TRANSPORT_H_
