#include "math/kernels.h"

#include <array>
#include <cstdlib>
#include <string>
#include <string_view>

#include "math/cpu.h"
#include "math/error.h"

namespace mlp {
namespace baseline {
extern const Kernels kTable;
}
#ifdef PERCEPTRA_X64_KERNELS
namespace avx2 {
extern const Kernels kTable;
}
namespace avx512 {
extern const Kernels kTable;
}
#endif

namespace {

struct Tables {
  std::array<const Kernels*, 3> runnable{};
  std::size_t count = 0;

  Tables() {
    runnable[count++] = &baseline::kTable;
#ifdef PERCEPTRA_X64_KERNELS
    const InstructionSet best = BestInstructionSet();
    if (best >= InstructionSet::kAvx2) runnable[count++] = &avx2::kTable;
    if (best >= InstructionSet::kAvx512) runnable[count++] = &avx512::kTable;
#endif
  }
};

// "baseline, avx2 or avx512"
std::string RunnableNames() {
  const auto tables = RunnableKernels();
  std::string names;
  for (std::size_t i = 0; i < tables.size(); ++i) {
    if (i > 0) names += i + 1 == tables.size() ? " or " : ", ";
    names += tables[i]->name;
  }
  return names;
}

}  // namespace

std::span<const Kernels* const> RunnableKernels() {
  static const Tables tables;
  return {tables.runnable.data(), tables.count};
}

const Kernels& KernelsByName(const char* name) {
  const auto tables = RunnableKernels();
  const std::string_view requested = name == nullptr ? "" : name;
  if (requested.empty()) return *tables.back();
  for (const Kernels* table : tables) {
    if (requested == table->name) return *table;
  }
  throw Error("ERR_NATIVE", "Expected " + RunnableNames() + " for " + kKernelsVariable + ", but got '" +
                                std::string(requested) + "'. This CPU runs no other kernels: set " +
                                kKernelsVariable + " to one of these names, or unset it for the fastest.");
}

const Kernels& ActiveKernels() {
  static const Kernels& active = KernelsByName(std::getenv(kKernelsVariable));
  return active;
}

}  // namespace mlp
