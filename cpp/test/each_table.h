#ifndef PERCEPTRA_TEST_EACH_TABLE_H_
#define PERCEPTRA_TEST_EACH_TABLE_H_

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "math/kernels.h"

namespace mlp {

constexpr double kTolerance = sizeof(Real) == 4 ? 2e-6 : 1e-14;

inline std::vector<const Kernels*> Tables() {
  const auto tables = RunnableKernels();
  return {tables.begin(), tables.end()};
}

inline std::string NameOfTable(const testing::TestParamInfo<const Kernels*>& info) {
  return info.param->name;
}

// A test that runs on each table of kernels that this CPU can run.
class EachTable : public testing::TestWithParam<const Kernels*> {};

}  // namespace mlp

#endif  // PERCEPTRA_TEST_EACH_TABLE_H_
