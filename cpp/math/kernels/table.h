// Compiled once per instruction set: the including file names it in PERCEPTRA_KERNELS (a namespace) and
// PERCEPTRA_KERNELS_NAME.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <numbers>
#include <type_traits>
#include <utility>

#if defined(__F16C__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#include "math/kernels.h"

namespace mlp {
namespace PERCEPTRA_KERNELS {
namespace {

// Partial sums kept apart, so that a sum vectorises without reordering what the source says.
constexpr std::size_t kLanes = 16;

// Columns that are summed up on the stack.
constexpr std::size_t kTile = 64;

// Each part needs those before it.
#include "math/kernels/elementary.h"

#include "math/kernels/activations.h"

#include "math/kernels/activation_gradients.h"

#include "math/kernels/element_losses.h"

#include "math/kernels/losses.h"

#include "math/kernels/noise.h"

#include "math/kernels/normalization.h"

#include "math/kernels/tiles.h"

#include "math/kernels/narrow.h"

#include "math/kernels/rules.h"

#include "math/kernels/updates.h"

#include "math/kernels/halves.h"

#include "math/kernels/products.h"

#include "math/kernels/wide.h"

}  // namespace

extern const Kernels kTable;
const Kernels kTable = {PERCEPTRA_KERNELS_NAME,
                        BiasActivation,
                        ActivationGradient,
                        Prelu,
                        PreluGradient,
                        PreluSlopeGradient,
                        ElementLosses,
                        SoftmaxCrossentropy,
                        SparseSoftmaxCrossentropy,
                        SoftmaxFocal,
                        GaussianNll,
                        ColumnSums,
                        Rescale,
                        KeepMask,
                        Multiply,
                        MultiplyOr,
                        AddNoise,
                        ColumnMoments,
                        ColumnCorrelations,
                        BatchNormForward,
                        BatchNormGradient,
                        LayerNorm,
                        LayerNormGradient,
                        LayerNormGammaGradient,
                        Regularize,
                        SumOfSquares,
                        Clip,
                        Scale,
                        MoveAverage,
                        NotBelowZero,
                        LimitColumns,
                        Accumulate,
                        Sgd,
                        Nesterov,
                        Adam,
                        AmsGrad,
                        Adamax,
                        Nadam,
                        Lion,
                        Adagrad,
                        Rmsprop,
                        Adadelta,
                        WidenBytes,
                        AllFinite,
                        ForwardProduct,
                        InputGradientProduct,
                        WeightGradientProduct,
                        NarrowAll,
                        ForwardProductOfHalves,
                        WideDot,
                        WideSquares,
                        WideAdd,
                        WideTruncate,
                        WideProduct};

}  // namespace PERCEPTRA_KERNELS
}  // namespace mlp
