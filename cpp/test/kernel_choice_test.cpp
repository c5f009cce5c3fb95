// The choice of a table of kernels by its name and by the environment variable.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <set>
#include <string>

#include "math/error.h"
#include "math/kernels.h"

namespace mlp {
namespace {

// Ends the program if the variable names no table that this CPU can run. Otherwise the first test that
// computes would throw, or abort if it computes on another thread. A failure of SetUp would not do:
// GoogleTest then skips all tests, and ctest reports skipped tests as no error.
class KernelChoiceCheck : public testing::Environment {
 public:
  void SetUp() override {
    try {
      ActiveKernels();
    } catch (const Error& error) {
      std::cerr << error.what() << '\n';
      std::exit(EXIT_FAILURE);
    }
  }
};

[[maybe_unused]] testing::Environment* const kRegistered =
    testing::AddGlobalTestEnvironment(new KernelChoiceCheck);

// The compiler checks the functions of a table, because they are references; not its name and bounds.
TEST(KernelChoice, EveryTableHasANameOfItsOwnAndBounds) {
  std::set<std::string> names;
  for (const Kernels* table : RunnableKernels()) {
    ASSERT_NE(table->name, nullptr);
    EXPECT_TRUE(names.insert(table->name).second) << table->name;
    EXPECT_GT(table->own_products.forward.multiply_adds, 0u);
    EXPECT_GT(table->own_products.input_gradient.multiply_adds, 0u);
    EXPECT_GT(table->own_products.weight_gradient.multiply_adds, 0u);
  }
  EXPECT_TRUE(names.count("baseline"));
}

TEST(KernelChoice, FindsEveryRunnableTableByItsName) {
  for (const Kernels* table : RunnableKernels()) EXPECT_EQ(&KernelsByName(table->name), table);
}

TEST(KernelChoice, TakesTheFastestTableWithoutAName) {
  EXPECT_EQ(&KernelsByName(nullptr), RunnableKernels().back());
  EXPECT_EQ(&KernelsByName(""), RunnableKernels().back());
}

TEST(KernelChoice, RefusesUnknownNamesWithTheNamesThatThisCpuRuns) {
  for (const char* name : {"fastest", "AVX2", "baseline ", "avx1024"}) {
    try {
      KernelsByName(name);
      ADD_FAILURE() << name;
    } catch (const Error& error) {
      const std::string message = error.what();
      EXPECT_STREQ(error.code(), "ERR_NATIVE");
      EXPECT_NE(message.find("'" + std::string(name) + "'"), std::string::npos) << message;
      for (const Kernels* table : RunnableKernels()) {
        EXPECT_NE(message.find(table->name), std::string::npos) << message;
      }
    }
  }
}

TEST(KernelChoice, FollowsTheEnvironmentVariable) {
  const char* name = std::getenv(kKernelsVariable);
  if (name == nullptr || *name == '\0') {
    EXPECT_EQ(&ActiveKernels(), RunnableKernels().back());
  } else {
    EXPECT_STREQ(ActiveKernels().name, name);
  }
}

}  // namespace
}  // namespace mlp
