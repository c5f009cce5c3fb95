#include "binding/verbose.h"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "train/verbose.h"

namespace binding {
namespace {

// One call per line, so that lines of different threads do not mix.
void PrintLine(const std::string& line) { std::fputs((line + "\n").c_str(), stderr); }

}  // namespace

void InstallVerbose() {
  const char* const value = std::getenv("PERCEPTRA_VERBOSE");
  if (value != nullptr && std::string_view(value) == "1") mlp::SetVerboseSink(PrintLine);
}

}  // namespace binding
