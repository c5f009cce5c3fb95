#ifndef PERCEPTRA_BINDING_GLOO_LAST_WORDS_H_
#define PERCEPTRA_BINDING_GLOO_LAST_WORDS_H_

#include <gloo/context.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace binding {

// Why a rank ends its group: it tells all others before the connections end. Each rank has waited for the
// words of all others from the beginning, so they are sent without an answer.
class LastWords {
 public:
  // REQUIRES: the ranks are connected.
  explicit LastWords(gloo::Context& context);

  // Blocks where a connection is full, for at most a tenth of a second. Once.
  void Say(std::string_view words) noexcept;
  // What a rank whose connection has ended said; empty: nothing.
  std::string HeardFrom(int rank);

 private:
  // With one other rank.
  struct Exchange {
    std::vector<char> own, heard;
    std::unique_ptr<gloo::transport::UnboundBuffer> send, receive;
  };

  std::vector<Exchange> exchanges_;  // by rank
};

}  // namespace binding

#endif  // PERCEPTRA_BINDING_GLOO_LAST_WORDS_H_
