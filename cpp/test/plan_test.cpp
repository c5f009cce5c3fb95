#include "train/plan.h"

#include <gtest/gtest.h>

#include <vector>

#include "test/support.h"

namespace mlp {
namespace {

TEST(CutSlabs, CoversEveryRowOnceWhateverTheThreads) {
  for (const std::vector<std::size_t>& widths :
       {std::vector<std::size_t>{2, 3, 1}, {784, 30, 10}, {5, 1, 1, 7}, {1, 1}}) {
    const Network network(SpecOf(widths, Activation::kRelu, Activation::kLinear));
    for (const std::size_t threads : {1u, 2u, 3u, 8u, 64u}) {
      for (std::size_t by_inputs = 0; by_inputs < widths.size(); ++by_inputs) {
        std::vector<int> covered(network.weight_count());
        for (const auto& slabs : CutSlabs(network, threads, by_inputs)) {
          for (const Slab& slab : slabs) {
            const Tensor& tensor = network.layers()[slab.layer]->tensors()[slab.tensor];
            for (std::size_t i = 0; i < slab.rows * tensor.columns; ++i)
              ++covered[tensor.offset + slab.first * tensor.columns + i];
          }
        }
        for (const int times : covered) ASSERT_EQ(times, 1) << threads;
      }
    }
  }
}

TEST(GradientsByRows, AreForBatchesOfMoreNumbersThanTheWeights) {
  const auto by_rows = [](const std::vector<std::size_t>& widths, std::size_t batch, std::size_t shares) {
    return GradientsByRows(Network(SpecOf(widths, Activation::kRelu, Activation::kSoftmax)), batch, shares);
  };
  EXPECT_FALSE(by_rows({20, 100, 1}, 200, 1));  // nothing to share
  EXPECT_TRUE(by_rows({20, 100, 1}, 200, 2));
  EXPECT_TRUE(by_rows({64, 100, 10}, 200, 2));
  EXPECT_FALSE(by_rows({64, 100, 10}, 32, 2));
  EXPECT_FALSE(by_rows({784, 128, 10}, 32, 2));
  NetworkSpec meets = SpecOf({20, 100, 1}, Activation::kRelu, Activation::kSigmoid);
  EXPECT_TRUE(GradientsByRows(Network(meets), 200, 2));
  meets.layers.insert(meets.layers.begin() + 1, LayerSpec{BatchNormalizationSpec{}});
  EXPECT_FALSE(GradientsByRows(Network(meets), 200, 2));
}

TEST(LayersByInputs, AreWideLayersBelowNarrowerOnes) {
  const auto by_inputs = [](const std::vector<std::size_t>& widths, std::size_t batch, std::size_t shares) {
    return LayersByInputs(Network(SpecOf(widths, Activation::kRelu, Activation::kSoftmax)), batch, shares);
  };
  EXPECT_EQ(by_inputs({784, 128, 10}, 32, 1), 0u);  // nothing to share
  EXPECT_EQ(by_inputs({784, 128, 10}, 32, 2), 1u);
  EXPECT_EQ(by_inputs({784, 512, 512, 10}, 128, 2), 2u);
  EXPECT_EQ(by_inputs({784, 512, 512, 10}, 128, 32), 0u);  // too few inputs for each
  EXPECT_EQ(by_inputs({20, 100, 1}, 200, 2), 0u);          // more rows than inputs
  EXPECT_EQ(by_inputs({1024, 1024, 10}, 1024, 2), 0u);
}

}  // namespace
}  // namespace mlp
