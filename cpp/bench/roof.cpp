// Measures the machine's limits. bench/ writes one request per line to standard input and reads one answer
// per line from standard output.
//   products <count> <batch> <in> <width>...             the matrix products of `count` training steps
//   together <threads> <count> <batch> <in> <width>...   the same on each of `threads` threads at once
//   peak <count> <n>                                     `count` products of two n x n matrices
//   read <count> <megabytes>                             `count` passes over so much memory
// The answer is the time in milliseconds, after one uncounted repetition; with several threads, from the
// start of the first to the end of the last.
#include <algorithm>
#include <barrier>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>
#include <thread>
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

// The matrices of a training step and their products.
class Step {
 public:
  Step(std::size_t batch, const std::vector<std::size_t>& sizes) : batch_(batch), sizes_(sizes) {
    for (std::size_t l = 0; l < sizes.size(); ++l) {
      y_.push_back(Numbers(batch * sizes[l]));
      dy_.push_back(Numbers(batch * sizes[l]));
      if (l > 0) w_.push_back(Numbers(sizes[l - 1] * sizes[l]));
    }
    dw_ = w_;
  }

  void Multiply() {
    for (std::size_t l = 0; l < w_.size(); ++l) {
      ForwardProduct(y_[l + 1].data(), y_[l].data(), w_[l].data(), batch_, sizes_[l], sizes_[l + 1],
                     sizes_[l]);
    }
    for (std::size_t l = w_.size(); l-- > 0;) {
      if (l > 0)
        InputGradientProduct(dy_[l].data(), dy_[l + 1].data(), w_[l].data(), batch_, sizes_[l], sizes_[l + 1],
                             sizes_[l]);
      WeightGradientProduct(dw_[l].data(), y_[l].data(), dy_[l + 1].data(), batch_, sizes_[l], sizes_[l + 1],
                            sizes_[l], 1, 0);
    }
  }

 private:
  std::size_t batch_;
  std::vector<std::size_t> sizes_;
  std::vector<Vector> y_, dy_, w_, dw_;
};

double Products(std::size_t count, std::size_t batch, const std::vector<std::size_t>& sizes) {
  Step step(batch, sizes);
  return Milliseconds(count, [&] { step.Multiply(); });
}

// Each thread has its own matrices, so the threads share only the machine: caches, memory and power.
double Together(std::size_t threads, std::size_t count, std::size_t batch,
                const std::vector<std::size_t>& sizes) {
  std::barrier start(static_cast<std::ptrdiff_t>(threads));
  std::vector<Clock::time_point> from(threads), to(threads);
  std::vector<std::thread> team;
  for (std::size_t t = 0; t < threads; ++t) {
    team.emplace_back([&, t] {
      KeepBlasSingleThreaded();
      Step step(batch, sizes);
      step.Multiply();
      start.arrive_and_wait();
      from[t] = Clock::now();
      for (std::size_t i = 0; i < count; ++i) step.Multiply();
      to[t] = Clock::now();
    });
  }
  for (std::thread& thread : team) thread.join();
  const auto time = *std::max_element(to.begin(), to.end()) - *std::min_element(from.begin(), from.end());
  return std::chrono::duration<double, std::milli>(time).count();
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
  std::string request;
  std::size_t count = 0;
  std::size_t threads = 1;
  words >> request;
  if (request == "together") words >> threads;
  words >> count;
  std::vector<std::size_t> sizes;
  for (std::size_t size; words >> size;) sizes.push_back(size);
  if (request == "products" && sizes.size() > 2)
    return Products(count, sizes[0], {sizes.begin() + 1, sizes.end()});
  if (request == "together" && threads > 0 && sizes.size() > 2)
    return Together(threads, count, sizes[0], {sizes.begin() + 1, sizes.end()});
  if (request == "peak" && sizes.size() == 1) return Peak(count, sizes[0]);
  if (request == "read" && sizes.size() == 1) return Read(count, sizes[0]);
  std::cerr << "Expected 'products count batch in width...', 'together threads count batch in width...', "
               "'peak count n' or 'read count megabytes', but got '"
            << line << "'.\n";
  std::exit(1);
}

}  // namespace
}  // namespace mlp

int main() {
  mlp::KeepBlasSingleThreaded();
  for (std::string line; std::getline(std::cin, line);) std::cout << mlp::Answer(line) << std::endl;
}
