// One of two processes that time the sum of floats over ranks, for bench/distributed.mjs: RANK ADDRESS.
// Prints how to reach it; a line with that of the other connects them. Then each line "COUNT SECONDS" is
// answered by the median microseconds of a sum.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "binding/ranks.h"

namespace {

using Clock = std::chrono::steady_clock;
using Channel = binding::Ranks::Channel;
constexpr binding::Ranks::Timeout kTimeout{60000};
// Sums between two looks at the clock, of which rank 0's counts.
constexpr int kBlock = 5;

std::string ToText(const binding::Bytes& bytes) {
  std::string text;
  for (const unsigned byte : bytes) {
    char digits[3];
    std::snprintf(digits, sizeof(digits), "%02x", byte);
    text += digits;
  }
  return text;
}

binding::Bytes FromText(const std::string& text) {
  binding::Bytes bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(std::stoul(text.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

double MedianOf(binding::Ranks& ranks, std::size_t count, double seconds) {
  std::vector<float> numbers(count);
  std::vector<double> times;
  double goes_on = 1;
  for (const Clock::time_point begin = Clock::now(); goes_on > 0;) {
    for (int i = 0; i < kBlock; ++i) {
      const Clock::time_point start = Clock::now();
      ranks.Sum(numbers.data(), count, Channel::kGradients, kTimeout);
      times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
    }
    const bool has_time = std::chrono::duration<double>(Clock::now() - begin).count() < seconds;
    goes_on = ranks.rank() == 0 && has_time ? 1 : 0;
    ranks.Sum(&goes_on, 1, Channel::kNumbers, kTimeout);
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const int rank = argc > 1 ? std::stoi(argv[1]) : 0;
    const auto ranks = binding::MakeRanks(rank, 2, argc > 2 ? argv[2] : "127.0.0.1");
    std::vector<binding::Bytes> addresses = ranks->Addresses();
    const auto other = static_cast<std::size_t>(1 - rank);
    std::cout << ToText(addresses[other]) << std::endl;
    std::string text;
    std::cin >> text;
    addresses[other] = FromText(text);
    ranks->Connect(addresses, kTimeout);
    std::cout << "connected" << std::endl;
    std::size_t count;
    for (double seconds; std::cin >> count >> seconds;) {
      std::cout << MedianOf(*ranks, count, seconds) << std::endl;
    }
    ranks->Close({});
    ranks->Leave();
    ranks->Free();
  } catch (const std::exception& error) {
    std::cerr << error.what() << std::endl;
    return 1;
  }
}
