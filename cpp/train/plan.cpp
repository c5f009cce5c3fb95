#include "train/plan.h"

#include <algorithm>

namespace mlp {
namespace {

struct Piece {
  std::size_t layer, tensor;
};

// Tensors that training changes, in the order of the flat vector; but for kernels of the lowest `by_inputs`
// layers.
std::vector<Piece> Changing(const Network& network, std::size_t by_inputs, std::size_t* numbers) {
  std::vector<Piece> pieces;
  for (std::size_t l = 0; l < network.layers().size(); ++l) {
    const auto& tensors = network.layers()[l]->tensors();
    for (std::size_t t = 0; t < tensors.size() && network.spec_of(l).trainable; ++t) {
      if (l < by_inputs && t == 0) continue;
      pieces.push_back({l, t});
      *numbers += tensors[t].size();
    }
  }
  return pieces;
}

}  // namespace

std::vector<std::vector<Slab>> CutSlabs(const Network& network, std::size_t shares, std::size_t by_inputs) {
  std::vector<std::vector<Slab>> slabs(shares);
  for (std::size_t l = 0; l < by_inputs; ++l) {
    for (std::size_t share = 0; share < shares; ++share) {
      const Range inputs = ShareOfInputs(*network.layers()[l], share, shares);
      slabs[share].push_back({l, 0, inputs.first, inputs.count});
    }
  }
  std::size_t numbers = 0;
  const std::vector<Piece> pieces = Changing(network, by_inputs, &numbers);
  std::size_t done = 0;  // numbers handed out
  std::size_t share = 0;
  for (const Piece& piece : pieces) {
    const Tensor& tensor = network.layers()[piece.layer]->tensors()[piece.tensor];
    for (std::size_t first = 0; first < tensor.rows;) {
      const std::size_t columns = tensor.columns, left = tensor.rows - first;
      const std::size_t end = numbers * (share + 1) / shares;
      // The last share takes all that is left; others round to the nearest row.
      const std::size_t fit =
          share + 1 == shares ? left : std::min(left, (end - std::min(end, done) + columns / 2) / columns);
      if (fit > 0) slabs[share].push_back({piece.layer, piece.tensor, first, fit});
      first += fit;
      done += fit * columns;
      if (fit < left) ++share;
    }
  }
  return slabs;
}

// Measured on a server CPU: a line that another core has written takes about 5 ns to read, one that another
// core has read about 12 ns to write. By rows all of a kernel is read, and a part of it written, by each
// thread; by inputs that goes for the sums.
std::size_t LayersByInputs(const Network& network, std::size_t batch, std::size_t shares) {
  constexpr double kWeightNs = 0.5, kSumNs = 0.9, kMeetingNs = 1000;  // of a number, and of a meeting
  constexpr std::size_t kMostRows = 512, kFewestInputs = 32;          // of a batch; of a share
  if (shares == 1 || batch > kMostRows || !MeetingLayers(network).empty()) return 0;
  std::size_t best = 0;
  double gain = 0, best_gain = 0;
  for (std::size_t l = 0; l < network.layers().size(); ++l) {
    const Layer& layer = *network.layers()[l];
    // The sums of all shares together are never more numbers than the kernel.
    if (layer.input_split() == nullptr || !network.trains(l, 0) ||
        layer.inputs() < std::max(kFewestInputs, batch) * shares)
      break;
    const auto in = static_cast<double>(layer.inputs()), out = static_cast<double>(layer.outputs());
    gain += in * out * kWeightNs - static_cast<double>(batch) * out * kSumNs - (l > 0 ? 2 : 1) * kMeetingNs;
    if (gain > best_gain) {
      best = l + 1;
      best_gain = gain;
    }
  }
  return best;
}

bool GradientsByRows(const Network& network, std::size_t batch, std::size_t shares) {
  constexpr double kGain = 2;  // the shares' gradients are written and read besides
  if (shares == 1 || !MeetingLayers(network).empty()) return false;
  double weights = 0, row = 0;
  for (std::size_t l = network.first_trained(); l < network.layers().size(); ++l) {
    const Layer& layer = *network.layers()[l];
    for (const Tensor& tensor : layer.tensors()) weights += static_cast<double>(tensor.size());
    if (!layer.tensors().empty()) row += static_cast<double>(layer.inputs() + layer.outputs());
  }
  return kGain * weights <= static_cast<double>(batch) * row;
}

std::vector<std::size_t> MeetingLayers(const Network& network) {
  std::vector<std::size_t> layers;
  for (std::size_t l = 0; l < network.layers().size(); ++l) {
    if (network.layers()[l]->batch_statistics() != nullptr) layers.push_back(l);
  }
  return layers;
}

// Measured on a server CPU with AVX-512: a core's products run at about 100 multiply-adds a nanosecond;
// meeting costs microseconds; and half of what a thread reads was last written by another core, whose cache
// hands it over at a few bytes a nanosecond.
int ChooseThreads(double multiply_adds, double shared, std::size_t parts, int cores, std::size_t meetings) {
  constexpr double kMultiplyAddsPerNs = 100, kMeetingNs = 7500, kHandOverNs = 0.5;
  const double alone = multiply_adds / kMultiplyAddsPerNs;
  const double together = static_cast<double>(meetings) * kMeetingNs + shared * kHandOverNs;
  int best = 1;
  double best_ns = alone;
  for (int threads = 2; threads <= cores && static_cast<std::size_t>(threads) <= parts; ++threads) {
    const double ns = alone / threads + together;
    if (ns < best_ns) {
      best = threads;
      best_ns = ns;
    }
  }
  return best;
}

int MostShares(double multiply_adds, std::size_t parts, int cores) {
  constexpr double kLeast = 2e5;  // multiply-adds of a share, some microseconds
  const double most =
      std::min({multiply_adds / kLeast, static_cast<double>(parts), static_cast<double>(cores)});
  return std::max(1, static_cast<int>(most));
}

}  // namespace mlp
