#ifndef PERCEPTRA_TEST_EACH_TABLE_H_
#define PERCEPTRA_TEST_EACH_TABLE_H_

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "math/kernels.h"

namespace mlp {

constexpr double kTolerance = sizeof(Real) == 4 ? 2e-6 : 1e-14;

inline std::vector<const Kernels*> Tables() {
  std::size_t count = 0;
  const Kernels* const* tables = RunnableKernels(&count);
  return {tables, tables + count};
}

inline std::string NameOfTable(const testing::TestParamInfo<const Kernels*>& info) {
  return info.param->name;
}

// A test of every table that this CPU can run.
class EachTable : public testing::TestWithParam<const Kernels*> {};

}  // namespace mlp

#endif  // PERCEPTRA_TEST_EACH_TABLE_H_
