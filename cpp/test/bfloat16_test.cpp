// Products in bfloat16 and in three parts, by every set of kernels that this process can run; by the
// reference kernels alone on CPUs without AMX and AVX512-BF16.
#include "math/bfloat16.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <thread>
#include <vector>

#include "test/bfloat16_support.h"
#include "test/support.h"
#include "test/watchdog.h"

#if defined(__linux__) && defined(__x86_64__)
#include <csignal>
#endif

namespace mlp {
namespace {

constexpr Factor kFactors[] = {Factor::kLeft, Factor::kLeftTransposed, Factor::kRight,
                               Factor::kRightTransposed};

double Rounded(Real number) {
  const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(number));
  const std::uint32_t upper = (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000;
  return std::bit_cast<float>(upper);
}

// The number that stands for this one in products.
double InProducts(const Bfloat16Kernels& kernels, Real number) {
  return kernels.parts == 1 ? Rounded(number) : static_cast<float>(number);
}

struct Packed {
  PackedVector tiles;
  std::size_t stride;
  PackedFactor factor() const { return {tiles.data(), stride}; }
};

// `spare` tiles lie between the tiles of one width and the next.
Packed Pack(const Bfloat16Kernels& kernels, const Real* from, std::size_t from_stride, std::size_t rows,
            std::size_t columns, Factor factor, std::size_t spare = 0) {
  const bool by_rows = DepthIsRows(factor);
  Packed packed;
  packed.stride = DepthTiles(by_rows ? rows : columns) + spare;
  packed.tiles.assign(WidthTiles(by_rows ? columns : rows) * packed.stride * kernels.tile_numbers(),
                      static_cast<Bfloat16>(0x7fc0));
  kernels.pack(packed.tiles.data(), packed.stride, from, from_stride, rows, columns, factor);
  return packed;
}

// Null if this process does not run kernels of this name.
const Bfloat16Kernels* Find(std::string_view name) {
  for (const Bfloat16Kernels* kernels : RunnableBfloat16Kernels()) {
    if (name == kernels->name) return kernels;
  }
  return nullptr;
}

struct Named {
  const char* name;
  std::size_t parts;
};

// By name: a list of kernels would ask for permission before the test of its refusal begins.
class Bfloat16Products : public testing::TestWithParam<Named> {
 protected:
  void SetUp() override {
    kernels_ = Find(GetParam().name);
    if (kernels_ == nullptr) {
      GTEST_SKIP() << "This process does not run the kernels " << GetParam().name << ".";
    }
    reference_ = RunnableBfloat16Kernels().front();
    if (GetParam().parts == 1) return;
    kernels_ = kernels_->three_parts;
    reference_ = reference_->three_parts;
    ASSERT_NE(kernels_, nullptr);
    ASSERT_EQ(kernels_->parts, 3u);
  }
  bool slow() const { return kernels_ == reference_; }

