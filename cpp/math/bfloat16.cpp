#include "math/bfloat16.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

#if defined(__linux__) && defined(__x86_64__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include "math/cpu.h"
#include "math/error.h"
#include "math/kernels.h"

namespace mlp {
namespace reference {
extern const Bfloat16Kernels kBfloat16;
}
#ifdef PERCEPTRA_BFLOAT16_KERNELS
namespace avx512 {
extern const Bfloat16Kernels kBfloat16;
}
namespace amx {
extern const Bfloat16Kernels kBfloat16;
}
#endif

namespace {

struct Runnable {
  std::array<const Bfloat16Kernels*, 3> kernels{};
  std::size_t count = 0;

  Runnable() {
    kernels[count++] = &reference::kBfloat16;
#ifdef PERCEPTRA_BFLOAT16_KERNELS
    if (HasAvx512Bfloat16()) kernels[count++] = &avx512::kBfloat16;
    if (HasAmxBfloat16() && AskForTiles() == 0) kernels[count++] = &amx::kBfloat16;
#endif
  }
};

const char* RequestedName() {
  const char* name = std::getenv(kBfloat16Variable);
  return name == nullptr ? "" : name;
}

bool UsesAvx512() { return std::string_view(ActiveKernels().name) == "avx512"; }

const Bfloat16Kernels* Choose() {
  const std::string_view requested = RequestedName();
  const auto runnable = RunnableBfloat16Kernels();
  if (requested.empty()) return runnable.size() > 1 && UsesAvx512() ? runnable.back() : nullptr;
  if (requested == "none") return nullptr;
  std::string names;
  for (const Bfloat16Kernels* kernels : runnable) {
    if (requested == kernels->name) return kernels;
    names += std::string(kernels->name) + ", ";
  }
  throw Error("ERR_NATIVE", "Expected " + names + "or none for " + kBfloat16Variable + ", but got '" +
                                std::string(requested) +
                                "'. This process runs no other kernels: set the variable to one of these "
                                "names, or unset it for the fastest.");
}

}  // namespace

std::span<const Bfloat16Kernels* const> RunnableBfloat16Kernels() {
  static const Runnable runnable;
  return {runnable.kernels.data(), runnable.count};
}

const Bfloat16Kernels* ActiveBfloat16Kernels() {
  static const Bfloat16Kernels* const active = Choose();
  return active;
}

std::string NoBfloat16Reason() {
  if (std::string_view(RequestedName()) == "none") return std::string(kBfloat16Variable) + " is 'none'";
#ifndef PERCEPTRA_BFLOAT16_KERNELS
  return "this build has no kernels for it";
#else
  if (!HasAvx512Bfloat16()) return "this CPU has neither AMX nor AVX512-BF16";
  if (!UsesAvx512()) return std::string(kKernelsVariable) + " chooses kernels without AVX-512";
  return std::string("the operating system refuses tile registers: ") + std::strerror(AskForTiles());
#endif
}

// Tile registers would enlarge what the kernel saves on a signal stack, so Linux gives them only on request
// (Documentation/arch/x86/xstate.rst). Permission holds for all threads of the process.
int AskForTiles() {
#if defined(__linux__) && defined(__x86_64__)
  constexpr long kRequest = 0x1023;  // ARCH_REQ_XCOMP_PERM
  constexpr long kTileData = 18;
  static const int error = syscall(SYS_arch_prctl, kRequest, kTileData) == 0 ? 0 : errno;
  return error;
#else
  return ENOSYS;
#endif
}

}  // namespace mlp
