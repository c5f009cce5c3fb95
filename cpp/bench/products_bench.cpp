// Our own products and OpenBLAS's on one thread: the source of the bounds in kernels/avx2.cpp and the other
// tables.
//   perceptra_bench --benchmark_filter='forward/16_784_128'
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "math/blas.h"
#include "multipliers.h"

namespace mlp {
namespace {

constexpr LayerShape kShapes[] = {
    {5, 784, 30},    {10, 784, 30},   {200, 64, 100},  {200, 100, 10},   {5, 30, 10},       {10, 30, 10},
    {100, 20, 100},  {200, 20, 100},  {16, 784, 128},  {32, 784, 128},   {16, 128, 10},     {32, 128, 10},
    {64, 100, 50},   {64, 64, 100},   {128, 256, 128}, {64, 512, 512},   {128, 512, 512},   {64, 784, 512},
    {128, 784, 512}, {128, 512, 10},  {64, 512, 10},   {1, 784, 30},     {1, 784, 128},     {1, 784, 512},
    {1, 2500, 2000}, {200, 100, 1},   {100, 100, 1},   {64, 2500, 2000}, {512, 1024, 1024}, {512, 4, 32},
    {512, 32, 16},   {512, 16, 4},    {2048, 784, 10}, {2048, 784, 32},  {128, 500, 10},    {64, 784, 10},
    {64, 1024, 512}, {128, 784, 256}, {128, 512, 256}, {64, 512, 1024},  {256, 256, 256},   {512, 256, 512},
    {64, 784, 2500}};

void Measure(benchmark::State& state, const Multiplier& by, Product product, const LayerShape& s) {
  KeepBlasSingleThreaded();
  std::vector<Real> x(s.batch * s.in, Real(0.5)), w(s.in * s.out, Real(0.01)), y(s.batch * s.out, Real(0.25));
  for (auto _ : state) {
    by.multiply(product, s, {x.data(), w.data(), y.data(), Real(-1e-9), 1});
    benchmark::ClobberMemory();
  }
  state.counters["MAC/ns"] = benchmark::Counter(static_cast<double>(s.batch * s.in * s.out) * 1e-9,
                                                benchmark::Counter::kIsIterationInvariantRate);
}

const bool registered = [] {
  constexpr const char* kNames[] = {"forward", "input", "weight"};
  const Multiplier own = OwnKernels(), blas = LinkedBlas();
  for (const LayerShape& s : kShapes) {
    for (const Product product : {Product::kForward, Product::kInputGradient, Product::kWeightGradient}) {
      const std::string name = std::string(kNames[static_cast<int>(product)]) + "/" +
                               std::to_string(s.batch) + "_" + std::to_string(s.in) + "_" +
                               std::to_string(s.out);
      benchmark::RegisterBenchmark((name + "/own").c_str(), Measure, own, product, s);
      benchmark::RegisterBenchmark((name + "/blas").c_str(), Measure, blas, product, s);
    }
  }
  return true;
}();

}  // namespace
}  // namespace mlp

BENCHMARK_MAIN();
