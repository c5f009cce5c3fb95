#ifndef PERCEPTRA_MATH_RANDOM_H_
#define PERCEPTRA_MATH_RANDOM_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace mlp {

// The purpose of a stream of random numbers. Streams of one seed with different purposes never overlap.
enum class RandomPurpose : std::uint32_t { kInitialize = 1, kShuffle = 2, kNoise = 3, kSplit = 4 };

// Counter-based random numbers, Philox4x32-10 (Salmon et al. 2011): a number depends on the seed, the stream
// and its position in the stream alone, not on the thread that draws it.
class Random {
 public:
  Random(std::uint64_t seed, RandomPurpose purpose, std::uint32_t stream);

  std::uint32_t Next();
  double Uniform();                          // in [0, 1), 53 random bits
  double Normal();                           // mean 0, standard deviation 1 (Box and Muller 1958)
  std::uint32_t Below(std::uint32_t bound);  // in [0, bound), unbiased (Lemire 2019)

  // How often Next was called. Another Random of the same stream goes on from there by SkipTo.
  std::uint64_t position() const;
  void SkipTo(std::uint64_t position);

 private:
  std::array<std::uint32_t, 2> key_;
  std::array<std::uint32_t, 4> counter_;
  std::array<std::uint32_t, 4> block_{};
  int used_ = 4;
};

// The numbers of the shuffle of an epoch, for one member of a network.
Random MemberShuffle(std::uint64_t seed, std::uint32_t epoch, std::uint32_t member);

// One block of Philox4x32.
std::array<std::uint32_t, 4> Philox(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key,
                                    int rounds = 10);

// The key of the random numbers that a layer draws for the rows of an epoch, from `first_row` on. Each seed,
// layer, epoch and row has its own numbers.
struct NoiseStream {
  std::uint64_t seed;
  std::uint32_t layer, epoch;
  std::uint64_t first_row;

  // The last word of Philox's counter.
  std::uint32_t purpose() const { return static_cast<std::uint32_t>(RandomPurpose::kNoise) | layer << 8; }
};

// The rate of a mask is a multiple of its inverse: a number of a mask takes half a word.
constexpr double kMaskSteps = 65536;

// Rounds of Philox for masks and noise: the fewest that pass BigCrush.
constexpr int kNoiseRounds = 7;

// Fills `order` with a random permutation of 0 .. order.size() - 1 (Fisher and Yates).
void Permute(std::span<std::uint32_t> order, Random& random);

// The part of Permute that fills the places [begin, end): a permutation can be made in parts, from the end
// on.
void PermutePart(std::span<std::uint32_t> order, std::size_t begin, std::size_t end, Random& random);

}  // namespace mlp

#endif  // PERCEPTRA_MATH_RANDOM_H_
