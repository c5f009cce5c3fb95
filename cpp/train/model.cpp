#include "train/model.h"

#include <algorithm>
#include <string>
#include <utility>

#include "math/bfloat16.h"
#include "math/error.h"
#include "math/kernels.h"
#include "math/thread_setup.h"
#include "train/inference.h"

namespace mlp {
namespace {

// Networks of more weights get their initial ones when they are first needed: these take some milliseconds.
constexpr std::size_t kManyWeights = std::size_t{1} << 18;

// The kernels of products by tiles; null for plain float32.
const Bfloat16Kernels* TilesFor(const Network& network, const CompileSpec& spec) {
  if (spec.precision == Precision::kFloat32) return nullptr;
  const Bfloat16Kernels* const kernels = ActiveBfloat16Kernels();
  const bool is_lbfgs = spec.optimizer.kind == OptimizerSpec::Kind::kLbfgs;
  if (spec.precision == Precision::kFloat32Fast) {
    return kernels != nullptr && !is_lbfgs && ThreePartsAreFaster(network) ? kernels->three_parts : nullptr;
  }
  if (spec.precision == Precision::kAuto) {
    return kernels != nullptr && !is_lbfgs && Bfloat16IsFaster(network) ? kernels : nullptr;
  }
  if (is_lbfgs) {
    throw Error(
        "ERR_ARGUMENT",
        "The optimizer lbfgs needs exact losses for its line search, which products in bfloat16 are not. "
        "Use precision 'float32', or adam.");
  }
  if (kernels == nullptr) {
    if (spec.precision == Precision::kBfloat16IfPossible) return nullptr;
    throw Error("ERR_PRECISION", "Could not compute in bfloat16: " + NoBfloat16Reason() +
                                     ". Use precision 'auto' for bfloat16 where it is fast, or 'float32'.");
  }
  return kernels;
}

Precision PrecisionOf(const Bfloat16Kernels* tiles) {
  if (tiles == nullptr) return Precision::kFloat32;
  return tiles->parts == 1 ? Precision::kBfloat16 : Precision::kFloat32Fast;
}

}  // namespace

Rounding RoundingFromName(std::string_view name) {
  if (name == "float32") return Rounding::kNone;
  if (name == "float16") return Rounding::kHalf;
  if (name == "bfloat16") return Rounding::kBfloat16;
  if (name == "int8") return Rounding::kInt8;
  throw Error("ERR_ARGUMENT", "There are no weights of the kind " + std::string(name) + ".");
}

Precision PrecisionFromName(std::string_view name) {
  if (name == "float32") return Precision::kFloat32;
  if (name == "bfloat16") return Precision::kBfloat16;
  if (name == "float32-fast") return Precision::kFloat32Fast;
  if (name == "auto") return Precision::kAuto;
  if (name == "bfloat16IfPossible") return Precision::kBfloat16IfPossible;
  throw Error("ERR_ARGUMENT", "There is no precision " + std::string(name) + ".");
}

Model::Model(const NetworkSpec& spec)
    : network_(spec),
      weights_(network_.weight_count(), [this](Vector& weights) { network_.Initialize(weights.data()); }) {
  if (network_.weight_count() <= kManyWeights) weights_.AtRest();
}

void Model::Compile(const CompileSpec& spec) {
  const ActivationSpec last = network_.last_activation();
  const Loss loss(spec.loss, last, network_.outputs());
  Metrics metrics(spec.metrics, loss, last, spec.loss.from_logits);
  Training training{loss,
                    std::move(metrics),
                    MakeOptimizer(spec.optimizer),
                    spec.optimizer.rules,
                    spec.mean,
                    spec.optimizer.lbfgs,
                    spec.loss_factor,
                    TilesFor(network_, spec)};
  const Precision precision = PrecisionOf(training.tiles);
  trainer_ = std::make_unique<Trainer>(network_, weights_, std::move(training));
  trainer_->SetLog(&log_);
  precision_.store(precision, std::memory_order_relaxed);
  const MutexLock lock(packed_mutex_);
  if (!bfloat16()) packed_ = nullptr;
}

std::shared_ptr<const PackedWeights> Model::Packed(const Vector& weights, std::uint64_t version) {
  if (!bfloat16()) return nullptr;
  const MutexLock lock(packed_mutex_);
  if (packed_ && version != 0 && packed_version_ == version) return packed_;
  // Without packs for gradients.
  auto packed = std::make_shared<PackedWeights>(*ActiveBfloat16Kernels(), network_, network_.layers().size());
  packed->PackShare(weights.data(), 0, 1);
  if (version != 0) {
    packed_ = packed;
    packed_version_ = version;
  }
  return packed;
}

void Model::Predict(Real* out, const Real* x, std::size_t rows, const Vector& weights,
                    const PackedWeights* packed) {
  const FlushDenormals flush;
  RowProducts alone(row_job_, nullptr, nullptr);
  for (std::size_t from = 0; from < rows; from += kInferenceBlock) {
    const std::size_t block = std::min(kInferenceBlock, rows - from);
    Infer(network_, out + from * network_.outputs(), x + from * network_.inputs(), weights.data(), block,
          scratch_, Layer::Output::kActivated, network_.layers().size(),
          {.of_row = &alone, .packed = packed, .packed_rows = &packed_rows_});
  }
}

void Model::PredictAtRest(Real* out, const Real* x, std::size_t rows) {
  const Vector& weights = weights_.AtRest();
  const bool few = rounding_ != Rounding::kNone && rows <= RoundedWeights::kMostRows;
  if (few && (!rounded_ || rounded_version_ != weights_.version())) {
    rounded_ = nullptr;  // never two copies
    rounded_ = std::make_shared<RoundedWeights>(network_, rounding_, weights.data());
    rounded_version_ = weights_.version();
  }
  const bool is_rounded = few && rounded_->fits();
  if (!is_rounded && (rows > RowProduct::kMostRows || !network_.cuts_rows() || bfloat16())) {
    return Predict(out, x, rows, weights, Packed(weights, weights_.version()).get());
  }
  std::shared_ptr<const void> owner = rounded_;
  if (!is_rounded) owner = weights_.Share();
  const FlushDenormals flush;
  RowProducts products(row_job_, network_.cuts_rows() ? RowHelpers::ProcessWide() : nullptr,
                       std::move(owner));
  Infer(network_, out, x, weights.data(), rows, scratch_, Layer::Output::kActivated, network_.layers().size(),
        {.of_row = &products, .rounded = is_rounded ? rounded_.get() : nullptr});
}

void Model::RoundWeights(Rounding rounding) {
  rounding_ = RoundedWeights::Rounds(network_) ? rounding : Rounding::kNone;
  rounded_ = nullptr;
}

std::size_t Model::bytes() const {
  const MutexLock lock(packed_mutex_);
  const std::size_t packed = packed_rows_.size() * sizeof(Bfloat16) + (packed_ ? packed_->bytes() : 0);
  return packed + network_.weight_count() * sizeof(Real) + scratch_.size() * sizeof(Real) +
         (rounded_ ? rounded_->bytes() : 0) + (trainer_ ? trainer_->bytes() : 0);
}

}  // namespace mlp
