#include "multipliers.h"

#include <cblas.h>
#include <dlfcn.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <sstream>

#include "math/kernels.h"

namespace mlp {
namespace {

// c = alpha a b + beta c of row-major matrices; a is (rows, depth), b (depth, columns), or they are stored
// transposed.
struct Gemm {
  bool transposes_a, transposes_b;
  std::size_t rows, columns, depth;
  const Real* a;
  std::size_t a_stride;
  const Real* b;
  std::size_t b_stride;
  Real* c;
  Real alpha, beta;
};

Gemm GemmOf(Product product, const LayerShape& s, const Factors& f) {
  switch (product) {
    case Product::kForward:
      return {false, false, s.batch, s.out, s.in, f.x, s.in, f.w, s.out, f.y, 1, 0};
    case Product::kInputGradient:
      return {false, true, s.batch, s.in, s.out, f.y, s.out, f.w, s.out, f.x, 1, 0};
    case Product::kWeightGradient:
      break;
  }
  return {true, false, s.in, s.out, s.batch, f.x, s.in, f.y, s.out, f.w, f.alpha, f.beta};
}

template <typename F>
Multiplier ByGemm(std::string name, F gemm) {
  return {std::move(name),
          [gemm](Product product, const LayerShape& s, const Factors& f) { gemm(GemmOf(product, s, f)); }};
}

// CBLAS's own enumerations are numbers of int's size in every library.
using CblasGemm = void (*)(int, int, int, int, int, int, Real, const Real*, int, const Real*, int, Real,
                           Real*, int);

Multiplier ByCblas(std::string name, CblasGemm multiply) {
  return ByGemm(std::move(name), [multiply](const Gemm& g) {
    const auto transposed = [](bool is) { return static_cast<int>(is ? CblasTrans : CblasNoTrans); };
    const auto count = [](std::size_t n) { return static_cast<int>(n); };
    multiply(CblasRowMajor, transposed(g.transposes_a), transposed(g.transposes_b), count(g.rows),
             count(g.columns), count(g.depth), g.alpha, g.a, count(g.a_stride), g.b, count(g.b_stride),
             g.beta, g.c, count(g.columns));
  });
}

using DnnlGemm = int (*)(char, char, std::int64_t, std::int64_t, std::int64_t, Real, const Real*,
                         std::int64_t, const Real*, std::int64_t, Real, Real*, std::int64_t);

Multiplier ByDnnl(std::string name, DnnlGemm multiply) {
  return ByGemm(std::move(name), [multiply](const Gemm& g) {
    const auto transposed = [](bool is) { return is ? 'T' : 'N'; };
    const auto count = [](std::size_t n) { return static_cast<std::int64_t>(n); };
    multiply(transposed(g.transposes_a), transposed(g.transposes_b), count(g.rows), count(g.columns),
             count(g.depth), g.alpha, g.a, count(g.a_stride), g.b, count(g.b_stride), g.beta, g.c,
             count(g.columns));
  });
}

// LIBXSMM's matrices are column-major: the factors change places.
using XsmmGemm = void (*)(const char*, const char*, const int*, const int*, const int*, const Real*,
                          const Real*, const int*, const Real*, const int*, const Real*, Real*, const int*);

Multiplier ByXsmm(std::string name, XsmmGemm multiply) {
  return ByGemm(std::move(name), [multiply](const Gemm& g) {
    const char a = g.transposes_a ? 'T' : 'N', b = g.transposes_b ? 'T' : 'N';
    const auto count = [](std::size_t n) { return static_cast<int>(n); };
    const int rows = count(g.rows), columns = count(g.columns), depth = count(g.depth),
              a_stride = count(g.a_stride), b_stride = count(g.b_stride);
    multiply(&b, &a, &columns, &rows, &depth, &g.alpha, g.b, &b_stride, g.a, &a_stride, &g.beta, g.c,
             &columns);
  });
}

[[noreturn]] void Refuse(const std::string& message) {
  std::cerr << message << '\n';
  std::exit(1);
}

Multiplier FromLibrary(const std::string& path) {
  void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) Refuse(dlerror());
  const std::string name = std::filesystem::path(path).filename().string();
  if (void* const found = dlsym(library, "libxsmm_sgemm"))
    return ByXsmm(name, reinterpret_cast<XsmmGemm>(found));
  if (void* const found = dlsym(library, "dnnl_sgemm"))
    return ByDnnl(name, reinterpret_cast<DnnlGemm>(found));
  if (void* const found = dlsym(library, "cblas_sgemm"))
    return ByCblas(name, reinterpret_cast<CblasGemm>(found));
  Refuse(path + " has none of libxsmm_sgemm, dnnl_sgemm and cblas_sgemm");
}

// Read when the libraries are loaded: OpenMP's for oneDNN, OpenBLAS's for what LIBXSMM calls.
void KeepLibrariesSingleThreaded() {
  setenv("MKL_THREADING_LAYER", "SEQUENTIAL", 1);
  setenv("OMP_NUM_THREADS", "1", 1);
  setenv("OPENBLAS_NUM_THREADS", "1", 1);
}

}  // namespace

Multiplier OwnKernels() {
  return {"own", [](Product product, const LayerShape& s, const Factors& f) {
            const Kernels& kernels = ActiveKernels();
            switch (product) {
              case Product::kForward:
                return kernels.forward_product(f.y, f.x, f.w, s.batch, s.in, s.out, s.in);
              case Product::kInputGradient:
                return kernels.input_gradient_product(f.x, f.y, f.w, s.batch, s.in, s.out, s.in);
              case Product::kWeightGradient:
                return kernels.weight_gradient_product(f.w, f.x, f.y, s.batch, s.in, s.out, s.in, f.alpha,
                                                       f.beta);
            }
          }};
}

Multiplier LinkedBlas() {
  return ByGemm("OpenBLAS", [](const Gemm& g) {
    const auto transposed = [](bool is) { return is ? CblasTrans : CblasNoTrans; };
    const auto count = [](std::size_t n) { return static_cast<blasint>(n); };
    cblas_sgemm(CblasRowMajor, transposed(g.transposes_a), transposed(g.transposes_b), count(g.rows),
                count(g.columns), count(g.depth), g.alpha, g.a, count(g.a_stride), g.b, count(g.b_stride),
                g.beta, g.c, count(g.columns));
  });
}

std::vector<Multiplier> AllMultipliers() {
  std::vector<Multiplier> all{OwnKernels(), LinkedBlas()};
  const char* const paths = std::getenv("PERCEPTRA_PRODUCT_LIBRARIES");
  if (paths == nullptr) return all;
  KeepLibrariesSingleThreaded();
  std::istringstream each(paths);
  for (std::string path; std::getline(each, path, ':');) all.push_back(FromLibrary(path));
  return all;
}

}  // namespace mlp
