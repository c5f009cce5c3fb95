#ifndef PERCEPTRA_MATH_REAL_H_
#define PERCEPTRA_MATH_REAL_H_

namespace mlp {

// The core computes in float32. The tests build it a second time in double precision, where finite
// differences can tell a right gradient from a nearly right one.
#ifdef PERCEPTRA_DOUBLE
using Real = double;
#else
using Real = float;
#endif

}  // namespace mlp

#endif  // PERCEPTRA_MATH_REAL_H_
