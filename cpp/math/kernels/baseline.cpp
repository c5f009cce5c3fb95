// The table for any CPU of the architecture.
#include "math/kernels.h"

namespace mlp::baseline {
namespace {

constexpr const char* kName = "baseline";

// The values that were measured on AVX2 (see avx2.cpp): none have been measured for this table.
constexpr ProductBounds kOwnProducts = {
    .forward = 3'500'000,          // above: the copies pay, because w is read once for every tile of rows
    .input_gradient = 5'000'000,   // higher than forward: our kernel copies w too, as it is transposed
    .weight_gradient = 1'500'000,  // lower than forward: our kernel reads x across its rows
};

}  // namespace
}  // namespace mlp::baseline

#define PERCEPTRA_TABLE_NAMESPACE baseline
#include "math/kernels/table.inc"
