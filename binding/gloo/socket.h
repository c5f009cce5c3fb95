#ifndef PERCEPTRA_BINDING_GLOO_SOCKET_H_
#define PERCEPTRA_BINDING_GLOO_SOCKET_H_

#include <unistd.h>

#include <utility>

namespace binding {

// Owns a file descriptor.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }

  int get() const { return fd_; }
  int Release() { return std::exchange(fd_, -1); }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

}  // namespace binding

#endif  // PERCEPTRA_BINDING_GLOO_SOCKET_H_
