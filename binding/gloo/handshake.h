#ifndef PERCEPTRA_BINDING_GLOO_HANDSHAKE_H_
#define PERCEPTRA_BINDING_GLOO_HANDSHAKE_H_

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "binding/gloo/socket.h"
#include "binding/ranks.h"

namespace binding {

// 128 bits that nobody can guess.
using Secret = std::array<std::uint8_t, 16>;

// What a rank tells one other rank: where it listens, and the secrets with which the two know each other.
struct Invitation {
  sockaddr_storage address{};
  socklen_t length = 0;
  Secret from_guest{}, from_host{};

  Bytes Encode() const;
  // Throws mlp::Error ERR_ARGUMENT.
  static Invitation Decode(const Bytes& bytes);
};

// Connects the ranks of a group with each other. Of two ranks the higher one connects and sends its secret;
// the lower one answers with its own. Connections that bring no secret in time, or a wrong one, are closed;
// none delays the others. When all ranks are there nobody listens any more.
class Handshake {
 public:
  // Listens on a free port of `host`, an address or a name of this machine. Throws mlp::Error ERR_ARGUMENT.
  Handshake(int rank, int size, const std::string& host);

  const std::vector<Invitation>& invitations() const { return invitations_; }  // by rank
  // The address as digits.
  const std::string& address() const { return address_; }

  // The connections by rank; blocks. `invitations[r]` is what rank r made for this one. Throws mlp::Error
  // ERR_GROUP_LOST after the timeout, and after Close. Once.
  std::vector<Socket> Run(const std::vector<Invitation>& invitations, std::chrono::milliseconds timeout);
  // Any thread.
  void Close() noexcept;

 private:
  int rank_, size_;
  Socket listener_;
  Socket wake_;  // readable after Close
  std::string address_;
  std::vector<Invitation> invitations_;
};

}  // namespace binding

#endif  // PERCEPTRA_BINDING_GLOO_HANDSHAKE_H_
