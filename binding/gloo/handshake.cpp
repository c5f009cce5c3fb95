#include "binding/gloo/handshake.h"

#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "binding/gloo/visits.h"
#include "math/error.h"

namespace binding {
namespace {

[[noreturn]] void CannotListen(const std::string& host, const char* why) {
  throw mlp::Error("ERR_ARGUMENT",
                   "Expected an address of this machine for `host`, which the other ranks can "
                   "reach, got " +
                       host + " (" + why + ").");
}

Secret MakeSecret() {
  Secret secret;
  std::size_t done = 0;
  while (done < secret.size()) {
    const ssize_t got = ::getrandom(secret.data() + done, secret.size() - done, 0);
    if (got < 0 && errno != EINTR) throw mlp::Error("ERR_NATIVE", "The system gives no random numbers.");
    if (got > 0) done += static_cast<std::size_t>(got);
  }
  return secret;
}

bool IsAny(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    return reinterpret_cast<const sockaddr_in&>(address).sin_addr.s_addr == htonl(INADDR_ANY);
  }
  const auto& six = reinterpret_cast<const sockaddr_in6&>(address);
  return std::memcmp(&six.sin6_addr, &in6addr_any, sizeof(in6addr_any)) == 0;
}

Socket ListenAt(const addrinfo& address) {
  Socket socket(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket || ::bind(socket.get(), address.ai_addr, address.ai_addrlen) != 0) return {};
  if (::listen(socket.get(), SOMAXCONN) != 0) return {};
  return socket;
}

}  // namespace

Handshake::Handshake(int rank, int size, const std::string& host)
    : rank_(rank), size_(size), wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  addrinfo hints{}, *list = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  if (const int fault = ::getaddrinfo(host.c_str(), nullptr, &hints, &list); fault != 0) {
    CannotListen(host, ::gai_strerror(fault));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, ::freeaddrinfo);
  int fault = 0;
  for (const addrinfo* address = list; address != nullptr && !listener_; address = address->ai_next) {
    if (address->ai_family != AF_INET && address->ai_family != AF_INET6) continue;
    listener_ = ListenAt(*address);
    fault = errno;
  }
  if (!listener_) CannotListen(host, std::strerror(fault));
  Invitation own;
  own.length = sizeof(own.address);
  ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&own.address), &own.length);
  if (IsAny(own.address)) CannotListen(host, "it stands for all addresses");
  char digits[NI_MAXHOST] = "";
  ::getnameinfo(reinterpret_cast<const sockaddr*>(&own.address), own.length, digits, sizeof(digits), nullptr,
                0, NI_NUMERICHOST);
  address_ = digits;
  for (int r = 0; r < size; ++r) {
    own.from_guest = MakeSecret();
    own.from_host = MakeSecret();
    invitations_.push_back(own);
  }
}

std::vector<Socket> Handshake::Run(const std::vector<Invitation>& invitations,
                                   std::chrono::milliseconds timeout) {
  Visits visits(rank_, invitations_, invitations, Clock::now() + timeout);
  visits.Run(std::move(listener_), wake_.get());
  return visits.Take();
}

void Handshake::Close() noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof(one));
}

// A version, the family, the port and the address in network order, the secrets.
Bytes Invitation::Encode() const {
  Bytes bytes = {1, static_cast<std::uint8_t>(address.ss_family == AF_INET ? 4 : 6)};
  const auto add = [&](const void* data, std::size_t count) {
    const auto* from = static_cast<const std::uint8_t*>(data);
    bytes.insert(bytes.end(), from, from + count);
  };
  if (address.ss_family == AF_INET) {
    const auto& four = reinterpret_cast<const sockaddr_in&>(address);
    add(&four.sin_port, 2);
    add(&four.sin_addr, 4);
  } else {
    const auto& six = reinterpret_cast<const sockaddr_in6&>(address);
    add(&six.sin6_port, 2);
    add(&six.sin6_addr, 16);
  }
  add(from_guest.data(), from_guest.size());
  add(from_host.data(), from_host.size());
  return bytes;
}

Invitation Invitation::Decode(const Bytes& bytes) {
  const bool is_four = bytes.size() > 1 && bytes[1] == 4;
  const std::size_t digits = is_four ? 4 : 16;
  const std::size_t size = 2 + 2 + digits + 2 * sizeof(Secret);
  if (bytes.size() != size || bytes[0] != 1 || (!is_four && bytes[1] != 6)) {
    throw mlp::Error("ERR_ARGUMENT",
                     "Expected addresses that other ranks made with this version of perceptra, got others.");
  }
  Invitation invitation;
  const std::uint8_t* at = bytes.data() + 2;
  if (is_four) {
    auto& four = reinterpret_cast<sockaddr_in&>(invitation.address);
    four.sin_family = AF_INET;
    std::memcpy(&four.sin_port, at, 2);
    std::memcpy(&four.sin_addr, at + 2, digits);
    invitation.length = sizeof(four);
  } else {
    auto& six = reinterpret_cast<sockaddr_in6&>(invitation.address);
    six.sin6_family = AF_INET6;
    std::memcpy(&six.sin6_port, at, 2);
    std::memcpy(&six.sin6_addr, at + 2, digits);
    invitation.length = sizeof(six);
  }
  at += 2 + digits;
  std::copy_n(at, sizeof(Secret), invitation.from_guest.begin());
  std::copy_n(at + sizeof(Secret), sizeof(Secret), invitation.from_host.begin());
  return invitation;
}

}  // namespace binding
