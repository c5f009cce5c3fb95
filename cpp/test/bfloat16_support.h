#ifndef PERCEPTRA_TEST_BFLOAT16_SUPPORT_H_
#define PERCEPTRA_TEST_BFLOAT16_SUPPORT_H_

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "math/bfloat16.h"
#include "math/kernels.h"

namespace mlp {

// Before the first use of ActiveBfloat16Kernels: chooses the reference kernels where there are no others.
inline void PrepareBfloat16() {
  const bool none =
      RunnableBfloat16Kernels().size() == 1 || std::string_view(ActiveKernels().name) != "avx512";
  const char* const requested = std::getenv(kBfloat16Variable);
  if (!none || (requested != nullptr && *requested != '\0')) return;
  std::puts("This process computes in bfloat16 by the reference kernels.");
#if defined(_WIN32)
  _putenv_s(kBfloat16Variable, "reference");
#else
  setenv(kBfloat16Variable, "reference", 1);
#endif
}

}  // namespace mlp

#endif  // PERCEPTRA_TEST_BFLOAT16_SUPPORT_H_
