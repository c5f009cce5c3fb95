// The table for AVX2 with fused multiply-add and half-precision conversion.
#include "math/kernels.h"

namespace mlp::avx2 {
namespace {

constexpr const char* kName = "avx2";

// The sizes at which OpenBLAS overtakes our kernels, measured with perceptra_bench. OpenBLAS copies both
// operands before it multiplies, which pays once each number is used often enough. The reasons beside the
// bounds explain their order; they were inferred, not measured.
constexpr ProductBounds kOwnProducts = {
    .forward = {.multiply_adds = 3'500'000},  // OpenBLAS copies x and w, our kernel no more than panels of w
    .input_gradient = {.multiply_adds =
                           5'000'000},  // highest: OpenBLAS also has to transpose w while it copies
    .weight_gradient = {.multiply_adds = 1'500'000},  // lowest: our kernel reads x by columns
};

}  // namespace
}  // namespace mlp::avx2

#define PERCEPTRA_TABLE_NAMESPACE avx2
#include "math/kernels/table.inc"
