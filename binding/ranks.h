#ifndef PERCEPTRA_BINDING_RANKS_H_
#define PERCEPTRA_BINDING_RANKS_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace binding {

using Bytes = std::vector<std::uint8_t>;

// One rank's connections to all others of its group. All functions but Addresses and Close block; they may be
// called on any thread. A rank that ends, hangs for longer than the timeout or loses its network makes them
// throw mlp::Error ERR_GROUP_LOST, at once and on every later call.
class Ranks {
 public:
  using Timeout = std::chrono::milliseconds;  // positive
  // Calls of different channels may run at the same time. Those of one channel come in the same order on all
  // ranks, one after the other.
  enum class Channel : std::uint32_t { kGradients, kNumbers, kCalls };

  virtual ~Ranks() = default;

  virtual int rank() const = 0;
  virtual int size() const = 0;

  // What each other rank needs to connect to this one, by rank; empty for this one. It has secrets: who lacks
  // them cannot connect.
  virtual std::vector<Bytes> Addresses() const = 0;
  // Connects to all. `addresses[r]` is what rank r made for this one.
  virtual void Connect(const std::vector<Bytes>& addresses, Timeout timeout) = 0;

  // Sums over ranks, in place: the same bits on all ranks, and for the same size and count again.
  virtual void Sum(float* numbers, std::size_t count, Channel channel, Timeout timeout) = 0;
  virtual void Sum(double* numbers, std::size_t count, Channel channel, Timeout timeout) = 0;
  // From the rank `root` to all others.
  virtual void Broadcast(std::uint8_t* bytes, std::size_t count, int root, Timeout timeout) = 0;

  // From now on calls throw. The words are for the other ranks, the reason why this one leaves them; empty,
  // or before Connect has returned: nothing is said. The first call counts.
  virtual void Close(std::string words) noexcept = 0;
  // After Close: ends the connections, so those who wait in a function wake: it throws. Blocks until the
  // words are on their way, for a tenth of a second at most.
  virtual void Leave() noexcept = 0;
  // After Leave: frees the connections. Blocks for some hundredths of a second.
  virtual void Free() noexcept = 0;
};

// Listens on a free port of an address of this machine. Throws mlp::Error: ERR_GROUP_UNAVAILABLE where the
// addon is built without Gloo, ERR_ARGUMENT if it cannot listen there.
std::shared_ptr<Ranks> MakeRanks(int rank, int size, const std::string& host);

}  // namespace binding

#endif  // PERCEPTRA_BINDING_RANKS_H_
