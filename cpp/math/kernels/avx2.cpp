// The table for AVX2 with fused multiply-add and half-precision conversion.
#include "math/kernels.h"

namespace mlp::avx2 {
namespace {

constexpr const char* kName = "avx2";

// Measured with perceptra_bench. OpenBLAS copies both operands before it multiplies; a small product is over
// before the copies pay.
constexpr ProductBounds kOwnProducts = {
    .forward = 3'500'000,          // above: the copies pay, because w is read once for every tile of rows
    .input_gradient = 5'000'000,   // higher than forward: our kernel copies w too, as it is transposed
    .weight_gradient = 1'500'000,  // lower than forward: our kernel reads x across its rows
};

}  // namespace
}  // namespace mlp::avx2

#define PERCEPTRA_TABLE_NAMESPACE avx2
#include "math/kernels/table.inc"
