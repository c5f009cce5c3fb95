#include "math/blas.h"

#include <cblas.h>

#include <cstdlib>
#include <utility>

#include "math/cpu.h"
#include "math/kernels.h"

namespace mlp {
namespace {

#ifdef PERCEPTRA_DOUBLE
constexpr auto kGemm = cblas_dgemm;
constexpr auto kGemv = cblas_dgemv;
#else
constexpr auto kGemm = cblas_sgemm;
constexpr auto kGemv = cblas_sgemv;
#endif

// Networks and data sets that are too large for this type are rejected when they are made.
blasint Count(std::size_t n) { return static_cast<blasint>(n); }

// OpenBLAS chooses its kernels by the CPU's model number, and takes its slowest kernels for models that are
// newer than the library. Its constructor reads this environment variable, which overrides that choice. Our
// constructor runs earlier and sets the variable by the CPU's instruction sets, unless the user has set it.
[[maybe_unused]] constexpr const char* kCoreTypeVariable = "OPENBLAS_CORETYPE";

[[maybe_unused]] bool core_type_is_ours = false;

#if defined(__x86_64__)

const char* CoreTypeOfThisCpu() {
  switch (BestInstructionSet()) {
    case InstructionSet::kAvx512:
      return "SkylakeX";
    case InstructionSet::kAvx2:
      return "Haswell";
    case InstructionSet::kBaseline:
      break;
  }
  return nullptr;
}

// An empty value removes the variable.
bool SetCoreType(const char* value) {
#if defined(_WIN32)
  return _putenv_s(kCoreTypeVariable, value) == 0;
#else
  return (*value == '\0' ? unsetenv(kCoreTypeVariable) : setenv(kCoreTypeVariable, value, 1)) == 0;
#endif
}

// Priority 100: runs before OpenBLAS's constructor, which has no priority.
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wprio-ctor-dtor"
#endif
__attribute__((constructor(100))) void ChooseCoreType() {
  const char* core_type = CoreTypeOfThisCpu();
  if (core_type == nullptr || std::getenv(kCoreTypeVariable) != nullptr) return;
  core_type_is_ours = SetCoreType(core_type);
}

#endif

// With one row or one output a product reads each weight once, so a BLAS's copies of its operands do not pay.
inline bool IsOwn(const Kernels& kernels, Product product, std::size_t batch, std::size_t in,
                  std::size_t out) {
  const ProductBounds& own = kernels.own_products;
  const auto within = [=](const ProductBound& bound) {
    return batch * in * out <= bound.multiply_adds && in * out <= bound.weights;
  };
  switch (product) {
    case Product::kForward:
      return within(own.forward) || out <= own.narrow || batch == 1;
    case Product::kInputGradient:
      return within(own.input_gradient) || in <= own.narrow || out == 1 || batch == 1;
    case Product::kWeightGradient:
      return within(own.weight_gradient) && (out >= own.narrow_weights || out == 1 || batch == 1);
  }
  return true;
}

}  // namespace

bool UsesOwnProduct(Product product, std::size_t batch, std::size_t in, std::size_t out) {
  return IsOwn(ActiveKernels(), product, batch, in, out);
}

void ForwardProduct(Real* y, const Real* x, const Real* w, std::size_t batch, std::size_t in, std::size_t out,
                    std::size_t x_stride) {
  const Kernels& kernels = ActiveKernels();
  if (IsOwn(kernels, Product::kForward, batch, in, out)) {
    kernels.forward_product(y, x, w, batch, in, out, x_stride);
  } else if (out == 1) {
    kGemv(CblasRowMajor, CblasNoTrans, Count(batch), Count(in), 1, x, Count(x_stride), w, 1, 0, y, 1);
  } else {
    kGemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, Count(batch), Count(out), Count(in), 1, x,
          Count(x_stride), w, Count(out), 0, y, Count(out));
  }
}

void InputGradientProduct(Real* dx, const Real* dy, const Real* w, std::size_t batch, std::size_t in,
                          std::size_t out, std::size_t dx_stride) {
  const Kernels& kernels = ActiveKernels();
  if (IsOwn(kernels, Product::kInputGradient, batch, in, out)) {
    kernels.input_gradient_product(dx, dy, w, batch, in, out, dx_stride);
  } else {
    kGemm(CblasRowMajor, CblasNoTrans, CblasTrans, Count(batch), Count(in), Count(out), 1, dy, Count(out), w,
          Count(out), 0, dx, Count(dx_stride));
  }
}

void WeightGradientProduct(Real* dw, const Real* x, const Real* dy, std::size_t batch, std::size_t rows,
                           std::size_t out, std::size_t x_stride, Real alpha, Real beta) {
  const Kernels& kernels = ActiveKernels();
  if (IsOwn(kernels, Product::kWeightGradient, batch, rows, out)) {
    kernels.weight_gradient_product(dw, x, dy, batch, rows, out, x_stride, alpha, beta);
  } else if (out == 1) {
    kGemv(CblasRowMajor, CblasTrans, Count(batch), Count(rows), alpha, x, Count(x_stride), dy, 1, beta, dw,
          1);
  } else {
    kGemm(CblasRowMajor, CblasTrans, CblasNoTrans, Count(rows), Count(out), Count(batch), alpha, x,
          Count(x_stride), dy, Count(out), beta, dw, Count(out));
  }
}

void ForgetBlasKernelChoice() {
#if defined(__x86_64__)
  if (std::exchange(core_type_is_ours, false)) SetCoreType("");
#endif
}

void KeepBlasSingleThreaded() {
  if (openblas_get_num_threads() != 1) openblas_set_num_threads(1);
}

std::string BlasVersion() { return openblas_get_config(); }

std::string BlasKernels() { return openblas_get_corename(); }

}  // namespace mlp
