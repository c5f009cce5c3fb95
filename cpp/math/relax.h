#ifndef PERCEPTRA_MATH_RELAX_H_
#define PERCEPTRA_MATH_RELAX_H_

namespace mlp {

// In a loop that waits for another thread: leaves the core's units to its other hyperthread.
inline void Relax() {
#if defined(__x86_64__) || defined(_M_X64)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace mlp

#endif  // PERCEPTRA_MATH_RELAX_H_
