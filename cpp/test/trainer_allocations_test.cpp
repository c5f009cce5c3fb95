// Steps allocate nothing.
#include <atomic>
#include <cstdlib>
#include <new>

#include "test/trainer_cases.h"

namespace {
std::atomic<long> allocations{0};
}

// Counts every allocation of the test program.
void* operator new(std::size_t size) {
  ++allocations;
  if (void* p = std::malloc(size)) return p;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  ++allocations;
  const auto line = static_cast<std::size_t>(alignment);
  if (void* p = std::aligned_alloc(line, (size + line - 1) / line * line)) return p;
  throw std::bad_alloc();
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }

namespace mlp {
namespace {

TEST(Trainer, StepsAllocateNothing) {
  for (const OptimizerSpec& optimizer : WithMostSlots()) {
    Model model(SpecOf({40, 64, 32, 10}, Activation::kRelu, Activation::kSoftmax));
    model.Compile({{kLoss, false}, optimizer, {MetricKind::kSparseCategoricalAccuracy}});
    const auto data = DataFor(kLoss, 4096, 40, 10);
    model.trainer().Begin(data, {16, true, 0, 2});
    TrainSlice first = SliceOf(1, 0.01), many = SliceOf(200, 0.01);
    RunSlice(model, first);
    const std::atomic<bool> never{false};
    many.stop = &never;
    many.data = data;
    many.sums.metrics.resize(1);
    long during = -1;
    ComputePool::ProcessWide().Run(2, [&](Team& team) {
      const long before = allocations;
      model.trainer().Run(team, model.weights(), many);
      if (team.rank() == 0) during = allocations - before;
    });
    EXPECT_EQ(many.steps_taken, 200u);
    EXPECT_EQ(during, 0);
  }
}

// Layers that look at all rows, noise, gradients that must be whole, and what is done to them.
TEST(Trainer, StepsOfLayersOfEveryKindAllocateNothing) {
  for (const bool whole : {false, true}) {
    NetworkSpec spec = SpecOf({40, 64, 32, 10}, Activation::kGelu, Activation::kSoftmax);
    DenseAt(spec, 0).kernel_rules = {{0.01, 0.01}, {ConstraintKind::kMaxNorm, 1}};
    spec.layers.insert(spec.layers.begin() + 2, LayerSpec{LayerNormalizationSpec{}});
    spec.layers.insert(spec.layers.begin() + 1, LayerSpec{DropoutSpec{0.5}});
    spec.layers.insert(spec.layers.begin() + 1, LayerSpec{BatchNormalizationSpec{}});
    spec.layers.insert(spec.layers.begin(), LayerSpec{GaussianNoiseSpec{0.1}});
    OptimizerSpec optimizer;
    optimizer.rules.ema = 0.9;
    optimizer.rules.weight_decay = 0.01;
    optimizer.rules.clip_norm = whole ? 1 : 0;
    optimizer.rules.accumulation_steps = whole ? 3 : 1;
    Model model(spec);
    model.Compile({{kLoss, false}, optimizer, {}});
    const auto data = DataFor(kLoss, 4096, 40, 10);
    model.trainer().Begin(data, {16, true, 0, 2});
    TrainSlice first = SliceOf(1, 0.01), many = SliceOf(100, 0.01);
    RunSlice(model, first);
    const std::atomic<bool> never{false};
    many.stop = &never;
    many.data = data;
    long during = -1;
    ComputePool::ProcessWide().Run(2, [&](Team& team) {
      const long before = allocations;
      model.trainer().Run(team, model.weights(), many);
      if (team.rank() == 0) during = allocations - before;
    });
    EXPECT_EQ(many.steps_taken, 100u);
    EXPECT_EQ(during, 0);
  }
}

}  // namespace
}  // namespace mlp
