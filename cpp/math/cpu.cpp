#include "math/cpu.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace mlp {

#if defined(__x86_64__)

namespace {

// Bit mask of the register states that the operating system saves for each thread (Intel's manual, volume 1,
// chapter 13).
unsigned SavedRegisters() {
  unsigned low, high;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

constexpr bool HasAll(unsigned bits, unsigned mask) { return (bits & mask) == mask; }

}  // namespace

// Not by __builtin_cpu_supports: it needs a runtime library that some compilers do not ship.
InstructionSet BestInstructionSet() {
  unsigned a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !HasAll(c, bit_FMA | bit_F16C | bit_OSXSAVE | bit_AVX)) {
    return InstructionSet::kBaseline;
  }
  const unsigned saved = SavedRegisters();
  if (!HasAll(saved, 0x6) || !__get_cpuid_count(7, 0, &a, &b, &c, &d) || !HasAll(b, bit_AVX2)) {
    return InstructionSet::kBaseline;
  }
#if defined(__APPLE__)
  // Darwin starts to save these registers when a thread first uses them, and reports them only then; versions
  // before 21.3 lost some of them in signal handlers.
  const bool saves_avx512 = false;
#else
  const bool saves_avx512 = HasAll(saved, 0xe6);
#endif
  if (saves_avx512 && HasAll(b, bit_AVX512F | bit_AVX512VL | bit_AVX512DQ | bit_AVX512BW)) {
    return InstructionSet::kAvx512;
  }
  return InstructionSet::kAvx2;
}

bool HasAvx512Bfloat16() {
  unsigned a, b, c, d;
  return BestInstructionSet() == InstructionSet::kAvx512 && __get_cpuid_count(7, 1, &a, &b, &c, &d) &&
         HasAll(a, 1u << 5);
}

bool HasAmxBfloat16() {
  unsigned a, b, c, d;
  const unsigned tiles = 3u << 17;  // the registers' configuration and their data
  return HasAvx512Bfloat16() && HasAll(SavedRegisters(), tiles) && __get_cpuid_count(7, 0, &a, &b, &c, &d) &&
         HasAll(d, 1u << 22 | 1u << 24);
}

bool IsAmd() {
  unsigned a, b, c, d;
  return __get_cpuid(0, &a, &b, &c, &d) && b == signature_AMD_ebx && d == signature_AMD_edx &&
         c == signature_AMD_ecx;
}

#else

InstructionSet BestInstructionSet() { return InstructionSet::kBaseline; }
bool HasAvx512Bfloat16() { return false; }
bool HasAmxBfloat16() { return false; }
bool IsAmd() { return false; }

#endif

}  // namespace mlp
