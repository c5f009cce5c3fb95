#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "math/real.h"

namespace mlp {

/** The products of a dense layer: y = x w, dx = y w', w = alpha x' y + beta w. */
enum class LayerProduct { kForward, kInput, kWeight };

constexpr LayerProduct kLayerProducts[] = {LayerProduct::kForward, LayerProduct::kInput,
                                           LayerProduct::kWeight};

/** "forward", "input" or "weight". */
const char* NameOf(LayerProduct product);

/** x is batch x in, w in x out, y batch x out; all are contiguous. */
struct ProductShape {
  std::size_t batch, in, out;
};

struct Operands {
  Real *x, *w, *y;
  Real alpha = 1, beta = 0;  // of the weight gradient
};

/** Someone who computes products, on one thread. */
struct Multiplier {
  std::string name;
  std::function<void(LayerProduct, const ProductShape&, const Operands&)> multiply;
};

/** Our kernels, whatever the bounds say. */
Multiplier OwnKernels();

Multiplier OpenBlas();

/**
 * Our kernels, OpenBLAS and the shared libraries whose paths are in PERCEPTRA_PRODUCT_LIBRARIES, with colons
 * between them: MKL (libmkl_rt), oneDNN and LIBXSMM, or any other with cblas_sgemm. Throws for a library that
 * cannot be used.
 */
std::vector<Multiplier> AllMultipliers();

/** Whom perceptra itself takes for this shape. */
Multiplier ChosenByBounds(LayerProduct product, const ProductShape& shape);

}  // namespace mlp
