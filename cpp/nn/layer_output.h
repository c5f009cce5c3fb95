#ifndef PERCEPTRA_NN_LAYER_OUTPUT_H_
#define PERCEPTRA_NN_LAYER_OUTPUT_H_

namespace mlp {

// What Forward writes: activated outputs, or logits, whose activation is part of the loss.
enum class LayerOutput { kActivated, kLogits };

}  // namespace mlp

#endif  // PERCEPTRA_NN_LAYER_OUTPUT_H_
