#ifndef PERCEPTRA_MATH_CPU_H_
#define PERCEPTRA_MATH_CPU_H_

namespace mlp {

// The instruction sets that there are kernels for. Each includes those before it.
enum class InstructionSet {
  kBaseline,
  kAvx2,   // with fused multiply-add and half-precision conversion
  kAvx512  // F, VL, DQ and BW
};

// The largest set that the CPU has and whose registers the operating system saves. May be called before any
// constructor has run, since it reads only the CPU's registers.
InstructionSet BestInstructionSet();

// Whether the CPU has dot products of bfloat16 numbers in AVX-512 registers; only where kAvx512 is the best
// set.
bool HasAvx512Bfloat16();

// Whether the CPU multiplies tiles of bfloat16 numbers (AMX) and the operating system saves tile registers. A
// process must still ask for permission.
bool HasAmxBfloat16();

// AMD's CPUs compute bfloat16 dot products at twice the rate of float32; Intel's, outside AMX, at half of it.
bool IsAmd();

}  // namespace mlp

#endif  // PERCEPTRA_MATH_CPU_H_
