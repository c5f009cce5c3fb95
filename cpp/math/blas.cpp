#include "math/blas.h"

#include <cblas.h>

#include <cstdlib>
#include <utility>

#include "math/cpu.h"
#include "math/kernels.h"

namespace mlp {
namespace {

// Up to so many multiply-adds our own products are faster, measured with perceptra_bench: OpenBLAS first
// copies both operands, whatever their size.
constexpr std::size_t kOwnForward = 3'500'000, kOwnInputGradient = 5'000'000, kOwnWeightGradient = 1'500'000;

#ifdef PERCEPTRA_DOUBLE
constexpr auto kGemm = cblas_dgemm;
constexpr auto kGemv = cblas_dgemv;
#else
constexpr auto kGemm = cblas_sgemm;
constexpr auto kGemv = cblas_sgemv;
#endif

// BLAS's count type; sizes are bounded when a network or data set is made.
blasint Count(std::size_t n) { return static_cast<blasint>(n); }

// OpenBLAS chooses its kernels by the CPU's model number when it is loaded, and takes its slowest for a model
// newer than itself. It honours an environment variable, read in its constructor: this one runs before, and
// goes by the instruction sets that the CPU says it has. What a user set himself stays.
[[maybe_unused]] constexpr const char* kVariable = "OPENBLAS_CORETYPE";

[[maybe_unused]] bool chosen_here = false;

#if defined(__x86_64__)

const char* KernelsForThisCpu() {
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

// An empty value takes the variable away.
bool SetVariable(const char* value) {
#if defined(_WIN32)
  return _putenv_s(kVariable, value) == 0;
#else
  return (*value == '\0' ? unsetenv(kVariable) : setenv(kVariable, value, 1)) == 0;
#endif
}

// Before any constructor of no priority.
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wprio-ctor-dtor"
#endif
__attribute__((constructor(100))) void ChooseKernels() {
  const char* kernels = KernelsForThisCpu();
  if (kernels == nullptr || std::getenv(kVariable) != nullptr) return;
  chosen_here = SetVariable(kernels);
}

#endif

}  // namespace

bool UsesOwnProduct(Product product, std::size_t batch, std::size_t in, std::size_t out) {
  const std::size_t multiply_adds = batch * in * out;
  switch (product) {
    case Product::kForward:
      return multiply_adds <= kOwnForward || batch == 1;
    case Product::kInputGradient:
      return multiply_adds <= kOwnInputGradient || out == 1 || batch == 1;
    case Product::kWeightGradient:
      return multiply_adds <= kOwnWeightGradient;
  }
  return true;
}

void ForwardProduct(Real* y, const Real* x, const Real* w, std::size_t batch, std::size_t in, std::size_t out,
                    std::size_t x_stride) {
  if (UsesOwnProduct(Product::kForward, batch, in, out)) {
    ActiveKernels().forward_product(y, x, w, batch, in, out, x_stride);
  } else if (out == 1) {
    kGemv(CblasRowMajor, CblasNoTrans, Count(batch), Count(in), 1, x, Count(x_stride), w, 1, 0, y, 1);
  } else {
    kGemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, Count(batch), Count(out), Count(in), 1, x,
          Count(x_stride), w, Count(out), 0, y, Count(out));
  }
}

void InputGradientProduct(Real* dx, const Real* dy, const Real* w, std::size_t batch, std::size_t in,
                          std::size_t out, std::size_t dx_stride) {
  if (UsesOwnProduct(Product::kInputGradient, batch, in, out)) {
    ActiveKernels().input_gradient_product(dx, dy, w, batch, in, out, dx_stride);
  } else {
    kGemm(CblasRowMajor, CblasNoTrans, CblasTrans, Count(batch), Count(in), Count(out), 1, dy, Count(out), w,
          Count(out), 0, dx, Count(dx_stride));
  }
}

void WeightGradientProduct(Real* dw, const Real* x, const Real* dy, std::size_t batch, std::size_t rows,
                           std::size_t out, std::size_t x_stride, Real alpha, Real beta) {
  if (UsesOwnProduct(Product::kWeightGradient, batch, rows, out)) {
    ActiveKernels().weight_gradient_product(dw, x, dy, batch, rows, out, x_stride, alpha, beta);
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
  if (std::exchange(chosen_here, false)) SetVariable("");
#endif
}

void KeepBlasSingleThreaded() {
  if (openblas_get_num_threads() != 1) openblas_set_num_threads(1);
}

std::string BlasVersion() { return openblas_get_config(); }

std::string BlasKernels() { return openblas_get_corename(); }

}  // namespace mlp
