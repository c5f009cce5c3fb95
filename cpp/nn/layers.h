#ifndef PERCEPTRA_NN_LAYERS_H_
#define PERCEPTRA_NN_LAYERS_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "nn/layer.h"

// Functions that make layers, one file each. `offset` is where a layer's tensors begin in the flat vector of
// weights; `number` selects the layer's random stream.
namespace mlp {

// y = f(x w + b), with w (inputs, units) row-major and b (units). Throws Error for an activation whose
// derivative needs more than its output.
std::unique_ptr<Layer> MakeDense(const DenseSpec& spec, std::size_t inputs, std::size_t offset);

// y = f(x) for any activation; prelu has one slope per input.
std::unique_ptr<Layer> MakeActivation(const ActivationSpec& spec, std::size_t inputs, std::size_t offset);

// y = x + alpha (f(x) - x), with an alpha for each input that starts at 1.
std::unique_ptr<Layer> MakeParametricActivation(const ActivationSpec& spec, std::size_t inputs,
                                                std::size_t offset);

std::unique_ptr<Layer> MakeScale(const ScaleSpec& spec, std::size_t inputs, std::size_t offset);

// Srivastava et al. 2014, scaled up in training ("inverted").
std::unique_ptr<Layer> MakeDropout(const DropoutSpec& spec, std::size_t inputs, std::uint32_t number);

// Klambauer et al. 2017, section "Dropout".
std::unique_ptr<Layer> MakeAlphaDropout(const AlphaDropoutSpec& spec, std::size_t inputs,
                                        std::uint32_t number);

std::unique_ptr<Layer> MakeGaussianNoise(const GaussianNoiseSpec& spec, std::size_t inputs,
                                         std::uint32_t number);

std::unique_ptr<Layer> MakeRescaling(const RescalingSpec& spec, std::size_t inputs);

// Ioffe and Szegedy 2015, algorithms 1 and 2. If not `trainable`, it uses its moving statistics in training
// too.
std::unique_ptr<Layer> MakeBatchNormalization(const BatchNormalizationSpec& spec, std::size_t inputs,
                                              std::size_t offset, bool trainable);

// Ba et al. 2016, eq. 4.
std::unique_ptr<Layer> MakeLayerNormalization(const LayerNormalizationSpec& spec, std::size_t inputs,
                                              std::size_t offset);

// Gorishniy et al. 2024, "TabM": the first adapter, and the heads.
std::unique_ptr<Layer> MakeMemberScale(const MemberScaleSpec& spec, std::size_t inputs, std::size_t offset,
                                       std::size_t members);
std::unique_ptr<Layer> MakeMemberDense(const MemberDenseSpec& spec, std::size_t inputs, std::size_t offset,
                                       std::size_t members);

// Rows of a table, one after the other.
std::unique_ptr<Layer> MakeEmbedding(const EmbeddingSpec& spec, std::size_t inputs, std::size_t offset);

// Throws Error for a part without columns, a column that the input lacks, or sizes of a part that do not fit.
std::unique_ptr<Layer> MakeColumns(const ColumnsSpec& spec, std::size_t inputs, std::size_t offset);

}  // namespace mlp

#endif  // PERCEPTRA_NN_LAYERS_H_
