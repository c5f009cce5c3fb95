#ifndef PERCEPTRA_MATH_REAL_H_
#define PERCEPTRA_MATH_REAL_H_

#include <cstdint>

namespace mlp {

// The core computes in float32. The tests build it a second time in double precision, where finite
// differences can tell a right gradient from a nearly right one.
#ifdef PERCEPTRA_DOUBLE
using Real = double;
#else
using Real = float;
#endif

// The bits of a number of IEEE 754's binary16: kept in memory, never computed with.
enum class Half : std::uint16_t {};

}  // namespace mlp

#endif  // PERCEPTRA_MATH_REAL_H_
