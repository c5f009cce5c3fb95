// The table for AVX-512 F, VL, DQ and BW.
#include "math/kernels.h"

// GCC 12 warns of its own _mm512_undefined_ps.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

namespace mlp::avx512 {
namespace {

constexpr const char* kName = "avx512";

// The sizes at which OpenBLAS 0.3.21's SkylakeX kernels overtake ours, measured with perceptra_bench on a
// server CPU with 2 MB of L2 cache a core. Gradients of weights that leave that cache are faster by BLAS, and
// those of fewer columns than a vector has: it has kernels for small matrices.
constexpr ProductBounds kOwnProducts = {
    .forward = {.multiply_adds = 100'000'000},
    .input_gradient = {.multiply_adds = 100'000'000},
    .weight_gradient = {.multiply_adds = 60'000'000, .weights = 400'000},
    .narrow = 32,
    .narrow_weights = 16,
};

}  // namespace
}  // namespace mlp::avx512

#define PERCEPTRA_TABLE_NAMESPACE avx512
#include "math/kernels/table.inc"
