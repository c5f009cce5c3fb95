#include "nn/rounded_weights.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "math/kernels.h"

namespace mlp {
namespace {

// Narrower layers gain nothing.
constexpr std::size_t kLeastUnits = 64;
constexpr std::size_t kPanel = RoundedMatrix::kPanel;

bool IsRounded(const Layer& layer) { return layer.has_kernel() && layer.outputs() >= kLeastUnits; }

std::size_t SizeOf(Rounding rounding) { return rounding == Rounding::kInt8 ? 1 : 2; }

// To the nearest, ties to even.
Bfloat16 ToBfloat16(Real number) {
  const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(number));
  return static_cast<Bfloat16>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

}  // namespace

bool RoundedWeights::Rounds(const Network& network) {
  const auto& layers = network.layers();
  return std::any_of(layers.begin(), layers.end(), [](const auto& layer) { return IsRounded(*layer); });
}

RoundedWeights::RoundedWeights(const Network& network, Rounding rounding, const Real* weights)
    : matrices_(network.layers().size()) {
  std::size_t bytes = 0, columns = 0;
  for (const auto& layer : network.layers()) {
    if (!IsRounded(*layer)) continue;
    const std::size_t wide = RoundedMatrix::PanelsFor(layer->outputs()) * kPanel;
    bytes += layer->inputs() * wide * SizeOf(rounding);
    columns += wide;
  }
  numbers_.resize(bytes);
  if (rounding == Rounding::kInt8) scales_.resize(columns);
  bytes = columns = 0;
  for (std::size_t l = 0; l < matrices_.size() && fits_; ++l) {
    const Layer& layer = *network.layers()[l];
    if (!IsRounded(layer)) continue;
    const std::size_t wide = RoundedMatrix::PanelsFor(layer.outputs()) * kPanel;
    matrices_[l] = {rounding, numbers_.data() + bytes, scales_.empty() ? nullptr : scales_.data() + columns,
                    layer.inputs(), layer.outputs()};
    RoundLayer(matrices_[l], weights + layer.tensors()[0].offset);
    bytes += layer.inputs() * wide * SizeOf(rounding);
    columns += wide;
  }
}

// Calls `round` with 32 numbers at a time, the last of them 0 where the layer has fewer columns.
template <typename Number, typename Round>
void RoundedWeights::RoundPanels(const RoundedMatrix& matrix, const Real* from, Round round) {
  auto* to = reinterpret_cast<Number*>(numbers_.data() +
                                       (static_cast<const unsigned char*>(matrix.panels) - numbers_.data()));
  for (std::size_t first = 0; first < matrix.out; first += kPanel) {
    const std::size_t width = std::min(kPanel, matrix.out - first);
    for (std::size_t i = 0; i < matrix.in; ++i, to += kPanel) {
      Real row[kPanel] = {};
      std::copy_n(from + i * matrix.out + first, width, row);
      round(to, row, first);
    }
  }
}

void RoundedWeights::SetScales(const RoundedMatrix& matrix, const Real* from) {
  Real* const scales = scales_.data() + (matrix.scales - scales_.data());
  std::fill_n(scales, RoundedMatrix::PanelsFor(matrix.out) * kPanel, Real(0));
  for (std::size_t i = 0; i < matrix.in; ++i) {
    for (std::size_t j = 0; j < matrix.out; ++j) {
      scales[j] = std::max(scales[j], std::abs(from[i * matrix.out + j]));
    }
  }
  for (std::size_t j = 0; j < matrix.out; ++j) scales[j] /= 127;
}

void RoundedWeights::RoundLayer(RoundedMatrix& matrix, const Real* from) {
  const std::size_t count = matrix.in * matrix.out;
  if (!ActiveKernels().all_finite(from, count)) {
    fits_ = false;
    return;
  }
  switch (matrix.rounding) {
    case Rounding::kNone:
      break;
    case Rounding::kHalf:
      return RoundPanels<Half>(matrix, from, [this](Half* to, const Real* row, std::size_t) {
        fits_ &= ActiveKernels().narrow(to, row, kPanel);
      });
    case Rounding::kBfloat16:
      return RoundPanels<Bfloat16>(matrix, from, [this](Bfloat16* to, const Real* row, std::size_t) {
        constexpr unsigned kInfinity = 0x7f80;
        for (std::size_t j = 0; j < kPanel; ++j) {
          to[j] = ToBfloat16(row[j]);
          fits_ &= (static_cast<unsigned>(to[j]) & kInfinity) != kInfinity;
        }
      });
    case Rounding::kInt8:
      SetScales(matrix, from);
      return RoundPanels<std::int8_t>(
          matrix, from, [&matrix](std::int8_t* to, const Real* row, std::size_t first) {
            for (std::size_t j = 0; j < kPanel; ++j) {
              // A column whose largest weight is denormal has a scale that may be 0.
              const Real scale = matrix.scales[first + j];
              to[j] = static_cast<std::int8_t>(
                  scale > 0 ? std::clamp(std::nearbyint(row[j] / scale), Real(-127), Real(127)) : 0);
            }
          });
  }
}

}  // namespace mlp
