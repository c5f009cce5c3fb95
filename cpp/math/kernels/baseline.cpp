// The table for any CPU of the architecture.
#include "math/kernels.h"

namespace mlp::baseline {
namespace {

constexpr const char* kName = "baseline";

// The bounds that were measured on AVX2 (see avx2.cpp). They have not been measured for this table.
constexpr ProductBounds kOwnProducts = {
    .forward = {.multiply_adds = 3'500'000},  // OpenBLAS copies x and w, our kernel no more than panels of w
    .input_gradient = {.multiply_adds =
                           5'000'000},  // highest: OpenBLAS also has to transpose w while it copies
    .weight_gradient = {.multiply_adds = 1'500'000},  // lowest: our kernel reads x by columns
};

}  // namespace
}  // namespace mlp::baseline

#define PERCEPTRA_TABLE_NAMESPACE baseline
#include "math/kernels/table.inc"