  const Bfloat16Kernels *kernels_ = nullptr, *reference_ = nullptr;
};

class Bfloat16Rounding : public Bfloat16Products {};
class ThreePartRounding : public Bfloat16Products {};

std::string NameOf(const testing::TestParamInfo<Named>& info) {
  return std::string(info.param.name) + (info.param.parts == 1 ? "" : "_three_parts");
}

constexpr Named kOnePart[] = {{"reference", 1}, {"avx512", 1}, {"amx", 1}};
constexpr Named kThreeParts[] = {{"reference", 3}, {"amx", 3}};

INSTANTIATE_TEST_SUITE_P(Each, Bfloat16Products, testing::ValuesIn(kOnePart), NameOf);
INSTANTIATE_TEST_SUITE_P(InThreeParts, Bfloat16Products, testing::ValuesIn(kThreeParts), NameOf);
INSTANTIATE_TEST_SUITE_P(Each, Bfloat16Rounding, testing::ValuesIn(kOnePart), NameOf);
INSTANTIATE_TEST_SUITE_P(Each, ThreePartRounding, testing::ValuesIn(kThreeParts), NameOf);

TEST_P(ThreePartRounding, LosesNoBitOfANumber) {
  for (const float number : {0.0f, 1.0f, -2.5f, 1 + 0x1p-23f, 0x1.fffffep0f, -0x1.ff01p3f, 0x1.0101p-60f,
                             3.1415927f, -1e-25f, 3.3e38f, 0x1.00fffep5f, -0x1.01p0f}) {
    const Real from = number;
    const Packed packed = Pack(*kernels_, &from, 1, 1, 1, Factor::kLeft);
    double sum = 0;
    for (std::size_t part = 0; part < 3; ++part) {
      const auto bits = static_cast<std::uint16_t>(packed.tiles[part * kTileNumbers]);
      sum += std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
    }
    EXPECT_EQ(sum, number);
  }
}

TEST_P(Bfloat16Rounding, GoesToNearestAndFromTiesToEven) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  constexpr struct {
    float number;
    std::uint16_t bits;
  } kCases[] = {{0, 0},
                {-0.0f, 0x8000},
                {1, 0x3f80},
                {-2.5f, 0xc020},
                {1 + 0x1p-8f, 0x3f80},             // a tie goes to the even neighbour below
                {1 + 0x3p-8f, 0x3f82},             // and to the one above
                {1 + 0x1p-8f + 0x1p-20f, 0x3f81},  // more than a tie
                {3.4e38f, 0x7f80},                 // beyond the largest number
                {3.38e38f, 0x7f7e},
                {kInfinity, 0x7f80},
                {-kInfinity, 0xff80}};
  for (const auto& [number, bits] : kCases) {
    const Real from = static_cast<Real>(number);
    const Packed packed = Pack(*kernels_, &from, 1, 1, 1, Factor::kLeft);
    EXPECT_EQ(static_cast<std::uint16_t>(packed.tiles[0]), bits) << number;
  }
  const Real nan = std::numeric_limits<Real>::quiet_NaN();
  const Packed packed = Pack(*kernels_, &nan, 1, 1, 1, Factor::kRight);
  EXPECT_GT(static_cast<std::uint16_t>(packed.tiles[0]) & 0x7fff, 0x7f80);
}

// All kernels lay out factors alike, and write 0 beyond the matrix.
TEST_P(Bfloat16Products, PackAsTheReferenceKernelsDo) {
  const auto numbers = RandomNumbers(100 * 131, 1);
  const std::size_t sizes[] = {1, 2, 3, 15, 16, 17, 31, 32, 33, 48, 63, 65, 70};
  for (const Factor factor : kFactors) {
    for (const std::size_t rows : sizes) {
      for (const std::size_t columns : sizes) {
        const Packed expected = Pack(*reference_, numbers.data(), 131, rows, columns, factor, 2);
        const Packed packed = Pack(*kernels_, numbers.data(), 131, rows, columns, factor, 2);
        ASSERT_EQ(packed.tiles, expected.tiles) << rows << " x " << columns;
      }
    }
  }
}

// Factors (rows, depth) and (depth, columns) of random numbers, and the sums of products of them and of their
// absolute values, for a growing depth.
class Growing {
 public:
  Growing(const Bfloat16Kernels& kernels, std::size_t size)
      : kernels_(kernels),
        size_(size),
        left_(RandomNumbers(size * size, 2)),
        right_(RandomNumbers(size * size, 3)) {
    for (auto* sums : {&exact_, &rounded_, &absolute_}) sums->resize(size * size);
    left_transposed_ = left_;
    right_transposed_ = right_;
    for (std::size_t i = 0; i < size; ++i) {
      for (std::size_t j = 0; j < size; ++j) {
        left_transposed_[j * size + i] = left_[i * size + j];
        right_transposed_[j * size + i] = right_[i * size + j];
      }
    }
  }

  void AddDepth(std::size_t depth) {
    for (std::size_t i = 0; i < size_; ++i) {
      for (std::size_t j = 0; j < size_; ++j) {
        const Real a = left_[i * size_ + depth], b = right_[depth * size_ + j];
        exact_[i * size_ + j] += static_cast<double>(a) * b;
        rounded_[i * size_ + j] += InProducts(kernels_, a) * InProducts(kernels_, b);
        absolute_[i * size_ + j] += std::abs(static_cast<double>(a) * b);
      }
    }
  }

  Packed Left(std::size_t rows, std::size_t depth, bool transposed) const {
    return transposed ? Pack(kernels_, left_transposed_.data(), size_, depth, rows, Factor::kLeftTransposed)
                      : Pack(kernels_, left_.data(), size_, rows, depth, Factor::kLeft);
  }
  Packed Right(std::size_t depth, std::size_t columns, bool transposed) const {
    return transposed
               ? Pack(kernels_, right_transposed_.data(), size_, columns, depth, Factor::kRightTransposed)
               : Pack(kernels_, right_.data(), size_, depth, columns, Factor::kRight);
  }

