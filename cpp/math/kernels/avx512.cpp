// The table for AVX-512 F, VL, DQ and BW.
#include "math/kernels.h"

namespace mlp::avx512 {
namespace {

constexpr const char* kName = "avx512";

// The values that were measured on AVX2 (see avx2.cpp), which are too low here: vectors of twice the width
// make our products faster, but the copies of OpenBLAS take the same time.
constexpr ProductBounds kOwnProducts = {
    .forward = 3'500'000,          // above: the copies pay, because w is read once for every tile of rows
    .input_gradient = 5'000'000,   // higher than forward: our kernel copies w too, as it is transposed
    .weight_gradient = 1'500'000,  // lower than forward: our kernel reads x across its rows
};

}  // namespace
}  // namespace mlp::avx512

#define PERCEPTRA_TABLE_NAMESPACE avx512
#include "math/kernels/table.inc"
