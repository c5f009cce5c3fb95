#include "binding/gloo/visits.h"

#include <netinet/tcp.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "math/error.h"

namespace binding {
namespace {

using std::chrono::milliseconds;

// For a secret to come, and for a host to answer.
constexpr milliseconds kPatience{5000};
constexpr milliseconds kPause{100};  // before another try
// Beyond the ranks themselves. The oldest makes room for a new one.
constexpr std::size_t kMostStrangers = 256;

// In a time that does not tell where they differ.
bool AreEqual(const Secret& a, const Secret& b) {
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned>(a[i] ^ b[i]);
  return difference == 0;
}

bool SendAll(const Socket& socket, const Secret& secret) {
  // A new connection has room for so few bytes.
  return ::send(socket.get(), secret.data(), secret.size(), MSG_NOSIGNAL) == ssize_t{sizeof(Secret)};
}

enum class Got { kAll, kPart, kEnd };

Got Receive(const Socket& socket, Secret& bytes, std::size_t& count) {
  const ssize_t got = ::recv(socket.get(), bytes.data() + count, bytes.size() - count, 0);
  if (got < 0) return errno == EAGAIN || errno == EINTR ? Got::kPart : Got::kEnd;
  if (got == 0) return Got::kEnd;
  count += static_cast<std::size_t>(got);
  return count == bytes.size() ? Got::kAll : Got::kPart;
}

}  // namespace

Visits::Visits(int rank, const std::vector<Invitation>& own, const std::vector<Invitation>& others,
               Clock::time_point deadline)
    : rank_(rank),
      own_(own),
      others_(others),
      deadline_(deadline),
      sockets_(own.size()),
      missing_(own.size() - 1) {
  for (int r = 0; r < rank; ++r) {
    visits_.emplace_back();
    visits_.back().rank = r;
    visits_.back().begin = Clock::now();
  }
}

void Visits::Run(Socket listener, int wake) {
  while (!Done()) {
    for (Visit& visit : visits_) {
      if (!visit.socket && visit.begin <= Clock::now()) Begin(visit);
    }
    Poll(listener, wake);
    if (polled_[0].revents != 0) throw mlp::Error("ERR_GROUP_LOST", "The group was closed.");
    if (Clock::now() >= deadline_) Miss();
    const bool has_guests = polled_[1].revents != 0;
    // In the order of `polled_`; sockets that Welcome adds come after them.
    std::size_t at = 2;
    const auto is_ready = [&] { return polled_[at++].revents != 0; };
    std::erase_if(guests_,
                  [&](Guest& guest) { return is_ready() ? !Hear(guest) : guest.deadline <= Clock::now(); });
    std::erase_if(visits_, [&](Visit& visit) {
      if (is_ready()) return !GoOn(visit);
      if (visit.socket && visit.deadline <= Clock::now()) Retry(visit);
      return false;
    });
    if (has_guests) Welcome(listener);
  }
}

void Visits::Poll(const Socket& listener, int wake) {
  polled_.clear();
  polled_.push_back({wake, POLLIN, 0});
  polled_.push_back({listener.get(), POLLIN, 0});
  for (const Guest& guest : guests_) polled_.push_back({guest.socket.get(), POLLIN, 0});
  for (const Visit& visit : visits_) {
    polled_.push_back({visit.socket.get(), static_cast<short>(visit.is_connected ? POLLIN : POLLOUT), 0});
  }
  const auto left = std::chrono::duration_cast<milliseconds>(deadline_ - Clock::now()).count() + 1;
  const auto wait = std::clamp<std::int64_t>(left, 0, kPause.count());
  ::poll(polled_.data(), polled_.size(), static_cast<int>(wait));
}

void Visits::Welcome(const Socket& listener) {
  for (;;) {
    Socket socket(::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket) {
      // No more files: those who say nothing go first.
      if ((errno == EMFILE || errno == ENFILE) && !guests_.empty()) {
        guests_.pop_front();
        continue;
      }
      return;
    }
    if (guests_.size() >= own_.size() + kMostStrangers) guests_.pop_front();
    guests_.emplace_back();
    guests_.back().socket = std::move(socket);
    guests_.back().deadline = Clock::now() + kPatience;
  }
}

bool Visits::Hear(Guest& guest) {
  const Got got = Receive(guest.socket, guest.bytes, guest.count);
  if (got != Got::kAll) return got == Got::kPart;
  if (guest.rank >= 0) {
    const auto r = static_cast<std::size_t>(guest.rank);
    if (!sockets_[r] && AreEqual(guest.bytes, own_[r].from_guest)) Keep(guest.rank, std::move(guest.socket));
    return false;
  }
  for (std::size_t r = static_cast<std::size_t>(rank_) + 1; r < own_.size(); ++r) {
    if (sockets_[r] || !AreEqual(guest.bytes, own_[r].from_guest)) continue;
    guest.rank = static_cast<int>(r);
    guest.count = 0;
    guest.deadline = Clock::now() + kPatience;
    return SendAll(guest.socket, own_[r].from_host);
  }
  return false;
}

void Visits::Begin(Visit& visit) {
  const Invitation& invitation = others_[static_cast<std::size_t>(visit.rank)];
  visit.socket =
      Socket(::socket(invitation.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  visit.is_connected = false;
  visit.count = 0;
  visit.deadline = Clock::now() + kPatience;
  if (!visit.socket) return Retry(visit);
  const auto* address = reinterpret_cast<const sockaddr*>(&invitation.address);
  if (::connect(visit.socket.get(), address, invitation.length) != 0 && errno != EINPROGRESS) Retry(visit);
}

bool Visits::GoOn(Visit& visit) {
  const Invitation& invitation = others_[static_cast<std::size_t>(visit.rank)];
  if (!visit.is_connected) {
    int fault = 0;
    socklen_t size = sizeof(fault);
    ::getsockopt(visit.socket.get(), SOL_SOCKET, SO_ERROR, &fault, &size);
    visit.is_connected = fault == 0 && SendAll(visit.socket, invitation.from_guest);
    if (!visit.is_connected) Retry(visit);
    return true;
  }
  const Got got = Receive(visit.socket, visit.bytes, visit.count);
  if (got == Got::kPart) return true;
  if (got == Got::kEnd || !AreEqual(visit.bytes, invitation.from_host) ||
      !SendAll(visit.socket, invitation.from_guest)) {
    Retry(visit);
    return true;
  }
  Keep(visit.rank, std::move(visit.socket));
  return false;
}

void Visits::Retry(Visit& visit) {
  visit.socket = Socket();
  visit.begin = Clock::now() + kPause;
}

void Visits::Keep(int rank, Socket socket) {
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
  sockets_[static_cast<std::size_t>(rank)] = std::move(socket);
  --missing_;
}

void Visits::Miss() const {
  std::string ranks;
  for (std::size_t r = 0; r < sockets_.size(); ++r) {
    if (sockets_[r] || static_cast<int>(r) == rank_) continue;
    ranks += (ranks.empty() ? "" : ", ") + std::to_string(r);
  }
  throw mlp::Error("ERR_GROUP_LOST",
                   "Rank " + std::to_string(rank_) +
                       " got no connection to these ranks within the "
                       "timeout: " +
                       ranks + ". See that they run, and that each can reach the `host` of the others.");
}

}  // namespace binding