  // Sums in float32 differ in their last bits; factors rounded to 8 bits by up to 2^-8 each. The products of
  // parts that do not count are up to 2^-22 of a product.
  void Check(const std::vector<Real>& c, std::size_t rows, std::size_t columns, std::size_t depth) const {
    const bool one_part = kernels_.parts == 1;
    const double sums = static_cast<double>(depth) * 0x1p-23 + (one_part ? 0 : 0x1p-22),
                 factors = (one_part ? 0x1.01p-7 : 0x1p-23) + sums;
    for (std::size_t i = 0; i < rows; ++i) {
      for (std::size_t j = 0; j < columns; ++j) {
        const std::size_t at = i * size_ + j;
        const double number = c[i * columns + j];
        const bool close = std::abs(number - rounded_[at]) <= sums * absolute_[at] &&
                           std::abs(number - exact_[at]) <= factors * absolute_[at];
        ASSERT_TRUE(close) << rows << " x " << depth << " x " << columns << " at " << i << ", " << j << ": "
                           << number << " for " << exact_[at];
      }
    }
  }

 private:
  const Bfloat16Kernels& kernels_;
  std::size_t size_;
  std::vector<Real> left_, right_, left_transposed_, right_transposed_;
  std::vector<double> exact_, rounded_, absolute_;
};

// With PERCEPTRA_SWEEP every shape from 1 to 130 in each dimension, which takes minutes.
TEST_P(Bfloat16Products, OfEveryShapeMatchADoublePrecisionProduct) {
  constexpr std::size_t kSize = 130;
  std::vector<std::size_t> sizes = {1, 2, 7, 15, 16, 17, 31, 32, 33, 47, 49, 63, 64, 65, 96, 127, 128, 130};
  if (std::getenv("PERCEPTRA_SWEEP") != nullptr) {
    sizes.clear();
    for (std::size_t n = 1; n <= kSize; ++n) sizes.push_back(n);
  } else if (slow()) {
    sizes = {1, 2, 16, 17, 33, 65};
  }
  const Bfloat16Kernels& kernels = *kernels_;
  Growing product(kernels, kSize);
  std::size_t done = 0;  // depths
  for (const std::size_t depth : sizes) {
    for (; done < depth; ++done) product.AddDepth(done);
    std::vector<Packed> right;
    for (const std::size_t n : sizes) right.push_back(product.Right(depth, n, (n + depth) % 2 > 0));
    for (const std::size_t rows : sizes) {
      const Packed left = product.Left(rows, depth, rows % 2 > 0);
      for (std::size_t n = 0; n < sizes.size(); ++n) {
        std::vector<Real> c(rows * sizes[n], std::numeric_limits<Real>::quiet_NaN());
        kernels.multiply(c.data(), sizes[n], left.factor(), right[n].factor(), rows, sizes[n],
                         DepthTiles(depth), 1, 0);
        product.Check(c, rows, sizes[n], depth);
        if (testing::Test::HasFatalFailure()) return;
      }
    }
  }
}

// Random shapes, strides, factors and ranges of depths, with numbers around c that must not change.
void CheckRandomCases(const Bfloat16Kernels& kernels, std::uint32_t stream, std::size_t count,
                      std::uint32_t largest) {
  Random random(1, RandomPurpose::kShuffle, stream);
  const auto size = [&](std::uint32_t most) { return std::size_t{1} + random.Below(most); };
  const auto numbers = RandomNumbers(2 * (largest + 8) * (largest + 8), stream);
  for (std::size_t k = 0; k < count; ++k) {
    const std::size_t rows = size(largest), columns = size(largest), depth = size(largest);
    const bool left_turned = random.Below(2) > 0, right_turned = random.Below(2) > 0;
    const std::size_t a_stride = (left_turned ? rows : depth) + random.Below(8),
                      b_stride = (right_turned ? depth : columns) + random.Below(8),
                      c_stride = columns + random.Below(8);
    const Real* const a = numbers.data() + random.Below(8);
    const Real* const b = numbers.data() + numbers.size() / 2 - 8 + random.Below(8);
    const Real alpha = random.Below(2) > 0 ? Real(1) : Real(-0.25);
    const Real beta = random.Below(2) > 0 ? Real(0) : Real(0.5);
    const Packed left = left_turned ? Pack(kernels, a, a_stride, depth, rows, Factor::kLeftTransposed, 1)
                                    : Pack(kernels, a, a_stride, rows, depth, Factor::kLeft, 1);
    const Packed right = right_turned
                             ? Pack(kernels, b, b_stride, columns, depth, Factor::kRightTransposed, 1)
                             : Pack(kernels, b, b_stride, depth, columns, Factor::kRight, 1);
    std::vector<Real> c(rows * c_stride, Real(3));
    kernels.multiply(c.data(), c_stride, left.factor(), right.factor(), rows, columns, DepthTiles(depth),
                     alpha, beta);
    for (std::size_t i = 0; i < rows; ++i) {
      for (std::size_t j = columns; j < c_stride; ++j) ASSERT_EQ(c[i * c_stride + j], 3);
    }
    // One number of each case, and the last one.
    const std::size_t i = random.Below(static_cast<std::uint32_t>(rows)),
                      j = random.Below(static_cast<std::uint32_t>(columns));
    for (const auto& [row, column] : {std::pair{i, j}, std::pair{rows - 1, columns - 1}}) {
      double sum = 0, absolute = 0;
      for (std::size_t d = 0; d < depth; ++d) {
        const double factor =
            InProducts(kernels, left_turned ? a[d * a_stride + row] : a[row * a_stride + d]) *
            InProducts(kernels, right_turned ? b[column * b_stride + d] : b[d * b_stride + column]);
        sum += factor;
        absolute += std::abs(factor);
      }
      const double expected = alpha * sum + beta * 3.0;
      ASSERT_NEAR(c[row * c_stride + column], expected, 0x1p-22 * (absolute * static_cast<double>(depth) + 3))
          << rows << " x " << depth << " x " << columns;
    }
  }
}

TEST_P(Bfloat16Products, OfTenThousandRandomCasesEnd) {
  const Watchdog watchdog("A product in bfloat16");
  CheckRandomCases(*kernels_, 100, slow() ? 500 : 10000, slow() ? 40 : 90);
}

TEST_P(Bfloat16Products, RunOnTwoThreadsAtOnce) {
  const Watchdog watchdog("A product in bfloat16 beside another");
  const auto run = [this](std::uint32_t stream) { CheckRandomCases(*kernels_, stream, 300, 60); };
  std::thread other(run, 200);
  run(201);
  other.join();
}

TEST_P(Bfloat16Products, GiveTheSameBitsForEveryCutOfRowsAndColumns) {
  const Bfloat16Kernels& kernels = *kernels_;
  const std::size_t rows = 80, columns = 64, depth = 100;
  const auto a = RandomNumbers(rows * depth, 5), b = RandomNumbers(depth * columns, 6);
  const Packed left = Pack(kernels, a.data(), depth, rows, depth, Factor::kLeft);
  const Packed right = Pack(kernels, b.data(), columns, depth, columns, Factor::kRight);
  std::vector<Real> whole(rows * columns), parts(rows * columns);
  kernels.multiply(whole.data(), columns, left.factor(), right.factor(), rows, columns, DepthTiles(depth), 1,
                   0);
  for (std::size_t m = 0; m < rows; m += 16) {
    for (std::size_t n = 0; n < columns; n += 16) {
      kernels.multiply(parts.data() + m * columns + n, columns,
                       {kernels.At(left.tiles.data(), m / 16, left.stride, 0), left.stride},
                       {kernels.At(right.tiles.data(), n / 16, right.stride, 0), right.stride}, 16, 16,
                       DepthTiles(depth), 1, 0);
    }
  }
  EXPECT_EQ(parts, whole);
}

TEST(Bfloat16Choice, BeginsWithTheReferenceAndSaysWhatThisProcessRuns) {
  const auto runnable = RunnableBfloat16Kernels();
  ASSERT_STREQ(runnable.front()->name, "reference");
  PrepareBfloat16();
  const char* const requested = std::getenv(kBfloat16Variable);
  if (requested == nullptr || *requested == '\0') {
    EXPECT_EQ(ActiveBfloat16Kernels(), runnable.back());
  } else if (std::string_view(requested) == "none") {
    EXPECT_EQ(ActiveBfloat16Kernels(), nullptr);
  } else {
    EXPECT_STREQ(ActiveBfloat16Kernels()->name, requested);
  }
}

#if defined(__linux__) && defined(__x86_64__)
// Linux refuses tile registers to a process that has a signal stack too small for them.
void AskWithASmallSignalStack() {
  static char small[6000];
  stack_t stack{};
  stack.ss_sp = small;
  stack.ss_size = sizeof(small);
  if (sigaltstack(&stack, nullptr) != 0) std::_Exit(2);
  const bool refused = AskForTiles() != 0;
  const bool without =
      ActiveBfloat16Kernels() == nullptr || std::string_view(ActiveBfloat16Kernels()->name) != "amx";
  std::_Exit(refused && without ? 0 : 1);
}

TEST(Bfloat16Choice, GoesWithoutTilesWherePermissionIsRefused) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(AskWithASmallSignalStack(), testing::ExitedWithCode(0), "");
}
#endif

}  // namespace
}  // namespace mlp
