#ifndef PERCEPTRA_NN_LAYER_SPEC_H_
#define PERCEPTRA_NN_LAYER_SPEC_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "nn/spec.h"

// The options of the layers of a network. The caller fills in every default.
namespace mlp {

// Adds l1 * sum |w| + l2 * sum w^2 of a tensor to the loss.
struct RegularizerSpec {
  double l1 = 0, l2 = 0;
};

// A constraint that a tensor meets after each update. Norms are those of a unit's weights, as in Keras with
// axis 0: of each column of a matrix, or of a whole vector.
enum class ConstraintKind { kNone, kMaxNorm, kUnitNorm, kNonNegative };

struct ConstraintSpec {
  ConstraintKind kind = ConstraintKind::kNone;
  double limit = 0;  // kMaxNorm alone
};

// Throws Error("ERR_ARGUMENT") for an unknown name.
ConstraintKind ConstraintFromName(std::string_view name);

struct TensorRules {
  RegularizerSpec regularizer;
  ConstraintSpec constraint;
};

struct DenseSpec {
  std::size_t units = 1;
  bool use_bias = true;
  ActivationSpec activation;
  InitializerSpec kernel_initializer{InitializerKind::kGlorotUniform, {}};
  InitializerSpec bias_initializer;
  TensorRules kernel_rules, bias_rules;
  bool ntk = false;  // y = f(x w / sqrt(inputs) + b)
};

// y = f(x) by itself; parametric: y = x + alpha (f(x) - x), with an alpha for each input.
struct ActivationLayerSpec {
  ActivationSpec activation;
  bool parametric = false;
};

// y = s x, with a factor for each input.
struct ScaleSpec {
  InitializerSpec initializer{InitializerKind::kOnes, {}};
  TensorRules rules;
};

// Sets a fraction `rate` of the numbers to 0 and scales up the others; only in training.
struct DropoutSpec {
  double rate = 0;
};

// Dropout that keeps the mean and the variance of selu outputs.
struct AlphaDropoutSpec {
  double rate = 0;
};

// Adds normal noise in training.
struct GaussianNoiseSpec {
  double deviation = 0;
};

// y = scale x + offset, without weights.
struct RescalingSpec {
  double scale = 1, offset = 0;
};

struct BatchNormalizationSpec {
  double momentum = 0.99, epsilon = 1e-3;
  bool center = true, scale = true;
  InitializerSpec beta_initializer, gamma_initializer{InitializerKind::kOnes, {}};
  TensorRules beta_rules, gamma_rules;
};

struct LayerNormalizationSpec {
  double epsilon = 1e-3;
  bool center = true, scale = true;
  InitializerSpec beta_initializer, gamma_initializer{InitializerKind::kOnes, {}};
  TensorRules beta_rules, gamma_rules;
};

// A row of `width` numbers for each input, which is a whole number below `count`.
struct EmbeddingSpec {
  std::size_t count = 1, width = 1;
  InitializerSpec initializer{InitializerKind::kGlorotUniform, {}};
  TensorRules rules;
};

// The parts of a columns layer, each of some columns of the input.
// The columns as they are.
struct PassthroughPart {};

// For each column a table, one after the other in one tensor; `counts` are their rows.
struct EmbeddingPart {
  std::vector<std::size_t> counts;
  std::size_t width = 1;
  InitializerSpec initializer{InitializerKind::kRandomNormal, {}};
};

struct OneHotPart {
  std::vector<std::size_t> counts;
};

struct PeriodicEmbeddingPart {
  std::size_t frequencies = 1, width = 1;
  bool sines = true, phases = false, shared = false, relu = false, joins_x = false;
  double sigma = 0.01;  // the standard deviation of the frequencies
};

struct PiecewiseLinearEmbeddingPart {
  std::vector<std::vector<Real>> edges;  // of each column, increasing
  std::size_t width = 1;
};

struct ColumnPartSpec {
  std::string name;  // begins the names of its tensors
  std::vector<std::uint32_t> columns;
  std::variant<PassthroughPart, EmbeddingPart, OneHotPart, PeriodicEmbeddingPart,
               PiecewiseLinearEmbeddingPart>
      kind;
};

// The outputs of the parts, one after the other.
struct ColumnsSpec {
  std::vector<ColumnPartSpec> parts;
};

// y = f(x * scale_j + bias_j) for rows of member j.
struct MemberScaleSpec {
  const char* name = "scale";  // of the tensor
  bool use_bias = false;
  ActivationSpec activation{};
  InitializerSpec scale_initializer{InitializerKind::kRandomSigns, {}};
  InitializerSpec bias_initializer{};
  std::vector<std::size_t> chunks{};  // of inputs whose scales begin with one value; empty: of one each
  TensorRules scale_rules{}, bias_rules{};
};

// A dense layer of its own for each member.
struct MemberDenseSpec {
  std::size_t units = 1;
  bool use_bias = true;
  ActivationSpec activation{};
  InitializerSpec kernel_initializer{InitializerKind::kGlorotUniform, {}};
  InitializerSpec bias_initializer{};
  TensorRules kernel_rules{}, bias_rules{};
};

// y = f(((x * r_j) w) * s_j + b_j) for rows of member j. In a network it is three layers.
struct DenseBatchEnsembleSpec {
  DenseSpec dense;  // its bias is that of each member
  MemberScaleSpec input_scale{.name = "inputScale"};
  InitializerSpec output_scale_initializer{InitializerKind::kOnes, {}};
};

struct LayerSpec {
  std::variant<DenseSpec, ActivationLayerSpec, DropoutSpec, AlphaDropoutSpec, GaussianNoiseSpec,
               RescalingSpec, BatchNormalizationSpec, LayerNormalizationSpec, EmbeddingSpec, ScaleSpec,
               ColumnsSpec, MemberScaleSpec, MemberDenseSpec, DenseBatchEnsembleSpec>
      kind;
  bool trainable = true;
  double rate_factor = 1;  // of the learning rate
  // Further factors of the learning rate and those of the weight decay, tensor by tensor; empty: 1.
  std::vector<double> rate_factors{}, decay_factors{};
};

struct NetworkSpec {
  std::size_t inputs = 1;
  std::uint64_t seed = 0;
  std::vector<LayerSpec> layers;
  std::size_t members = 1;  // see nn/members.h
};

}  // namespace mlp

#endif  // PERCEPTRA_NN_LAYER_SPEC_H_
