#ifndef PERCEPTRA_MATH_KERNELS_BFLOAT16_AVX512_H_
#define PERCEPTRA_MATH_KERNELS_BFLOAT16_AVX512_H_

#include <cstddef>

#include "math/bfloat16.h"

// What the kernels for AVX512-BF16 and for AMX share.
namespace mlp::avx512 {

void Pack(Bfloat16* tiles, std::size_t stride, const Real* from, std::size_t from_stride, std::size_t rows,
          std::size_t columns, Factor factor);
void PackThreeParts(Bfloat16* tiles, std::size_t stride, const Real* from, std::size_t from_stride,
                    std::size_t rows, std::size_t columns, Factor factor);

}  // namespace mlp::avx512

#endif  // PERCEPTRA_MATH_KERNELS_BFLOAT16_AVX512_H_
