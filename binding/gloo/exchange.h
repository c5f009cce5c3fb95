#ifndef PERCEPTRA_BINDING_GLOO_EXCHANGE_H_
#define PERCEPTRA_BINDING_GLOO_EXCHANGE_H_

#include <gloo/context.h>
#include <gloo/types.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace binding {

// Sums few numbers over ranks: each sends all of its numbers to all others, and adds up what it gets in the
// order of the ranks. Gloo's ring passes them on in several messages, one after the other, so it waits
// longer.
template <typename T>
void SumByExchange(const std::shared_ptr<gloo::Context>& context, T* numbers, std::size_t count,
                   std::uint32_t tag, std::chrono::milliseconds timeout) {
  const auto size = static_cast<std::size_t>(context->size), rank = static_cast<std::size_t>(context->rank);
  const std::size_t bytes = count * sizeof(T);
  std::vector<T> all(size * count);
  T* const own = all.data() + rank * count;
  std::copy_n(numbers, count, own);
  const auto buffer = context->createUnboundBuffer(all.data(), size * bytes);
  const std::uint64_t slot = gloo::Slot::build(gloo::kAlltoallSlotPrefix, tag);
  for (std::size_t r = 0; r < size; ++r) {
    if (r != rank) buffer->recv(static_cast<int>(r), slot, r * bytes, bytes);
  }
  for (std::size_t r = 0; r < size; ++r) {
    if (r != rank) buffer->send(static_cast<int>(r), slot, rank * bytes, bytes);
  }
  for (std::size_t r = 1; r < size; ++r) buffer->waitRecv(timeout);
  for (std::size_t r = 1; r < size; ++r) buffer->waitSend(timeout);
  for (std::size_t i = 0; i < count; ++i) {
    T sum = all[i];
    for (std::size_t r = 1; r < size; ++r) sum += all[r * count + i];
    numbers[i] = sum;
  }
}

}  // namespace binding

#endif  // PERCEPTRA_BINDING_GLOO_EXCHANGE_H_
