#ifndef PERCEPTRA_MATH_CPU_H_
#define PERCEPTRA_MATH_CPU_H_

namespace mlp {

// The instruction sets that there are kernels for. Each includes those before it.
enum class InstructionSet {
  kBaseline,
  kAvx2,   // with fused multiply-add and half-precision conversion
  kAvx512  // F, VL, DQ and BW
};

// The largest one that the CPU has and whose registers the operating system saves. It reads the CPU's
// registers alone, so it may be called before any constructor has run.
InstructionSet BestInstructionSet();

}  // namespace mlp

#endif  // PERCEPTRA_MATH_CPU_H_
