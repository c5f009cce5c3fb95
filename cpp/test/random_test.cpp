#include "math/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace mlp {
namespace {

using Block = std::array<std::uint32_t, 4>;

// The test vectors that are published with Random123 (Salmon et al. 2011).
TEST(Philox, MatchesThePublishedTestVectors) {
  EXPECT_EQ(Philox({0, 0, 0, 0}, {0, 0}), (Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  constexpr std::uint32_t kAll = 0xffffffff;
  EXPECT_EQ(Philox({kAll, kAll, kAll, kAll}, {kAll, kAll}),
            (Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(Philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
  EXPECT_EQ(Philox({0, 0, 0, 0}, {0, 0}, 7), (Block{0x5f6fb709, 0x0d893f64, 0x4f121f81, 0x4f730a48}));
  EXPECT_EQ(Philox({kAll, kAll, kAll, kAll}, {kAll, kAll}, 7),
            (Block{0x5207ddc2, 0x45165e59, 0x4d8ee751, 0x8c52f662}));
  EXPECT_EQ(Philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}, 7),
            (Block{0x4dfccaba, 0x190a87f0, 0xc47362ba, 0xb6b5242a}));
}

TEST(Random, DependsOnSeedPurposeAndStream) {
  Random a(1, RandomPurpose::kInitialize, 0), equal(1, RandomPurpose::kInitialize, 0);
  EXPECT_EQ(a.Next(), equal.Next());
  const std::uint32_t first = Random(1, RandomPurpose::kInitialize, 0).Next();
  EXPECT_NE(first, Random(2, RandomPurpose::kInitialize, 0).Next());
  EXPECT_NE(first, Random(std::uint64_t{1} << 40 | 1, RandomPurpose::kInitialize, 0).Next());
  EXPECT_NE(first, Random(1, RandomPurpose::kShuffle, 0).Next());
  EXPECT_NE(first, Random(1, RandomPurpose::kInitialize, 1).Next());
}

TEST(Random, DrawsHaveTheMomentsAndBoundsOfTheirDistributions) {
  Random random(3, RandomPurpose::kInitialize, 0);
  constexpr int kDraws = 200000;
  double uniform = 0, normal = 0, normal2 = 0;
  std::vector<int> counts(7);
  for (int i = 0; i < kDraws; ++i) {
    const double u = random.Uniform(), z = random.Normal();
    ASSERT_GE(u, 0);
    ASSERT_LT(u, 1);
    uniform += u;
    normal += z;
    normal2 += z * z;
    ++counts[random.Below(7)];
  }
  EXPECT_NEAR(uniform / kDraws, 0.5, 0.003);
  EXPECT_NEAR(normal / kDraws, 0, 0.01);
  EXPECT_NEAR(normal2 / kDraws, 1, 0.015);
  for (const int count : counts) EXPECT_NEAR(count, kDraws / 7.0, 800);
}

TEST(Permute, IsTheSameInParts) {
  std::vector<std::uint32_t> whole(1000), parts(1000);
  Random random(7, RandomPurpose::kSplit, 3);
  Permute(whole, random);
  std::iota(parts.begin(), parts.end(), 0u);
  std::uint64_t position = 0;
  for (std::size_t end = 1000; end > 0; end -= std::min<std::size_t>(end, 77)) {
    Random part(7, RandomPurpose::kSplit, 3);
    part.SkipTo(position);
    PermutePart(parts, end - std::min<std::size_t>(end, 77), end, part);
    position = part.position();
  }
  EXPECT_EQ(parts, whole);
  EXPECT_EQ(position, random.position());
}

TEST(Permute, MakesAPermutationWithFewFixedPoints) {
  std::vector<std::uint32_t> order(1000);
  Random random(1, RandomPurpose::kShuffle, 0);
  Permute(order, random);
  std::vector<std::uint32_t> sorted = order;
  std::sort(sorted.begin(), sorted.end());
  int fixed_points = 0;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    EXPECT_EQ(sorted[i], i);
    fixed_points += order[i] == i;
  }
  EXPECT_LT(fixed_points, 10);
}

}  // namespace
}  // namespace mlp
