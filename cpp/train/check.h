#ifndef PERCEPTRA_TRAIN_CHECK_H_
#define PERCEPTRA_TRAIN_CHECK_H_

#include "nn/loss.h"
#include "nn/network.h"
#include "train/dataset.h"

namespace mlp {

// Each throws Error("ERR_ARGUMENT") where reading the data would leave its bounds.
void CheckInputs(const Network& network, const Dataset& data);
void CheckTargets(const Loss& loss, const Dataset& data);

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_CHECK_H_
