#include "binding/gloo/last_words.h"

#include <gloo/common/error.h>
#include <gloo/types.h>

#include <algorithm>
#include <chrono>

namespace binding {
namespace {

using std::chrono::milliseconds;

// Longer words are cut; the rest of a message is zero.
constexpr std::size_t kBytes = 1024;
constexpr milliseconds kPatience{100};

// Of no other message: tags of collectives are channels of Ranks.
std::uint64_t SlotOfWords() { return gloo::Slot::build(gloo::kAlltoallSlotPrefix, 0xffff'ffff); }

// As many bytes as a message has, but only whole characters of UTF-8.
std::string_view Cut(std::string_view words) {
  if (words.size() <= kBytes) return words;
  std::size_t end = kBytes;
  while (end > 0 && (static_cast<unsigned char>(words[end]) & 0xC0) == 0x80) --end;
  return words.substr(0, end);
}

}  // namespace

LastWords::LastWords(gloo::Context& context) : exchanges_(static_cast<std::size_t>(context.size)) {
  for (int r = 0; r < context.size; ++r) {
    if (r == context.rank) continue;
    Exchange& other = exchanges_[static_cast<std::size_t>(r)];
    other.own.resize(kBytes);
    other.heard.resize(kBytes);
    other.send = context.createUnboundBuffer(other.own.data(), kBytes);
    other.receive = context.createUnboundBuffer(other.heard.data(), kBytes);
    try {
      other.receive->recv(r, SlotOfWords());
    } catch (const gloo::IoException&) {  // it has left already, as the first call will find
      other.receive.reset();
    }
  }
}

void LastWords::Say(std::string_view words) noexcept {
  words = Cut(words);
  const auto end = std::chrono::steady_clock::now() + kPatience;
  // To all before waiting for one: most connections take the words at once.
  for (std::size_t r = 0; r < exchanges_.size(); ++r) {
    Exchange& other = exchanges_[r];
    if (!other.send) continue;
    std::copy(words.begin(), words.end(), other.own.begin());
    try {
      other.send->send(static_cast<int>(r), SlotOfWords());
    } catch (const std::exception&) {  // the connection has ended
      other.send.reset();
    }
  }
  for (Exchange& other : exchanges_) {
    if (!other.send) continue;
    const auto left = std::chrono::duration_cast<milliseconds>(end - std::chrono::steady_clock::now());
    try {
      other.send->waitSend(std::max(left, milliseconds(1)));
    } catch (const std::exception&) {
    }
  }
}

std::string LastWords::HeardFrom(int rank) {
  Exchange& other = exchanges_[static_cast<std::size_t>(rank)];
  if (!other.receive) return {};
  try {
    other.receive->waitRecv(milliseconds(1));
  } catch (const std::exception&) {
    return {};
  }
  return {other.heard.begin(), std::find(other.heard.begin(), other.heard.end(), '\0')};
}

}  // namespace binding
