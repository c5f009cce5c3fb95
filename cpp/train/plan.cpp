#include "train/plan.h"

#include <algorithm>
#include <string_view>

#include "math/bfloat16.h"
#include "math/cpu.h"

namespace mlp {
namespace {

// Numbers of a kernel from which products in bfloat16 are faster. With AMX, 784-128-10 in batches of 32 gains
// 1.4 x and 784-30-10 in batches of 10 loses as much; on a Zen 5 these gain 1.3 x and lose 1.9 x, and
// 784-64-10 in batches of 32 gains 1.1 to 1.2 x.
constexpr std::size_t kSmallestKernel = 50000;

// Numbers in three parts take 12 bytes in both packs of a weight, and an update writes both. Large batches
// alone gain by that.
constexpr std::size_t kSmallestInThreeParts = 200000, kFewestRowsInThreeParts = 512;

std::size_t LargestKernel(const Network& network) {
  std::size_t largest = 0;
  for (const auto& layer : network.layers()) {
    if (layer->has_kernel()) largest = std::max(largest, layer->tensors()[0].size());
  }
  return largest;
}

struct TensorPlace {
  std::size_t layer, tensor;
};

// The tensors that training changes, in the order of the flat vector, without the kernels of the lowest
// `layers_by_inputs` layers. Adds their sizes to `numbers`.
std::vector<TensorPlace> ChangingTensors(const Network& network, std::size_t layers_by_inputs,
                                         std::size_t* numbers) {
  std::vector<TensorPlace> places;
  for (std::size_t l = 0; l < network.layers().size(); ++l) {
    const auto& tensors = network.layers()[l]->tensors();
    for (std::size_t t = 0; t < tensors.size() && network.spec_of(l).trainable; ++t) {
      if (l < layers_by_inputs && t == 0) continue;
      places.push_back({l, t});
      *numbers += tensors[t].size();
    }
  }
  return places;
}

// The cost of weights that threads read of each other: those packed in bfloat16 are half as many bytes, and
// in order.
double MovedWeights(const Bfloat16Kernels* tiles) {
  return tiles == nullptr ? 1 : 0.2 * static_cast<double>(tiles->parts);
}

constexpr std::size_t kNumbersOfLine = 64 / sizeof(Real);

// The cost of moving a weight between cores: all threads read it, then one of them writes it.
double WeightNs(double threads, const Machine& machine) {
  return ((threads - 1) * machine.read_line_ns + machine.write_line_ns) / threads /
         static_cast<double>(kNumbersOfLine);
}

// The cost of moving a sum: each thread writes its own, and reads a share of the others'.
double SumNs(double threads, const Machine& machine) {
  return ((threads - 1) / threads * machine.read_line_ns + machine.write_line_ns) /
         static_cast<double>(kNumbersOfLine);
}

// As many shares as could pay at most: a share takes at least as long as the two meetings of a step.
std::size_t MostShares(const Work& work, const Machine& fixed) {
  const double least = 2 * fixed.meeting_ns * fixed.products_per_ns;  // multiply-adds of a share
  const double most = std::min(
      {work.multiply_adds / least, static_cast<double>(work.most_shares), static_cast<double>(fixed.cores)});
  return static_cast<std::size_t>(std::max(1.0, most));
}

// Cuts `shares` further, as far as the smaller products are as fast: a share of slabs packs dy again; a share
// of rows reads all weights of its layers, or writes as many gradients. Sums by inputs are not cut: blocks of
// rows would each read the weights, which cost 784-512-512-10 in batches of 128 3 % with two blocks, 7 % with
// four. On 784-2500-2000-1500-1000-500-10, two shares of slabs for each thread cost 1 to 3 %, four up to 9 %.
void CutFurther(StepPlan& plan, const Network& network, const StepOptions& options) {
  constexpr std::size_t kLarge = 1'000'000;  // weights of a share
  constexpr std::size_t kInCache = 262144;   // weights that the second cache holds beside other numbers
  constexpr std::size_t kFewestRows = 16, kRowsForWeights = 256;
  if (plan.shares == 1) return;
  // With tiles the dy of gradients of weights is packed once, and a block of rows reads all weights of its
  // layers anyway.
  const std::size_t most = plan.tiles != nullptr || network.weight_count() <= kLarge * plan.shares ? 4 : 2;
  plan.slabs = most * plan.shares;
  if (plan.tiles != nullptr) {
    plan.rows *= std::clamp<std::size_t>(options.batch / plan.shares / kRowsForWeights, 1, most);
    return;
  }
  std::size_t weights = 0;
  for (std::size_t l = plan.layers_by_inputs; l < network.layers().size(); ++l) {
    for (const Tensor& tensor : network.layers()[l]->tensors()) weights += tensor.size();
  }
  const bool fits = weights <= kInCache;
  if (!fits && plan.gradients_by_rows) return;
  const std::size_t fewest = fits && !plan.gradients_by_rows ? kFewestRows : kRowsForWeights;
  plan.rows *= std::clamp<std::size_t>(options.batch / plan.shares / fewest, 1, most);
}

}  // namespace

std::vector<std::vector<Slab>> CutSlabs(const Network& network, std::size_t shares,
                                        std::size_t layers_by_inputs, std::size_t kernel_step) {
  std::vector<std::vector<Slab>> slabs(shares);
  for (std::size_t l = 0; l < layers_by_inputs; ++l) {
    for (std::size_t share = 0; share < shares; ++share) {
      const Range inputs = ShareOfInputs(*network.layers()[l], share, shares, kernel_step);
      slabs[share].push_back({l, 0, inputs.first, inputs.count});
    }
  }
  std::size_t numbers = 0;
  const std::vector<TensorPlace> places = ChangingTensors(network, layers_by_inputs, &numbers);
  std::size_t done = 0;  // numbers handed out
  std::size_t share = 0;
  for (const TensorPlace& place : places) {
    const Layer& layer = *network.layers()[place.layer];
    const Tensor& tensor = layer.tensors()[place.tensor];
    const std::size_t step = layer.has_kernel() && place.tensor == 0 ? kernel_step : 1;
    for (std::size_t first = 0; first < tensor.rows;) {
      const std::size_t columns = tensor.columns, left = tensor.rows - first;
      const std::size_t end = numbers * (share + 1) / shares;
      // The last share takes all that is left; others round to the nearest step of rows.
      const std::size_t steps = (end - std::min(end, done) + step * columns / 2) / (step * columns);
      const std::size_t fit = share + 1 == shares ? left : std::min(left, steps * step);
      if (fit > 0) slabs[share].push_back({place.layer, place.tensor, first, fit});
      first += fit;
      done += fit * columns;
      if (fit < left) ++share;
    }
  }
  return slabs;
}

// Compares the cost of moving a kernel's weights between cores (by rows) with that of moving sums (by
// inputs).
std::size_t LayersByInputs(const Network& network, std::size_t batch, std::size_t shares,
                           const Machine& fixed, const Bfloat16Kernels* tiles) {
  constexpr std::size_t kMostRows = 512, kFewestInputs = 32;  // of a batch; of a share
  if (shares == 1 || batch > kMostRows) return 0;
  const double weight_ns = WeightNs(static_cast<double>(shares), fixed);
  const double sum_ns = SumNs(static_cast<double>(shares), fixed);
  std::size_t best = 0;
  double gain = 0, best_gain = 0;
  const double moved = MovedWeights(tiles);
  for (std::size_t l = 0; l < network.layers().size(); ++l) {
    const Layer& layer = *network.layers()[l];
    // The sums of all shares together are never more numbers than the kernel.
    if (layer.input_split() == nullptr || !network.trains(l, 0) ||
        layer.inputs() < std::max(kFewestInputs, batch) * shares)
      break;
    const auto in = static_cast<double>(layer.inputs()), out = static_cast<double>(layer.outputs());
    gain += moved * in * out * weight_ns - static_cast<double>(batch) * out * sum_ns -
            (l > 0 ? 2 : 1) * fixed.meeting_ns;
    if (gain > best_gain) {
      best = l + 1;
      best_gain = gain;
    }
  }
  return best;
}

bool GradientsByRows(const Network& network, std::size_t batch, std::size_t shares) {
  constexpr double kGain = 2;  // because the shares' gradients are written and read too
  if (shares == 1 || !LayersWithStatistics(network).empty()) return false;
  double weights = 0, row = 0;
  for (std::size_t l = network.first_trained(); l < network.layers().size(); ++l) {
    const Layer& layer = *network.layers()[l];
    for (const Tensor& tensor : layer.tensors()) weights += static_cast<double>(tensor.size());
    if (!layer.tensors().empty()) row += static_cast<double>(layer.inputs() + layer.outputs());
  }
  return kGain * weights <= static_cast<double>(batch) * row;
}

bool Bfloat16IsFaster(std::string_view kernels, bool is_amd, std::size_t largest_kernel) {
  const bool is_fast = kernels == "amx" || (kernels == "avx512" && is_amd);
  return is_fast && largest_kernel >= kSmallestKernel;
}

bool Bfloat16IsFaster(const Network& network) {
  return Bfloat16IsFaster(ActiveBfloat16Kernels()->name, IsAmd(), LargestKernel(network));
}

bool ThreePartsAreFaster(const Network& network) { return LargestKernel(network) >= kSmallestInThreeParts; }

const Bfloat16Kernels* TilesForBatch(const Bfloat16Kernels* tiles, std::size_t batch) {
  return tiles != nullptr && (tiles->parts == 1 || batch >= kFewestRowsInThreeParts) ? tiles : nullptr;
}

std::vector<std::size_t> LayersWithStatistics(const Network& network) {
  std::vector<std::size_t> layers;
  for (std::size_t l = 0; l < network.layers().size(); ++l) {
    if (network.layers()[l]->batch_statistics() != nullptr) layers.push_back(l);
  }
  return layers;
}

int ChooseThreads(const Work& work, int most, const Machine& machine) {
  int best = 1;
  double best_ns = work.multiply_adds / machine.products_per_ns;
  const double meetings_ns = static_cast<double>(work.meetings) * machine.meeting_ns;
  for (int threads = 2; threads <= most && static_cast<std::size_t>(threads) <= work.most_shares; ++threads) {
    const double ns = work.multiply_adds / machine.products_per_ns / threads + meetings_ns +
                      work.weights * WeightNs(threads, machine);
    if (ns < best_ns) {
      best = threads;
      best_ns = ns;
    }
  }
  return best;
}

StepPlan PlanStep(const Network& network, const StepOptions& options, const Machine* machine) {
  constexpr double kBfloat16Speedup = 5, kThreePartSpeedup = 1.5;
  constexpr double kLongStep = 5e7;  // multiply-adds; in longer steps a trial costs more than it can gain
  const auto weights = static_cast<double>(network.weight_count());
  const auto row = static_cast<double>(network.work_of_row());
  StepPlan plan;
  plan.tiles = TilesForBatch(options.tiles, options.batch);
  // Beside products a step has work that tiles do not speed up.
  const double speedup = plan.tiles == nullptr    ? 1
                         : plan.tiles->parts == 1 ? kBfloat16Speedup
                                                  : kThreePartSpeedup;
  const double moved = MovedWeights(plan.tiles);
  const Work work{3 * static_cast<double>(options.batch) * row / speedup, moved * weights, options.batch,
                  options.meetings};
  const bool short_step = work.multiply_adds < kLongStep;
  const Machine fixed = machine != nullptr ? *machine : FixedMachine();
  if (options.threads > 0) {
    plan.shares = static_cast<std::size_t>(options.threads);
  } else if (short_step) {
    plan.shares = MostShares(work, fixed);
  } else {
    plan.shares = static_cast<std::size_t>(ChooseThreads(work, fixed.cores, fixed));
  }
  plan.layers_by_inputs = LayersByInputs(network, options.batch, plan.shares, fixed, plan.tiles);
  plan.gradients_by_rows = plan.tiles == nullptr && plan.layers_by_inputs == 0 &&
                           GradientsByRows(network, options.batch, plan.shares);

  plan.rows = plan.slabs = plan.shares;
  if (!short_step) CutFurther(plan, network, options);

  // More threads than CPUs would only make the others wait.
  plan.most_threads = static_cast<int>(std::min(plan.shares, static_cast<std::size_t>(fixed.cpus)));
  plan.has_trials = options.threads == 0 && short_step && plan.most_threads > 1;
  plan.threads = plan.most_threads;
  if (plan.has_trials) {
    const Machine measured = machine != nullptr ? *machine : MeasuredMachine();
    plan.threads = ChooseThreads(work, plan.most_threads, measured);
  }
  return plan;
}

}  // namespace mlp
