#ifndef PERCEPTRA_MATH_CPU_H_
#define PERCEPTRA_MATH_CPU_H_

namespace mlp {

// What the CPU can do and the operating system lets it, in the steps that there are kernels for.
enum class InstructionSet {
  kBaseline,
  kAvx2,   // with fused multiply-add and half-precision conversion
  kAvx512  // F, VL, DQ and BW
};

// Asks the CPU: may be called before any constructor has run.
InstructionSet BestInstructionSet();

}  // namespace mlp

#endif  // PERCEPTRA_MATH_CPU_H_
