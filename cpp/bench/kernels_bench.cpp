// Times the element-wise kernels of each instruction set that this CPU has, and prints a line for each:
//   kernel table nanoseconds-a-number
// bench/kernels.mjs runs builds of several compilers in turn, and compares tables and compilers.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <vector>

#include "math/aligned.h"
#include "math/kernels.h"
#include "math/thread_setup.h"

namespace mlp {
namespace {

// The vectors fit in the L2 cache, as the blocks that training works on do.
constexpr std::size_t kRows = 64, kColumns = 128, kCount = kRows * kColumns;

struct Numbers {
  Vector w = Vector(kCount, Real(0.5)), g = Vector(kCount, Real(1e-3));
  Vector a = Vector(kCount, Real(1e-3)), b = a, c = a;
  AlignedVector<std::uint8_t> bytes = AlignedVector<std::uint8_t>(kCount, 7);
  std::vector<std::int32_t> classes = std::vector<std::int32_t>(kRows, 3);
  volatile double sum = 0;
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

template <ElementLoss loss, std::size_t kOut = kColumns, bool kWeighted = false>
void ComputeLoss(const Kernels& k, Numbers& n) {
  n.sum = k.element_loss(n.g.data(), n.w.data(), n.a.data(), kWeighted ? n.c.data() : nullptr, kCount / kOut,
                         kOut, Real(1), loss, {});
}

template <std::size_t kOut>
void ComputeSoftmaxLoss(const Kernels& k, Numbers& n) {
  n.sum = k.softmax_crossentropy(n.g.data(), n.w.data(), n.a.data(), nullptr, kCount / kOut, kOut, Real(1),
                                 Real(0));
}

constexpr NoiseStream kStream{7, 1, 2, 0};

struct KernelBenchmark {
  const char* name;
  void (*run)(const Kernels&, Numbers&);
};

const KernelBenchmark kBenchmarks[] = {
    {"relu", Activate<Activation::kRelu>},
    {"tanh", Activate<Activation::kTanh>},
    {"sigmoid", Activate<Activation::kSigmoid>},
    {"gelu", Activate<Activation::kGelu>},
    {"gelu_tanh", Activate<Activation::kGeluTanh>},
    {"silu", Activate<Activation::kSilu>},
    {"mish", Activate<Activation::kMish>},
    {"softplus", Activate<Activation::kSoftplus>},
    {"softmax", Activate<Activation::kSoftmax>},
    {"relu_gradient", ActivationGradient<Activation::kRelu>},
    {"tanh_gradient", ActivationGradient<Activation::kTanh>},
    {"gelu_gradient", ActivationGradient<Activation::kGelu>},
    {"gelu_tanh_gradient", ActivationGradient<Activation::kGeluTanh>},
    {"silu_gradient", ActivationGradient<Activation::kSilu>},
    {"mish_gradient", ActivationGradient<Activation::kMish>},
    {"squared_loss", ComputeLoss<ElementLoss::kSquared>},
    {"squared_loss_weighted", ComputeLoss<ElementLoss::kSquared, 1, true>},
    {"squared_loss_10_weighted", ComputeLoss<ElementLoss::kSquared, 10, true>},
    {"huber_loss", ComputeLoss<ElementLoss::kHuber>},
    {"log_cosh_loss", ComputeLoss<ElementLoss::kLogCosh>},
    {"poisson_loss", ComputeLoss<ElementLoss::kPoisson>},
    {"sigmoid_crossentropy", ComputeLoss<ElementLoss::kSigmoidCrossentropy>},
    {"sigmoid_focal", ComputeLoss<ElementLoss::kSigmoidFocal>},
    {"sigmoid_kl", ComputeLoss<ElementLoss::kSigmoidKullbackLeibler>},
    {"clipped_kl", ComputeLoss<ElementLoss::kClippedKullbackLeibler>},
    {"softmax_crossentropy_10", ComputeSoftmaxLoss<10>},
    {"softmax_crossentropy_128", ComputeSoftmaxLoss<128>},
    {"sparse_softmax_crossentropy",
     [](const Kernels& k, Numbers& n) {
       n.sum = k.sparse_softmax_crossentropy(n.g.data(), n.w.data(), n.classes.data(), nullptr, kRows,
                                             kColumns, Real(1), Real(0));
     }},
    {"softmax_focal",
     [](const Kernels& k, Numbers& n) {
       n.sum = k.softmax_focal(n.g.data(), n.w.data(), n.a.data(), nullptr, kRows, kColumns, Real(1), {});
     }},
    {"gaussian_nll",
     [](const Kernels& k, Numbers& n) {
       n.sum = k.gaussian_nll(n.g.data(), n.w.data(), n.a.data(), nullptr, kRows, kColumns, Real(1));
     }},
    {"drop",
     [](const Kernels& k, Numbers& n) {
       k.drop(n.g.data(), n.a.data(), n.w.data(), kRows, kColumns, kStream, {0.2, Real(1.25), 0, 0});
     }},
    {"add_noise",
     [](const Kernels& k, Numbers& n) {
       k.add_noise(n.a.data(), n.w.data(), kRows, kColumns, kStream, Real(0.1));
     }},
    {"multiply_by_mask",
     [](const Kernels& k, Numbers& n) { k.multiply(n.a.data(), n.w.data(), n.b.data(), kCount); }},
    {"column_sums",
     [](const Kernels& k, Numbers& n) {
       k.column_sums(n.a.data(), n.g.data(), kRows, kColumns, kColumns, 1, 0);
     }},
    {"layer_norm",
     [](const Kernels& k, Numbers& n) {
       k.layer_norm(n.a.data(), n.b.data(), n.w.data(), n.c.data(), nullptr, kRows, kColumns, Real(1e-3));
     }},
    {"sum_of_squares", [](const Kernels& k, Numbers& n) { n.sum = k.sum_of_squares(n.g.data(), kCount); }},
    {"all_finite", [](const Kernels& k, Numbers& n) { n.sum = k.all_finite(n.g.data(), kCount); }},
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
     [](const Kernels& k,
        Numbers& n) { k.adagrad(n.w.data(), n.a.data(), n.g.data(), kCount, Real(1e-9), Real(1e-8)); }},
    {"rmsprop",
     [](const Kernels& k,
        Numbers&
            n) { k.rmsprop(n.w.data(), n.a.data(), n.b.data(), n.c.data(), n.g.data(), kCount, kRmsprop); }},
    {"adadelta", [](const Kernels& k, Numbers& n) {
       k.adadelta(n.w.data(), n.a.data(), n.b.data(), n.g.data(), kCount, kRmsprop);
     }}};

// The least of several rounds of about a fifth of a millisecond: what disturbs a round makes it longer.
double NanosecondsPerNumber(const Kernels& kernels, const KernelBenchmark& kernel, Numbers& numbers) {
  using Clock = std::chrono::steady_clock;
  constexpr int kRounds = 12;
  double least = std::numeric_limits<double>::infinity();
  int calls = 1;
  for (int round = 0; round < kRounds; ++round) {
    const auto start = Clock::now();
    for (int call = 0; call < calls; ++call) kernel.run(kernels, numbers);
    const std::chrono::duration<double, std::nano> elapsed = Clock::now() - start;
    least = std::min(least, elapsed.count() / calls / kCount);
    calls = std::clamp(static_cast<int>(2e5 / (least * kCount)), 1, 10000);
  }
  return least;
}

}  // namespace
}  // namespace mlp

int main() {
  const mlp::FlushDenormals flush;  // as on compute threads
  for (const mlp::KernelBenchmark& kernel : mlp::kBenchmarks) {
    for (const mlp::Kernels* table : mlp::RunnableKernels()) {
      mlp::Numbers numbers;
      std::printf("%s %s %.4f\n", kernel.name, table->name,
                  mlp::NanosecondsPerNumber(*table, kernel, numbers));
    }
  }
}
