#ifndef PERCEPTRA_BINDING_LINEAR_H_
#define PERCEPTRA_BINDING_LINEAR_H_

#include <memory>

#include "binding/decode.h"
#include "binding/napi_setup.h"
#include "binding/wrap.h"
#include "linear/run.h"
#include "train/filling.h"

namespace binding {

// new LinearRun(spec, data, state, later); see NativeLinearRun in the TypeScript sources.
class LinearRunWrap : public Wrap<LinearRunWrap> {
 public:
  static Napi::Function Define(Napi::Env env);

  explicit LinearRunWrap(const Napi::CallbackInfo& info);

 private:
  // Only used on the JavaScript thread. Tasks hold the run, never the wrapper.
  struct State {
    std::shared_ptr<mlp::LinearRun> run;  // null before all numbers are copied, and once disposed
    bool slice_in_flight = false;
  };

  // What a run is made of, until all numbers are copied.
  struct Parts {
    mlp::LinearSpec spec;
    mlp::LinearData data;
    mlp::LinearState from;
    double steps;
    mlp::Filling<double> targets, weights;
  };

  // copy(part, array, begin, end): the next targets (part 0) or weights (1).
  void Copy(const Napi::CallbackInfo& info);
  void Add(std::size_t part, const Napi::Float64Array& array, NumberRange range);
  void BeginEpoch(const Napi::CallbackInfo& info);
  Napi::Value Train(const Napi::CallbackInfo& info);
  Napi::Value Sums(const Napi::CallbackInfo& info);
  Napi::Value Read(const Napi::CallbackInfo& info);
  void Dispose(const Napi::CallbackInfo& info);

  // Throws if the run was disposed, or in the middle of a slice.
  mlp::LinearRun& AtRest(Napi::Env env) const;

  std::unique_ptr<Parts> parts_;
  std::shared_ptr<State> state_;
};

// linearScores(state, dataset, firstRow, out, budgetMs): a promise of the number of rows done.
Napi::Value LinearScores(const Napi::CallbackInfo& info);
// linearScoresSync(state, x, rows, out)
void LinearScoresSync(const Napi::CallbackInfo& info);
// permutePart(order, seed, stream, begin, end, position): mlp::PermutePart, with the random numbers of a
// stream from a position on; returns the position after them.
Napi::Value PermutePart(const Napi::CallbackInfo& info);

}  // namespace binding

#endif  // PERCEPTRA_BINDING_LINEAR_H_
