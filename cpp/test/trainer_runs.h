#ifndef PERCEPTRA_TEST_TRAINER_RUNS_H_
#define PERCEPTRA_TEST_TRAINER_RUNS_H_

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "test/support.h"

// Whole runs of training for tests.
namespace mlp {

constexpr LossKind kSquared = LossKind::kMeanSquaredError;
constexpr double kClose = sizeof(Real) == 4 ? 1e-5 : 1e-12;

inline OptimizerSpec Sgd(const UpdateRules& rules = {}, double momentum = 0) {
  OptimizerSpec spec;
  spec.momentum = momentum;
  spec.rules = rules;
  return spec;
}

struct RunOptions {
  std::size_t batch_size = 32;
  int threads = 1;
  std::uint32_t epochs = 1;
  std::size_t slice = 1000;  // steps
  double rate = 0.1;
  bool shuffle = false;
  int team = 0;  // threads that compute the shares; 0: Trainer::threads()
};

// Trains, and returns the losses of the epochs.
inline std::vector<double> Train(Model& model, const std::shared_ptr<Dataset>& data, const RunOptions& run) {
  std::vector<double> losses;
  for (std::uint32_t epoch = 0; epoch < run.epochs; ++epoch) {
    model.trainer().Begin(data, {run.batch_size, run.shuffle, epoch, run.threads});
    double loss = 0;
    for (bool done = false; !done;) {
      TrainSlice slice = SliceOf(run.slice, run.rate);
      RunSlice(model, slice, run.team);
      EXPECT_TRUE(slice.finite);
      loss = slice.sums.loss;
      done = slice.epoch_done || !slice.finite;
    }
    losses.push_back(loss / static_cast<double>(data->rows()));
  }
  return losses;
}

inline void ExpectNear(const Vector& a, const Vector& b, double tolerance) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) ASSERT_NEAR(a[i], b[i], tolerance) << i;
}

inline NetworkSpec Small() { return SpecOf({5, 7, 3}, Activation::kTanh, Activation::kLinear); }

template <typename F>
void EachTensor(const Network& network, F f) {
  for (std::size_t l = 0; l < network.layers().size(); ++l) {
    for (std::size_t t = 0; t < network.layers()[l]->tensors().size(); ++t)
      f(l, t, network.layers()[l]->tensors()[t]);
  }
}

}  // namespace mlp

#endif  // PERCEPTRA_TEST_TRAINER_RUNS_H_
