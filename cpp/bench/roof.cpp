// The machine's limits, measured on request: bench/ asks by lines on standard input and reads the answers
// from standard output.
//   products <batch> <milliseconds> <in> <width>... -> microseconds of one step's matrix products, one thread
//   peak <n> <milliseconds>                          -> GFLOP/s of an n x n x n product, one thread
//   read <megabytes> <milliseconds>                  -> GB/s of reading memory, one thread
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <numeric>
#include <sstream>
#include <string>
#include <vector>

#include "math/aligned.h"
#include "math/blas.h"
#include "math/kernels.h"

namespace mlp {
namespace {

using Clock = std::chrono::steady_clock;

// The mean time of a call, in microseconds, over at least so many milliseconds.
template <typename F>
double Microseconds(double milliseconds, F call) {
  call();
  std::size_t calls = 1;
  for (;;) {
    const auto start = Clock::now();
    for (std::size_t i = 0; i < calls; ++i) call();
    const double elapsed = std::chrono::duration<double, std::micro>(Clock::now() - start).count();
    if (elapsed >= milliseconds * 1000) return elapsed / static_cast<double>(calls);
    calls =
        std::max(calls + 1, static_cast<std::size_t>(static_cast<double>(calls) * 1.2 *
                                                     std::min(20.0, milliseconds * 1000 / (elapsed + 1e-3))));
  }
}

Vector Numbers(std::size_t n) {
  Vector v(n);
  for (std::size_t i = 0; i < n; ++i) v[i] = static_cast<Real>(i % 17) / 17 - Real(0.5);
  return v;
}

double Products(std::size_t batch, double milliseconds, const std::vector<std::size_t>& sizes) {
  std::vector<Vector> y, dy, w;
  for (std::size_t l = 0; l < sizes.size(); ++l) {
    y.push_back(Numbers(batch * sizes[l]));
    dy.push_back(Numbers(batch * sizes[l]));
    if (l > 0) w.push_back(Numbers(sizes[l - 1] * sizes[l]));
  }
  std::vector<Vector> dw = w;
  return Microseconds(milliseconds, [&] {
    for (std::size_t l = 0; l < w.size(); ++l) {
      ForwardProduct(y[l + 1].data(), y[l].data(), w[l].data(), batch, sizes[l], sizes[l + 1]);
    }
    for (std::size_t l = w.size(); l-- > 0;) {
      if (l > 0)
        InputGradientProduct(dy[l].data(), dy[l + 1].data(), w[l].data(), batch, sizes[l], sizes[l + 1]);
      WeightGradientProduct(dw[l].data(), y[l].data(), dy[l + 1].data(), batch, sizes[l], sizes[l + 1],
                            sizes[l], 1, 0);
    }
  });
}

double Peak(std::size_t n, double milliseconds) {
  Vector y(n * n);
  const Vector x = Numbers(n * n), w = Numbers(n * n);
  const double us =
      Microseconds(milliseconds, [&] { ForwardProduct(y.data(), x.data(), w.data(), n, n, n); });
  return 2e-3 * static_cast<double>(n) * static_cast<double>(n) * static_cast<double>(n) / us;
}

double Read(std::size_t megabytes, double milliseconds) {
  const Vector numbers = Numbers(megabytes * (std::size_t{1} << 20) / sizeof(Real));
  volatile bool finite = false;
  const double us = Microseconds(
      milliseconds, [&] { finite = ActiveKernels().all_finite(numbers.data(), numbers.size()); });
  return static_cast<double>(numbers.size() * sizeof(Real)) / us * 1e-3;
}

double Answer(const std::string& line) {
  std::istringstream words(line);
  std::string what;
  std::size_t amount = 0;
  double milliseconds = 0;
  words >> what >> amount >> milliseconds;
  if (what == "products") {
    std::vector<std::size_t> sizes;
    for (std::size_t size; words >> size;) sizes.push_back(size);
    return Products(amount, milliseconds, sizes);
  }
  if (what == "peak") return Peak(amount, milliseconds);
  if (what == "read") return Read(amount, milliseconds);
  std::cerr << "Expected products, peak or read, but got " << what << ".\n";
  std::exit(1);
}

}  // namespace
}  // namespace mlp

int main() {
  mlp::KeepBlasSingleThreaded();
  for (std::string line; std::getline(std::cin, line);) std::cout << mlp::Answer(line) << std::endl;
}
