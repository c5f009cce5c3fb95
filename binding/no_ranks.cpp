// In place of binding/gloo/ where there is no Gloo.
#include "binding/ranks.h"
#include "math/error.h"

namespace binding {

std::shared_ptr<Ranks> MakeRanks(int, int, const std::string&) {
#if defined(__linux__)
  throw mlp::Error(
      "ERR_GROUP_UNAVAILABLE",
      "This addon was built without Gloo, which ranks of a group train with. Use the binary that the "
      "package brings for Linux, or build again with PERCEPTRA_GLOO set to the path of Gloo's source "
      "archive (docs/installing.md).");
#else
  throw mlp::Error(
      "ERR_GROUP_UNAVAILABLE",
      "Groups of ranks are there on Linux only, since Gloo's TCP transport is. Train in one process, "
      "or in Linux (on Windows in WSL).");
#endif
}

}  // namespace binding
