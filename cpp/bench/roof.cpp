// The machine's limits, measured on request: bench/ asks by lines on standard input and reads the answers
// from standard output.
//   products <count> <batch> <in> <width>...   the matrix products of so many training steps
//   peak <count> <n>                           so many products of two n x n matrices
//   read <count> <megabytes>                   reading so much memory so many times
// The answer is the milliseconds that this took on one thread, after a first time that is not counted.
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "math/aligned.h"
#include "math/blas.h"
#include "math/kernels.h"

namespace mlp {
namespace {

using Clock = std::chrono::steady_clock;

template <typename F>
double Milliseconds(std::size_t count, F call) {
  call();
  const auto start = Clock::now();
  for (std::size_t i = 0; i < count; ++i) call();
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

Vector Numbers(std::size_t n) {
  Vector v(n);
  for (std::size_t i = 0; i < n; ++i) v[i] = static_cast<Real>(i % 17) / 17 - Real(0.5);
  return v;
}

double Products(std::size_t count, std::size_t batch, const std::vector<std::size_t>& sizes) {
  std::vector<Vector> y, dy, w;
  for (std::size_t l = 0; l < sizes.size(); ++l) {
    y.push_back(Numbers(batch * sizes[l]));
    dy.push_back(Numbers(batch * sizes[l]));
    if (l > 0) w.push_back(Numbers(sizes[l - 1] * sizes[l]));
  }
  std::vector<Vector> dw = w;
  return Milliseconds(count, [&] {
    for (std::size_t l = 0; l < w.size(); ++l) {
      ForwardProduct(y[l + 1].data(), y[l].data(), w[l].data(), batch, sizes[l], sizes[l + 1], sizes[l]);
    }
    for (std::size_t l = w.size(); l-- > 0;) {
      if (l > 0)
        InputGradientProduct(dy[l].data(), dy[l + 1].data(), w[l].data(), batch, sizes[l], sizes[l + 1],
                             sizes[l]);
      WeightGradientProduct(dw[l].data(), y[l].data(), dy[l + 1].data(), batch, sizes[l], sizes[l + 1],
                            sizes[l], 1, 0);
    }
  });
}

double Peak(std::size_t count, std::size_t n) {
  Vector y(n * n);
  const Vector x = Numbers(n * n), w = Numbers(n * n);
  return Milliseconds(count, [&] { ForwardProduct(y.data(), x.data(), w.data(), n, n, n, n); });
}

double Read(std::size_t count, std::size_t megabytes) {
  const Vector numbers = Numbers(megabytes * 1'000'000 / sizeof(Real));
  volatile bool finite = false;
  return Milliseconds(count, [&] { finite = ActiveKernels().all_finite(numbers.data(), numbers.size()); });
}

double Answer(const std::string& line) {
  std::istringstream words(line);
  std::string what;
  std::size_t count = 0;
  words >> what >> count;
  std::vector<std::size_t> sizes;
  for (std::size_t size; words >> size;) sizes.push_back(size);
  if (what == "products" && sizes.size() > 2)
    return Products(count, sizes[0], {sizes.begin() + 1, sizes.end()});
  if (what == "peak" && sizes.size() == 1) return Peak(count, sizes[0]);
  if (what == "read" && sizes.size() == 1) return Read(count, sizes[0]);
  std::cerr
      << "Expected 'products count batch in width...', 'peak count n' or 'read count megabytes', but got '"
      << line << "'.\n";
  std::exit(1);
}

}  // namespace
}  // namespace mlp

int main() {
  mlp::KeepBlasSingleThreaded();
  for (std::string line; std::getline(std::cin, line);) std::cout << mlp::Answer(line) << std::endl;
}
