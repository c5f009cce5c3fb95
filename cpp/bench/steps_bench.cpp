// Whole training steps: network, optimizer, threads.
//   perceptra_bench --benchmark_filter='step/784-30-10/10/sgd/1'
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "test/support.h"

namespace mlp {
namespace {

struct Net {
  std::vector<std::size_t> sizes;
  std::size_t batch;
  Activation hidden;
};

const std::vector<Net> kNets = {{{2, 3, 1}, 4, Activation::kSigmoid},
                                {{20, 100, 1}, 200, Activation::kRelu},
                                {{784, 30, 10}, 10, Activation::kSigmoid},
                                {{784, 128, 10}, 32, Activation::kRelu},
                                {{784, 512, 512, 10}, 128, Activation::kRelu}};

void Step(benchmark::State& state, const Net& net, OptimizerSpec::Kind optimizer, int threads) {
  const bool one = net.sizes.back() == 1;
  const LossKind loss = one ? LossKind::kBinaryCrossentropy : LossKind::kSparseCategoricalCrossentropy;
  Model model(SpecOf(net.sizes, net.hidden, one ? Activation::kSigmoid : Activation::kSoftmax));
  CompileSpec spec;
  spec.loss.kind = loss;
  spec.optimizer.kind = optimizer;
  model.Compile(spec);
  const std::size_t steps = net.sizes[0] > 100 ? 100 : 1000;
  const auto data = DataFor(loss, net.batch * steps, net.sizes[0], net.sizes.back());
  EpochOptions options;
  options.batch_size = net.batch;
  options.threads = threads;
  std::uint32_t epoch = 0;
  while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(steps))) {
    options.epoch = epoch++;
    model.trainer().Begin(data, options);
    TrainSlice slice = SliceOf(steps, 0.01);
    RunSlice(model, slice);
  }
}

const bool registered = [] {
  for (const Net& net : kNets) {
    for (const bool adam : {false, true}) {
      for (const int threads : {1, 2}) {
        std::string name = "step/";
        for (const std::size_t size : net.sizes)
          name += (name.back() == '/' ? "" : "-") + std::to_string(size);
        name += "/" + std::to_string(net.batch) + (adam ? "/adam/" : "/sgd/") + std::to_string(threads);
        benchmark::RegisterBenchmark(name.c_str(), Step, net,
                                     adam ? OptimizerSpec::Kind::kAdam : OptimizerSpec::Kind::kSgd, threads)
            ->UseRealTime();
      }
    }
  }
  return true;
}();

}  // namespace
}  // namespace mlp
