#ifndef PERCEPTRA_BINDING_GLOO_VISITS_H_
#define PERCEPTRA_BINDING_GLOO_VISITS_H_

#include <poll.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <list>
#include <vector>

#include "binding/gloo/handshake.h"

namespace binding {

using Clock = std::chrono::steady_clock;

// The connections of one handshake while they come about: one loop over all sockets, none of which blocks.
class Visits {
 public:
  Visits(int rank, const std::vector<Invitation>& own, const std::vector<Invitation>& others,
         Clock::time_point deadline);

  // Throws mlp::Error ERR_GROUP_LOST at the deadline, and when `wake` is readable.
  void Run(Socket listener, int wake);
  std::vector<Socket> Take() { return std::move(sockets_); }

 private:
  // Somebody who has connected. It sends the secret of its rank, gets the host's, and sends its own once
  // more: a guest that gave up before this host began to listen is not there for the last message.
  struct Guest {
    Socket socket;
    int rank = -1;  // -1: it has not said
    Clock::time_point deadline;
    std::array<std::uint8_t, sizeof(Secret)> bytes{};
    std::size_t count = 0;
  };
  // This rank at a lower one.
  struct Visit {
    int rank;
    Clock::time_point begin;     // of the next try, when there is no socket
    Clock::time_point deadline;  // of this try
    Socket socket;
    bool is_connected = false;
    std::array<std::uint8_t, sizeof(Secret)> bytes{};
    std::size_t count = 0;
  };

  bool Done() const { return missing_ == 0; }
  [[noreturn]] void Miss() const;
  void Poll(const Socket& listener, int wake);
  void Welcome(const Socket& listener);
  // Whether the guest is still to be heard.
  bool Hear(Guest& guest);
  void Begin(Visit& visit);
  // Whether the visit goes on.
  bool GoOn(Visit& visit);
  void Retry(Visit& visit);
  void Keep(int rank, Socket socket);

  int rank_;
  const std::vector<Invitation>& own_;
  const std::vector<Invitation>& others_;
  Clock::time_point deadline_;
  std::vector<Socket> sockets_;
  std::size_t missing_;
  std::list<Guest> guests_;
  std::list<Visit> visits_;
  std::vector<pollfd> polled_;
};

}  // namespace binding

#endif  // PERCEPTRA_BINDING_GLOO_VISITS_H_
