#include "train/check.h"

#include "math/error.h"

namespace mlp {

void CheckInputs(const Network& network, const Dataset& data) {
  if (data.columns() != network.inputs())
    throw Error("ERR_ARGUMENT", "The data's columns are not the network's inputs.");
}

void CheckTargets(const Loss& loss, const Dataset& data) {
  if (loss.reads_classes()) {
    if (!data.has_classes()) throw Error("ERR_ARGUMENT", "The loss needs class numbers as targets.");
    if (static_cast<std::size_t>(data.largest_class()) >= loss.outputs()) {
      throw Error("ERR_ARGUMENT", "A class is not below the number of outputs.");
    }
  } else if (!data.has_values() || data.value_columns() != loss.target_columns()) {
    throw Error("ERR_ARGUMENT", "The loss needs another number of targets in a row.");
  }
}

}  // namespace mlp
