// The lines of PERCEPTRA_VERBOSE.
#include "train/verbose.h"

#include <gtest/gtest.h>

#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "math/blas.h"
#include "test/trainer_runs.h"

namespace mlp {
namespace {

std::mutex mutex;
std::vector<std::string> lines;

void Keep(const std::string& line) {
  const std::lock_guard lock(mutex);
  lines.push_back(line);
}

class Verbose : public testing::Test {
 protected:
  Verbose() { lines.clear(); }
  ~Verbose() override { SetVerboseSink(nullptr); }

  static std::vector<std::string> About(const std::string& topic) {
    const std::lock_guard lock(mutex);
    std::vector<std::string> matches;
    for (const std::string& line : lines) {
      if (line.rfind("perceptra " + topic + " ", 0) == 0) matches.push_back(line);
    }
    return matches;
  }
  static bool Has(const std::string& line, const std::string& value) {
    return (line + " ").find(" " + value + " ") != std::string::npos;
  }
};

void TrainOn(Model& model, std::size_t rows, const RunOptions& options) {
  Train(model, DataFor(LossKind::kSparseCategoricalCrossentropy, rows, 784, 10), options);
}

TEST_F(Verbose, WritesNothingWithoutASink) {
  EXPECT_FALSE(IsVerbose());
  Model model(SpecOf({784, 128, 10}, Activation::kRelu, Activation::kSoftmax));
  model.Compile({{LossKind::kSparseCategoricalCrossentropy, false}, Sgd(), {}});
  TrainOn(model, 64, {.batch_size = 32, .threads = 2});
  model.log().Write("topic", "value=1");
  EXPECT_TRUE(lines.empty());
}

TEST_F(Verbose, WritesTheShapeOfAStepOnce) {
  SetVerboseSink(Keep);
  Model model(SpecOf({784, 128, 10}, Activation::kRelu, Activation::kSoftmax));
  model.Compile({{LossKind::kSparseCategoricalCrossentropy, false}, Sgd(), {}});
  TrainOn(model, 72, {.batch_size = 32, .threads = 2, .epochs = 3});  // the last batch has 8 rows
  const auto steps = About("step");
  ASSERT_EQ(steps.size(), 2u);
  for (const char* value : {"net=784-128-10", "batch=32", "shares=2", "layers_by_inputs=1",
                            "gradients=by_weights", "gradients_first=no"}) {
    EXPECT_TRUE(Has(steps[0], value)) << value << " in " << steps[0];
  }
  EXPECT_TRUE(Has(steps[1], "batch=8"));
  EXPECT_EQ(About("threads").size(), 1u);
  const std::size_t before = lines.size();
  TrainOn(model, 72, {.batch_size = 32, .threads = 2});
  EXPECT_EQ(lines.size(), before);
  TrainOn(model, 72, {.batch_size = 36, .threads = 1});
  EXPECT_EQ(About("step").size(), 3u);
  EXPECT_TRUE(Has(About("step").back(), "layers_by_inputs=0"));
  EXPECT_EQ(std::set<std::string>(lines.begin(), lines.end()).size(), lines.size());
}

TEST_F(Verbose, WritesWhetherOurKernelsOrTheBlasComputeAProduct) {
  SetVerboseSink(Keep);
  Model model(SpecOf({784, 128, 10}, Activation::kRelu, Activation::kSoftmax));
  model.Compile({{LossKind::kSparseCategoricalCrossentropy, false}, Sgd({}, 0.9), {}});
  TrainOn(model, 512, {.batch_size = 512, .threads = 1});
  const auto products = About("product");
  ASSERT_EQ(products.size(), 5u);  // the lowest layer has no gradient of inputs
  const auto by = [](bool own) { return own ? "by=own" : "by=blas"; };
  EXPECT_TRUE(Has(products[0], "shape=512x784x128") && Has(products[0], "product=forward"));
  EXPECT_TRUE(Has(products[0], by(UsesOwnProduct(Product::kForward, 512, 784, 128)))) << products[0];
  EXPECT_TRUE(Has(products[1], "product=weight_gradient")) << products[1];
  EXPECT_TRUE(Has(products[1], by(UsesOwnProduct(Product::kWeightGradient, 512, 784, 128)))) << products[1];
  EXPECT_TRUE(Has(products[3], "shape=512x128x10") && Has(products[3], "product=input_gradient"));
  EXPECT_TRUE(Has(products[3], by(UsesOwnProduct(Product::kInputGradient, 512, 128, 10)))) << products[3];
}

TEST_F(Verbose, ModelsHaveDifferentNumbers) {
  SetVerboseSink(Keep);
  Model first(SpecOf({784, 10}, Activation::kRelu, Activation::kSoftmax));
  Model second(SpecOf({784, 10}, Activation::kRelu, Activation::kSoftmax));
  first.log().Write("test", "value=1");
  second.log().Write("test", "value=1");
  const auto written = About("test");
  ASSERT_EQ(written.size(), 2u);
  EXPECT_NE(written[0], written[1]);
}

}  // namespace
}  // namespace mlp
