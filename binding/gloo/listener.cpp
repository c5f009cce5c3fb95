// In place of Gloo's own listener (gloo/transport/tcp/listener.cc), which takes any connection, keeps it for
// ever and ends the process when files run out. Handshake makes the connections of a group; this one only has
// an address.
#include <gloo/common/logging.h>
#include <gloo/transport/tcp/listener.h>

#include <utility>

namespace gloo::transport::tcp {

Listener::Listener(std::shared_ptr<Loop> loop, const attr& attr) : loop_(std::move(loop)) {
  addr_ = Address(attr.ai_addr);
}

Listener::~Listener() = default;

void Listener::shutdown() { *closed_ = true; }

void Listener::handleEvents(Loop&, int) {}

Address Listener::nextAddress() {
  const std::lock_guard<std::mutex> guard(mutex_);
  return Address(addr_.getSockaddr(), seq_++);
}

Address Listener::nextAddress(int seq) { return Address(addr_.getSockaddr(), seq); }

void Listener::waitForConnection(sequence_number_t, connect_callback_t) {
  GLOO_ENFORCE(false, "Connections are made by the handshake");
}

}  // namespace gloo::transport::tcp
