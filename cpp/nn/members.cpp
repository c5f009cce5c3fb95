#include "nn/members.h"

#include <algorithm>
#include <cmath>

namespace mlp {
namespace {

// Calls add(row of y, row of one member) for each row and member.
template <typename F>
void EachRow(Real* y, const Real* each, std::size_t rows, std::size_t members, std::size_t outputs, F add) {
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t m = 0; m < members; ++m) add(y + r * outputs, each + (r * members + m) * outputs);
  }
}

void Average(Real* y, const Real* each, std::size_t rows, std::size_t members, std::size_t outputs) {
  std::fill_n(y, rows * outputs, Real(0));
  EachRow(y, each, rows, members, outputs, [=](Real* sum, const Real* row) {
    for (std::size_t k = 0; k < outputs; ++k) sum[k] += row[k];
  });
  const Real share = 1 / static_cast<Real>(members);
  for (std::size_t i = 0; i < rows * outputs; ++i) y[i] *= share;
}

// log(e^a + e^b), also where both underflow.
double LogSum(double a, double b) {
  const double most = std::max(a, b);
  return std::isinf(most) ? most : most + std::log1p(std::exp(std::min(a, b) - most));
}

// log sigmoid(z)
double LogSigmoid(double z) { return z < 0 ? z - std::log1p(std::exp(z)) : -std::log1p(std::exp(-z)); }

double LogOfSum(const Real* z, std::size_t n) {
  const double most = *std::max_element(z, z + n);
  double sum = 0;
  for (std::size_t k = 0; k < n; ++k) sum += std::exp(z[k] - most);
  return most + std::log(sum);
}

// The logarithm of the sum over members of each probability.
void AverageSoftmax(Real* y, const Real* each, std::size_t rows, std::size_t members, std::size_t outputs) {
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t m = 0; m < members; ++m) {
      const Real* const z = each + (r * members + m) * outputs;
      const double norm = LogOfSum(z, outputs);
      for (std::size_t k = 0; k < outputs; ++k) {
        Real& log = y[r * outputs + k];
        log = static_cast<Real>(m == 0 ? z[k] - norm : LogSum(log, z[k] - norm));
      }
    }
  }
}

// Applies f to the numbers of all members for each output.
template <typename F>
void EachOutput(Real* y, const Real* each, std::size_t rows, std::size_t members, std::size_t outputs, F f) {
  for (std::size_t i = 0; i < rows * outputs; ++i) {
    const Real* const z = each + i / outputs * members * outputs + i % outputs;
    y[i] = static_cast<Real>(f([=](std::size_t m) { return static_cast<double>(z[m * outputs]); }));
  }
}

}  // namespace

void AverageMembers(Real* y, const Real* each, std::size_t rows, std::size_t members, std::size_t outputs,
                    bool logits, Activation last) {
  if (logits && last == Activation::kSoftmax) return AverageSoftmax(y, each, rows, members, outputs);
  if (logits && last == Activation::kSigmoid) {
    return EachOutput(y, each, rows, members, outputs, [=](auto z) {
      double one = LogSigmoid(z(0)), zero = LogSigmoid(-z(0));
      for (std::size_t m = 1; m < members; ++m) {
        one = LogSum(one, LogSigmoid(z(m)));
        zero = LogSum(zero, LogSigmoid(-z(m)));
      }
      return one - zero;
    });
  }
  if (logits && last == Activation::kExponential) {
    return EachOutput(y, each, rows, members, outputs, [=](auto z) {
      double sum = z(0);
      for (std::size_t m = 1; m < members; ++m) sum = LogSum(sum, z(m));
      return sum - std::log(static_cast<double>(members));
    });
  }
  Average(y, each, rows, members, outputs);
}

}  // namespace mlp
