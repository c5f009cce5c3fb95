// Products in bfloat16 on one thread. `cold`: the weights of each product are others, more than the second
// cache holds, as in a training step of a large network.
//   perceptra_bench --benchmark_filter='bfloat16'
#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>
#include <vector>

#include "math/bfloat16.h"

namespace mlp {
namespace {

constexpr std::size_t kColdBytes = std::size_t{24} << 20;

// A product (rows, depth) x (depth, columns).
struct Shape {
  std::size_t rows, columns, depth;
};

// Of the networks in bench/cases.mjs.
constexpr Shape kForward[] = {
    {64, 512, 784}, {64, 512, 512}, {64, 2000, 2500}, {256, 1024, 1024}, {32, 128, 392}};
constexpr Shape kGradients[] = {{392, 512, 128}, {256, 512, 128}, {64, 2000, 128}, {128, 1024, 1024}};

PackedVector Tiles(std::size_t width, std::size_t depth, std::size_t copies = 1) {
  return PackedVector(WidthTiles(width) * DepthTiles(depth) * kTileNumbers * copies);
}

void Count(benchmark::State& state, const Shape& s) {
  state.counters["MAC/ns"] = benchmark::Counter(static_cast<double>(s.rows * s.columns * s.depth) * 1e-9,
                                                benchmark::Counter::kIsIterationInvariantRate);
}

std::size_t Copies(std::size_t bytes, bool cold) {
  return cold ? std::max<std::size_t>(2, kColdBytes / bytes) : 1;
}

// y = x w: the weights are the right factor.
void Forward(benchmark::State& state, const Shape& s, bool cold) {
  const std::size_t tiles = DepthTiles(s.depth), numbers = WidthTiles(s.columns) * tiles * kTileNumbers;
  const std::size_t copies = Copies(numbers * sizeof(Bfloat16), cold);
  const PackedVector x = Tiles(s.rows, s.depth), w = Tiles(s.columns, s.depth, copies);
  std::vector<Real> y(s.rows * s.columns);
  std::size_t turn = 0;
  for (auto _ : state) {
    const Bfloat16* const from = w.data() + turn++ % copies * numbers;
    ActiveBfloat16Kernels()->multiply(y.data(), s.columns, {x.data(), tiles}, {from, tiles}, s.rows,
                                      s.columns, tiles, 1, 0);
    benchmark::ClobberMemory();
  }
  Count(state, s);
}

// w -= rate x^T dy, straight into the weights.
void Gradient(benchmark::State& state, const Shape& s, bool cold) {
  const std::size_t tiles = DepthTiles(s.depth), numbers = s.rows * s.columns;
  const std::size_t copies = Copies(numbers * sizeof(Real), cold);
  const PackedVector x = Tiles(s.rows, s.depth), dy = Tiles(s.columns, s.depth);
  std::vector<Real> w(numbers * copies);
  std::size_t turn = 0;
  for (auto _ : state) {
    Real* const to = w.data() + turn++ % copies * numbers;
    ActiveBfloat16Kernels()->multiply(to, s.columns, {x.data(), tiles}, {dy.data(), tiles}, s.rows, s.columns,
                                      tiles, Real(-0.01), 1);
    benchmark::ClobberMemory();
  }
  Count(state, s);
}

const bool registered = [] {
  if (ActiveBfloat16Kernels() == nullptr) return false;
  for (const bool cold : {false, true}) {
    const auto name = [cold](const char* kind, const Shape& s) {
      return std::string("bfloat16/") + kind + "/" + std::to_string(s.rows) + "_" +
             std::to_string(s.columns) + "_" + std::to_string(s.depth) + (cold ? "/cold" : "/warm");
    };
    for (const Shape& s : kForward)
      benchmark::RegisterBenchmark(name("forward", s).c_str(), Forward, s, cold);
    for (const Shape& s : kGradients)
      benchmark::RegisterBenchmark(name("gradient", s).c_str(), Gradient, s, cold);
  }
  return true;
}();

}  // namespace
}  // namespace mlp
