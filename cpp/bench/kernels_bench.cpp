// Element-wise kernels of each instruction set that this CPU has, in numbers per nanosecond.
//   perceptra_bench --benchmark_filter='element/adam'
#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "math/kernels.h"
#include "math/thread_setup.h"

namespace mlp {
namespace {

// The vectors fit in the L2 cache, as the blocks that training works on do.
constexpr std::size_t kRows = 64, kColumns = 128, kCount = kRows * kColumns;

struct Numbers {
  std::vector<Real> w = std::vector<Real>(kCount, Real(0.5)), g = std::vector<Real>(kCount, Real(1e-3));
  std::vector<Real> a = std::vector<Real>(kCount, Real(1e-3)), b = a, c = a;
  std::vector<std::uint8_t> bytes = std::vector<std::uint8_t>(kCount, 7);
  std::vector<std::int32_t> classes = std::vector<std::int32_t>(kRows, 3);
};

constexpr AdamStep kAdam{Real(1e-9),  Real(1e-9), 0,         1,          Real(0.9),
                         Real(0.999), Real(1e-8), Real(0.1), Real(0.001)};
constexpr RmspropStep kRmsprop{Real(1e-9), Real(0.9), Real(1e-8), Real(0.9), Real(0.1)};

template <Activation f>
void Activate(const Kernels& k, Numbers& n) {
  k.bias_activation(n.w.data(), n.a.data(), kRows, kColumns, f, Real(0.1));
}

template <Activation f>
void ActivationGradient(const Kernels& k, Numbers& n) {
  k.activation_gradient(n.g.data(), n.w.data(), n.a.data(), kRows, kColumns, f, Real(0.1));
}

template <ElementLoss loss>
void ComputeLoss(const Kernels& k, Numbers& n) {
  benchmark::DoNotOptimize(
      k.element_loss(n.g.data(), n.w.data(), n.a.data(), kRows, kColumns, Real(1), loss, {}));
}

struct KernelBenchmark {
  const char* name;
  void (*run)(const Kernels&, Numbers&);
};

const KernelBenchmark kBenchmarks[] = {
    {"relu", Activate<Activation::kRelu>},
    {"tanh", Activate<Activation::kTanh>},
    {"sigmoid", Activate<Activation::kSigmoid>},
    {"gelu", Activate<Activation::kGelu>},
    {"softplus", Activate<Activation::kSoftplus>},
    {"softmax", Activate<Activation::kSoftmax>},
    {"relu_gradient", ActivationGradient<Activation::kRelu>},
    {"tanh_gradient", ActivationGradient<Activation::kTanh>},
    {"gelu_gradient", ActivationGradient<Activation::kGelu>},
    {"squared_loss", ComputeLoss<ElementLoss::kSquared>},
    {"sigmoid_crossentropy", ComputeLoss<ElementLoss::kSigmoidCrossentropy>},
    {"softmax_crossentropy",
     [](const Kernels& k, Numbers& n) {
       benchmark::DoNotOptimize(k.sparse_softmax_crossentropy(n.g.data(), n.w.data(), n.classes.data(), kRows,
                                                              kColumns, Real(1), Real(0)));
     }},
    {"column_sums",
     [](const Kernels& k, Numbers& n) {
       k.column_sums(n.a.data(), n.g.data(), kRows, kColumns, kColumns, 1, 0);
     }},
    {"layer_norm",
     [](const Kernels& k, Numbers& n) {
       k.layer_norm(n.a.data(), n.b.data(), n.w.data(), n.c.data(), nullptr, kRows, kColumns, Real(1e-3));
     }},
    {"sum_of_squares",
     [](const Kernels& k, Numbers& n) { benchmark::DoNotOptimize(k.sum_of_squares(n.g.data(), kCount)); }},
    {"all_finite",
     [](const Kernels& k, Numbers& n) { benchmark::DoNotOptimize(k.all_finite(n.g.data(), kCount)); }},
    {"widen_bytes", [](const Kernels& k, Numbers& n) { k.widen_bytes(n.w.data(), n.bytes.data(), kCount); }},
    {"sgd", [](const Kernels& k, Numbers& n) { k.sgd(n.w.data(), n.g.data(), kCount, Real(1e-9)); }},
    {"rescale",
     [](const Kernels& k, Numbers& n) { k.rescale(n.a.data(), n.g.data(), kCount, Real(0.5), Real(0.1)); }},
    {"nesterov",
     [](const Kernels& k, Numbers& n) {
       k.nesterov(n.w.data(), n.a.data(), n.g.data(), kCount, Real(1e-9), Real(0.9));
     }},
    {"adam", [](const Kernels& k,
                Numbers& n) { k.adam(n.w.data(), n.a.data(), n.b.data(), n.g.data(), kCount, kAdam); }},
    {"amsgrad",
     [](const Kernels& k, Numbers& n) {
       k.amsgrad(n.w.data(), n.a.data(), n.b.data(), n.c.data(), n.g.data(), kCount, kAdam);
     }},
    {"adamax", [](const Kernels& k,
                  Numbers& n) { k.adamax(n.w.data(), n.a.data(), n.b.data(), n.g.data(), kCount, kAdam); }},
    {"nadam", [](const Kernels& k,
                 Numbers& n) { k.nadam(n.w.data(), n.a.data(), n.b.data(), n.g.data(), kCount, kAdam); }},
    {"lion", [](const Kernels& k, Numbers& n) { k.lion(n.w.data(), n.a.data(), n.g.data(), kCount, kAdam); }},
    {"adagrad",
     [](const Kernels& k, Numbers& n) {
       k.adagrad(n.w.data(), n.a.data(), n.g.data(), kCount, Real(1e-9), Real(1e-8));
     }},
    {"rmsprop",
     [](const Kernels& k, Numbers& n) {
       k.rmsprop(n.w.data(), n.a.data(), n.b.data(), n.c.data(), n.g.data(), kCount, kRmsprop);
     }},
    {"adadelta", [](const Kernels& k, Numbers& n) {
       k.adadelta(n.w.data(), n.a.data(), n.b.data(), n.g.data(), kCount, kRmsprop);
     }}};

void Measure(benchmark::State& state, const Kernels& kernels, const KernelBenchmark& kernel) {
  const FlushDenormals flush;  // as on compute threads
  Numbers numbers;
  for (auto _ : state) {
    kernel.run(kernels, numbers);
    benchmark::ClobberMemory();
  }
  state.counters["numbers/ns"] =
      benchmark::Counter(kCount * 1e-9, benchmark::Counter::kIsIterationInvariantRate);
}

const bool registered = [] {
  for (const KernelBenchmark& kernel : kBenchmarks) {
    for (const Kernels* table : RunnableKernels()) {
      const std::string name = std::string("element/") + kernel.name + "/" + table->name;
      benchmark::RegisterBenchmark(
          name.c_str(), [table, &kernel](benchmark::State& state) { Measure(state, *table, kernel); });
    }
  }
  return true;
}();

}  // namespace
}  // namespace mlp
