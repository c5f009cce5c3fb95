#include "train/plan.h"

#include <algorithm>

namespace mlp {

std::vector<std::vector<Slab>> CutSlabs(const Network& network, std::size_t threads) {
  std::vector<std::vector<Slab>> slabs(threads);
  std::size_t done = 0;  // numbers handed out
  std::size_t thread = 0;
  for (std::size_t l = 0; l < network.layers().size(); ++l) {
    const auto& tensors = network.layers()[l]->tensors();
    for (std::size_t t = 0; t < tensors.size(); ++t) {
      for (std::size_t first = 0; first < tensors[t].rows;) {
        const std::size_t columns = tensors[t].columns, left = tensors[t].rows - first;
        const std::size_t end = network.weight_count() * (thread + 1) / threads;
        // The last thread takes all that is left; others round to the nearest row.
        const std::size_t fit = thread + 1 == threads
                                    ? left
                                    : std::min(left, (end - std::min(end, done) + columns / 2) / columns);
        if (fit > 0) slabs[thread].push_back({l, t, first, fit});
        first += fit;
        done += fit * columns;
        if (fit < left) ++thread;
      }
    }
  }
  return slabs;
}

int ChooseThreads(double multiply_adds, std::size_t parts, int cores) {
  constexpr double kWorthAThread = 400e3;  // about 8 microseconds of products on one core
  const double most =
      std::min({multiply_adds / kWorthAThread, static_cast<double>(parts), static_cast<double>(cores)});
  return std::max(1, static_cast<int>(most));
}

}  // namespace mlp
