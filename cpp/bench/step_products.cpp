#include "step_products.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <map>
#include <mutex>
#include <sstream>
#include <tuple>

namespace mlp {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kNames[] = {"forward", "input", "weight"};

const std::vector<Multiplier>& Multipliers() {
  static const std::vector<Multiplier> all = AllMultipliers();
  return all;
}

double Microseconds(std::size_t count, const auto& call) {
  const auto start = Clock::now();
  for (std::size_t i = 0; i < count; ++i) call();
  return std::chrono::duration<double, std::micro>(Clock::now() - start).count() / static_cast<double>(count);
}

// The shortest of some times of each, in turn, since other programs only lengthen them.
std::vector<double> TimesOfEach(const auto& multiply) {
  constexpr std::size_t kRounds = 5;
  constexpr double kBox = 2000;
  std::vector<double> shortest(Multipliers().size(), std::numeric_limits<double>::infinity());
  for (std::size_t round = 0; round <= kRounds; ++round) {
    for (std::size_t i = 0; i < shortest.size(); ++i) {
      const auto call = [&] { multiply(Multipliers()[i]); };
      // The first round warms up and finds out how many calls fill the box.
      const double fit = kBox / (kRounds * shortest[i]);
      const auto count = static_cast<std::size_t>(std::clamp(fit, 1.0, 1e6));
      shortest[i] = round == 0 ? Microseconds(1, call) : std::min(shortest[i], Microseconds(count, call));
    }
  }
  return shortest;
}

}  // namespace

Vector SomeNumbers(std::size_t n) {
  Vector v(n);
  for (std::size_t i = 0; i < n; ++i) v[i] = static_cast<Real>(i % 17) / 17 - Real(0.5);
  return v;
}

StepProducts::StepProducts(std::size_t batch, const std::vector<std::size_t>& sizes)
    : batch_(batch), sizes_(sizes) {
  for (std::size_t l = 0; l < sizes.size(); ++l) {
    y_.push_back(SomeNumbers(batch * sizes[l]));
    dy_.push_back(SomeNumbers(batch * sizes[l]));
    if (l > 0) w_.push_back(SomeNumbers(sizes[l - 1] * sizes[l]));
  }
  dw_ = w_;
  const std::size_t layers = w_.size();
  for (std::size_t l = 0; l < layers; ++l) products_.push_back({l, Product::kForward, nullptr, {}});
  for (std::size_t l = layers; l-- > 0;) {
    if (l > 0) products_.push_back({l, Product::kInputGradient, nullptr, {}});
    products_.push_back({l, Product::kWeightGradient, nullptr, {}});
  }
  for (StepProduct& product : products_) FindFastest(product);
}

Factors StepProducts::FactorsOf(const StepProduct& p) {
  const std::size_t l = p.layer;
  switch (p.product) {
    case Product::kForward:
      return {y_[l].data(), w_[l].data(), y_[l + 1].data()};
    case Product::kInputGradient:
      return {dy_[l].data(), w_[l].data(), dy_[l + 1].data()};
    case Product::kWeightGradient:
      break;
  }
  return {y_[l].data(), dw_[l].data(), dy_[l + 1].data()};
}

// Once per shape: later steps, and those of other threads, take what was found.
void StepProducts::FindFastest(StepProduct& p) {
  static std::mutex mutex;
  static std::map<std::tuple<Product, std::size_t, std::size_t, std::size_t>, std::vector<double>> found;
  const std::lock_guard lock(mutex);
  const LayerShape shape = ShapeOf(p.layer);
  std::vector<double>& times = found[{p.product, shape.batch, shape.in, shape.out}];
  const Factors factors = FactorsOf(p);
  if (times.empty())
    times = TimesOfEach([&](const Multiplier& by) { by.multiply(p.product, shape, factors); });
  p.microseconds = times;
  p.fastest = &Multipliers()[std::min_element(times.begin(), times.end()) - times.begin()];
}

void StepProducts::Multiply() {
  for (const StepProduct& p : products_) p.fastest->multiply(p.product, ShapeOf(p.layer), FactorsOf(p));
}

std::string StepProducts::Describe() const {
  std::ostringstream line;
  for (const StepProduct& p : products_) {
    const LayerShape s = ShapeOf(p.layer);
    if (&p != products_.data()) line << "; ";
    line << kNames[static_cast<int>(p.product)] << '/' << s.batch << '_' << s.in << '_' << s.out << ' '
         << (UsesOwnProduct(p.product, s.batch, s.in, s.out) ? OwnKernels() : LinkedBlas()).name;
    for (std::size_t i = 0; i < p.microseconds.size(); ++i)
      line << ' ' << Multipliers()[i].name << '=' << p.microseconds[i];
  }
  return line.str();
}

}  // namespace mlp
