#include <cmath>
#include <numbers>

#include "math/error.h"
#include "math/kernels.h"
#include "nn/column_part.h"

namespace mlp {
namespace {

InitializerSpec Uniform(double limit) {
  InitializerSpec initializer{InitializerKind::kRandomUniform, {}};
  initializer.min = -limit;
  initializer.max = limit;
  return initializer;
}

// What PyTorch's Linear starts with.
InitializerSpec UniformFor(std::size_t fan) { return Uniform(1 / std::sqrt(static_cast<double>(fan))); }

class Periodic final : public ColumnPart {
 public:
  Periodic(const ColumnPartSpec& spec, const PeriodicEmbeddingPart& part, std::size_t offset)
      : ColumnPart(spec.columns), spec_(part) {
    if (part.frequencies == 0 || part.frequencies > kMostFrequencies) {
      throw Error("ERR_ARGUMENT", "A periodic embedding has 1 to 256 frequencies.");
    }
    const std::size_t columns = columns_.size(), kernels = part.shared ? 1 : columns;
    const std::size_t units = part.sines ? 2 * part.frequencies : part.frequencies;
    InitializerSpec frequencies{InitializerKind::kRandomNormal, {}};
    frequencies.stddev = part.sigma;
    Add(PeriodicTensor::kSlopes, spec.name + "/frequencies", columns, part.frequencies, frequencies, &offset);
    if (part.phases) {
      Add(PeriodicTensor::kPhases, spec.name + "/phases", columns, part.frequencies,
          Uniform(std::numbers::pi), &offset);
    }
    Add(PeriodicTensor::kKernel, spec.name + "/kernel", kernels * units, part.width, UniformFor(units),
        &offset);
    Add(PeriodicTensor::kBias, spec.name + "/bias", kernels, part.width, UniformFor(units), &offset);
  }

  std::size_t outputs() const override { return columns_.size() * (spec_.width + (spec_.joins_x ? 1 : 0)); }
  std::size_t saved_per_row() const override { return columns_.size() * 3 * spec_.frequencies; }

  void Forward(Real* y, const PartRows& rows, const Real* weights) const override {
    ActiveKernels().periodic(y, rows, PartIn(weights));
  }
  void Backward(Real* dx, Real* dy, const Real* y, const PartRows& rows, const Real* weights) const override {
    ActiveKernels().periodic_backward(dx, dy, y, rows, PartIn(weights));
  }
  void Gradient(Real* grad, const Real* dy, const PartRows& rows, std::size_t tensor, std::size_t first,
                std::size_t count, Real alpha, Real beta) const override {
    ActiveKernels().periodic_gradient(grad, dy, rows, PartIn(nullptr), kinds_[tensor], first, count, alpha,
                                      beta);
  }

 private:
  void Add(PeriodicTensor kind, std::string name, std::size_t rows, std::size_t width,
           const InitializerSpec& initializer, std::size_t* offset) {
    kinds_.push_back(kind);
    AddTensor(std::move(name), rows, width, initializer, offset);
  }

  // The weights are null for Gradient, which does not read them.
  PeriodicPart PartIn(const Real* weights) const {
    const auto tensor = [&](PeriodicTensor kind) -> const Real* {
      for (std::size_t t = 0; t < kinds_.size(); ++t) {
        if (kinds_[t] == kind && weights != nullptr) return weights + tensors_[t].offset;
      }
      return nullptr;
    };
    return {columns_.data(),
            columns_.size(),
            spec_.frequencies,
            spec_.width,
            spec_.sines,
            spec_.shared,
            spec_.relu,
            spec_.joins_x,
            tensor(PeriodicTensor::kSlopes),
            tensor(PeriodicTensor::kPhases),
            tensor(PeriodicTensor::kKernel),
            tensor(PeriodicTensor::kBias)};
  }

  PeriodicEmbeddingPart spec_;
  std::vector<PeriodicTensor> kinds_;  // of the tensors
};

class PiecewiseLinear final : public ColumnPart {
 public:
  PiecewiseLinear(const ColumnPartSpec& spec, const PiecewiseLinearEmbeddingPart& part, std::size_t offset)
      : ColumnPart(spec.columns), width_(part.width), first_bins_{0} {
    if (part.edges.size() != columns_.size()) {
      throw Error("ERR_ARGUMENT", "A piecewise-linear embedding needs the edges of each column.");
    }
    for (const std::vector<Real>& edges : part.edges) {
      if (edges.size() < 2) throw Error("ERR_ARGUMENT", "A column of bins has at least two edges.");
      edges_.insert(edges_.end(), edges.begin(), edges.end());
      first_bins_.push_back(first_bins_.back() + edges.size() - 1);
    }
    const std::size_t columns = columns_.size();
    AddTensor(spec.name + "/slopes", columns, width_, UniformFor(width_), &offset);
    AddTensor(spec.name + "/bias", columns, width_, UniformFor(width_), &offset);
    AddTensor(spec.name + "/kernel", first_bins_.back(), width_, {InitializerKind::kZeros, {}}, &offset);
  }

  std::size_t outputs() const override { return columns_.size() * width_; }
  std::size_t saved_per_row() const override { return 2 * columns_.size(); }

  void Forward(Real* y, const PartRows& rows, const Real* weights) const override {
    ActiveKernels().piecewise(y, rows, PartIn(weights));
  }
  void Backward(Real* dx, Real* dy, const Real*, const PartRows& rows, const Real* weights) const override {
    if (dx != nullptr) ActiveKernels().piecewise_backward(dx, dy, rows, PartIn(weights));
  }
  void Gradient(Real* grad, const Real* dy, const PartRows& rows, std::size_t tensor, std::size_t first,
                std::size_t count, Real alpha, Real beta) const override {
    ActiveKernels().piecewise_gradient(grad, dy, rows, PartIn(nullptr), static_cast<PiecewiseTensor>(tensor),
                                       first, count, alpha, beta);
  }

 private:
  // The weights are null for Gradient, which does not read them.
  PiecewisePart PartIn(const Real* weights) const {
    const auto tensor = [&](PiecewiseTensor kind) -> const Real* {
      return weights == nullptr ? nullptr : weights + tensors_[static_cast<std::size_t>(kind)].offset;
    };
    return {columns_.data(),
            columns_.size(),
            width_,
            first_bins_.data(),
            edges_.data(),
            tensor(PiecewiseTensor::kSlopes),
            tensor(PiecewiseTensor::kBias),
            tensor(PiecewiseTensor::kKernel)};
  }

  std::size_t width_;
  std::vector<std::size_t> first_bins_;
  std::vector<Real> edges_;
};

}  // namespace

std::unique_ptr<ColumnPart> MakePart(const ColumnPartSpec& spec, const PeriodicEmbeddingPart& part,
                                     std::size_t offset) {
  return std::make_unique<Periodic>(spec, part, offset);
}

std::unique_ptr<ColumnPart> MakePart(const ColumnPartSpec& spec, const PiecewiseLinearEmbeddingPart& part,
                                     std::size_t offset) {
  return std::make_unique<PiecewiseLinear>(spec, part, offset);
}

}  // namespace mlp
