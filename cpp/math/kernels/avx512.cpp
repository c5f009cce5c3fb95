// The table for AVX-512 F, VL, DQ and BW.
#include "math/kernels.h"

namespace mlp::avx512 {
namespace {

constexpr const char* kName = "avx512";

// The bounds that were measured on AVX2 (see avx2.cpp). They are too low here: vectors of twice the width
// speed up our kernels, but not OpenBLAS's copies.
constexpr ProductBounds kOwnProducts = {
    .forward = 3'500'000,          // OpenBLAS copies x and w, our kernel no more than panels of w
    .input_gradient = 5'000'000,   // highest: OpenBLAS also has to transpose w while it copies
    .weight_gradient = 1'500'000,  // lowest: our kernel reads x by columns
};

}  // namespace
}  // namespace mlp::avx512

#define PERCEPTRA_TABLE_NAMESPACE avx512
#include "math/kernels/table.inc"
