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

}  // namespace mlp

#endif  // PERCEPTRA_MATH_CPU_H_
