// Measures the machine's limits. bench/ writes one request per line to standard input and reads one answer
// per line from standard output.
//   products <count> <batch> <in> <width>...             the matrix products of `count` training steps
//   together <threads> <count> <batch> <in> <width>...   the same on each of `threads` threads at once
//   peak <count> <n>                                     `count` products of two n x n matrices
//   read <count> <megabytes>                             `count` passes over so much memory
//   fastest <batch> <in> <width>...                      who computes these products how fast
// Products are computed by the kernel or library that is fastest for their shape. The answer to `fastest` is
// StepProducts::Describe. All other answers are the time in milliseconds, after one uncounted repetition;
// with several threads, from the start of the first to the end of the last.
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
#include "step_products.h"

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

double Products(std::size_t count, std::size_t batch, const std::vector<std::size_t>& sizes) {
  StepProducts step(batch, sizes);
  return Milliseconds(count, [&] { step.Multiply(); });
}

// Each thread has its own matrices, so the threads share only the machine: caches, memory and power.
double Together(std::size_t threads, std::size_t count, std::size_t batch,
                const std::vector<std::size_t>& sizes) {
  StepProducts(batch, sizes);  // measures alone who is fastest
  std::barrier start(static_cast<std::ptrdiff_t>(threads));
  std::vector<Clock::time_point> from(threads), to(threads);
  std::vector<std::thread> team;
  for (std::size_t t = 0; t < threads; ++t) {
    team.emplace_back([&, t] {
      KeepBlasSingleThreaded();
      StepProducts step(batch, sizes);
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
  const Vector x = SomeNumbers(n * n), w = SomeNumbers(n * n);
  return Milliseconds(count, [&] { ForwardProduct(y.data(), x.data(), w.data(), n, n, n, n); });
}

double Read(std::size_t count, std::size_t megabytes) {
  const Vector numbers = SomeNumbers(megabytes * 1'000'000 / sizeof(Real));
  volatile bool finite = false;
  return Milliseconds(count, [&] { finite = ActiveKernels().all_finite(numbers.data(), numbers.size()); });
}

std::string Text(double milliseconds) {
  std::ostringstream text;
  text << milliseconds;
  return text.str();
}

std::string Answer(const std::string& line) {
  std::istringstream words(line);
  std::string request;
  std::size_t count = 0;
  std::size_t threads = 1;
  words >> request;
  if (request == "together") words >> threads;
  if (request != "fastest") words >> count;
  std::vector<std::size_t> sizes;
  for (std::size_t size; words >> size;) sizes.push_back(size);
  const bool is_net = sizes.size() > 2;
  const auto batch = [&] { return sizes[0]; };
  const auto widths = [&] { return std::vector<std::size_t>(sizes.begin() + 1, sizes.end()); };
  if (request == "products" && is_net) return Text(Products(count, batch(), widths()));
  if (request == "together" && threads > 0 && is_net)
    return Text(Together(threads, count, batch(), widths()));
  if (request == "fastest" && is_net) return StepProducts(batch(), widths()).Describe();
  if (request == "peak" && sizes.size() == 1) return Text(Peak(count, sizes[0]));
  if (request == "read" && sizes.size() == 1) return Text(Read(count, sizes[0]));
  std::cerr << "Expected 'products count batch in width...', 'together threads count batch in width...', "
               "'fastest batch in width...', 'peak count n' or 'read count megabytes', but got '"
            << line << "'.\n";
  std::exit(1);
}

}  // namespace
}  // namespace mlp

int main() {
  mlp::KeepBlasSingleThreaded();
  for (std::string line; std::getline(std::cin, line);) std::cout << mlp::Answer(line) << std::endl;
}
