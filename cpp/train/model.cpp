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

bool UsesBfloat16(const Network& network, const CompileSpec& spec) {
  if (spec.precision == Precision::kFloat32) return false;
  const Bfloat16Kernels* const kernels = ActiveBfloat16Kernels();
  const bool is_lbfgs = spec.optimizer.kind == OptimizerSpec::Kind::kLbfgs;
  if (spec.precision == Precision::kAuto) {
    return kernels != nullptr && !is_lbfgs && Bfloat16IsFaster(network);
  }
  if (is_lbfgs) {
    throw Error(
        "ERR_ARGUMENT",
        "The optimizer lbfgs needs exact losses for its line search, which products in bfloat16 are not. "
        "Use precision 'float32', or adam.");
  }
  if (kernels == nullptr) {
    if (spec.precision == Precision::kBfloat16IfPossible) return false;
    throw Error("ERR_PRECISION", "Could not compute in bfloat16: " + NoBfloat16Reason() +
                                     ". Use precision 'auto' for bfloat16 where it is fast, or 'float32'.");
  }
  return true;
}

}  // namespace

Precision PrecisionFromName(std::string_view name) {
  if (name == "float32") return Precision::kFloat32;
  if (name == "bfloat16") return Precision::kBfloat16;
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
                    UsesBfloat16(network_, spec)};
  const bool bfloat16 = training.bfloat16;
  trainer_ = std::make_unique<Trainer>(network_, weights_, std::move(training));
  trainer_->SetLog(&log_);
  bfloat16_.store(bfloat16, std::memory_order_relaxed);
  const MutexLock lock(packed_mutex_);
  if (!bfloat16) packed_ = nullptr;
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
  for (std::size_t from = 0; from < rows; from += kInferenceBlock) {
    const std::size_t block = std::min(kInferenceBlock, rows - from);
    Infer(network_, out + from * network_.outputs(), x + from * network_.inputs(), weights.data(), block,
          scratch_, Layer::Output::kActivated, network_.layers().size(), {nullptr, packed, &packed_rows_});
  }
}

void Model::PredictRow(Real* out, const Real* x) {
  const Vector& weights = weights_.AtRest();
  if (halves_.empty()) return Predict(out, x, 1, weights, Packed(weights, weights_.version()).get());
  if (halves_version_ != weights_.version()) {
    halves_fit_ = NarrowKernels(weights);
    halves_version_ = weights_.version();
  }
  const FlushDenormals flush;
  Infer(network_, out, x, weights.data(), 1, scratch_, Layer::Output::kActivated, network_.layers().size(),
        {.halves = halves_fit_ ? halves_.data() : nullptr});
}

void Model::KeepHalves(bool keep) {
  const auto& layers = network_.layers();
  const bool used =
      std::any_of(layers.begin(), layers.end(), [](const auto& layer) { return layer->reads_halves(); });
  halves_ = std::vector<Half>(keep && used ? network_.weight_count() : 0);
  halves_version_ = 0;  // out of date: a model's weights have a version above 0
}

bool Model::NarrowKernels(const Vector& weights) {
  bool fit = true;
  for (const auto& layer : network_.layers()) {
    if (!layer->reads_halves()) continue;
    const Tensor& kernel = layer->tensors()[0];
    fit &=
        ActiveKernels().narrow(halves_.data() + kernel.offset, weights.data() + kernel.offset, kernel.size());
  }
  return fit;
}

std::size_t Model::bytes() const {
  const MutexLock lock(packed_mutex_);
  const std::size_t packed = packed_rows_.size() * sizeof(Bfloat16) + (packed_ ? packed_->bytes() : 0);
  return packed + network_.weight_count() * sizeof(Real) + scratch_.size() * sizeof(Real) +
         halves_.size() * sizeof(Half) + (trainer_ ? trainer_->bytes() : 0);
}

}  // namespace mlp
