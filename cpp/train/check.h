#ifndef PERCEPTRA_TRAIN_CHECK_H_
#define PERCEPTRA_TRAIN_CHECK_H_

#include "nn/loss.h"
#include "nn/network.h"
#include "train/dataset.h"

namespace mlp {

// They throw Error("ERR_ARGUMENT") where the network or the loss would read out of the data's bounds.
void CheckInputs(const Network& network, const Dataset& data);
void CheckTargets(const Loss& loss, const Dataset& data);

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_CHECK_H_
