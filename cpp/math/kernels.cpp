#include "math/kernels.h"

#include <array>

#include "math/cpu.h"

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

const Tables& AllTables() {
  static const Tables tables;
  return tables;
}

}  // namespace

const Kernels& ActiveKernels() {
  static const Kernels& active = *AllTables().runnable[AllTables().count - 1];
  return active;
}

const Kernels* const* RunnableKernels(std::size_t* count) {
  *count = AllTables().count;
  return AllTables().runnable.data();
}

}  // namespace mlp
