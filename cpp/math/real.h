#ifndef PERCEPTRA_MATH_REAL_H_
#define PERCEPTRA_MATH_REAL_H_

#include <cstdint>

namespace mlp {

// The core computes in float32. The tests build it a second time in double precision, where finite
// differences are exact enough to check gradients.
#ifdef PERCEPTRA_DOUBLE
using Real = double;
#else
using Real = float;
#endif

// The bits of an IEEE 754 binary16 number: a storage format, converted to float before it is computed with.
enum class Half : std::uint16_t {};

// The upper half of a float32's bits: a sign bit, 8 bits of exponent and 7 of fraction.
enum class Bfloat16 : std::uint16_t {};

// Numbers in fewer bits, in which a prediction of few rows may read the weights. Int8 has a scale for each
// output.
enum class Rounding { kNone, kHalf, kBfloat16, kInt8 };

}  // namespace mlp

#endif  // PERCEPTRA_MATH_REAL_H_
