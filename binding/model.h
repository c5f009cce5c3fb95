#ifndef PERCEPTRA_BINDING_MODEL_H_
#define PERCEPTRA_BINDING_MODEL_H_

#include <cstdint>
#include <functional>
#include <memory>

#include "binding/napi_setup.h"
#include "binding/wrap.h"
#include "train/inference.h"
#include "train/model.h"

namespace binding {

// new Model(spec); see NativeModel in the TypeScript sources.
class ModelWrap : public Wrap<ModelWrap> {
 public:
  static Napi::Function Define(Napi::Env env);

  explicit ModelWrap(const Napi::CallbackInfo& info);
  ~ModelWrap();

 private:
  // Only used on the JavaScript thread. Tasks on the compute threads hold the model, never the wrapper.
  struct State {
    std::shared_ptr<mlp::Model> model;  // null once disposed
    bool slice_in_flight = false;
    int evaluations = 0;  // in flight
    mlp::Vector input;    // for predictSync
  };

  Napi::Value Tensors(const Napi::CallbackInfo& info);
  Napi::Value GetWeights(const Napi::CallbackInfo& info);
  void ReadWeights(const Napi::CallbackInfo& info);
  void SetWeights(const Napi::CallbackInfo& info);
  Napi::Value Compile(const Napi::CallbackInfo& info);
  Napi::Value GetOptimizerState(const Napi::CallbackInfo& info);
  void SetOptimizerState(const Napi::CallbackInfo& info);
  void BeginRun(const Napi::CallbackInfo& info);
  void EndRun(const Napi::CallbackInfo& info);
  Napi::Value BeginEpoch(const Napi::CallbackInfo& info);
  Napi::Value Train(const Napi::CallbackInfo& info);
  Napi::Value Evaluate(const Napi::CallbackInfo& info);
  Napi::Value Predict(const Napi::CallbackInfo& info);
  Napi::Value InputGradients(const Napi::CallbackInfo& info);
  void PredictSync(const Napi::CallbackInfo& info);
  Napi::Value BindRow(const Napi::CallbackInfo& info);
  void RoundWeights(const Napi::CallbackInfo& info);
  void Dispose(const Napi::CallbackInfo& info);

  struct BoundRow;

  // Submits inference that writes `columns` numbers per row to the caller's array; resolves to the number of
  // rows done.
  using Infer = std::function<void(mlp::InferenceSlice&, const mlp::Vector& weights, mlp::Real* out)>;
  Napi::Value InferInto(const Napi::CallbackInfo& info, std::size_t columns, Infer infer,
                        int most_threads = 0);

  // On the JavaScript thread, at any time.
  static void PredictOnThisThread(State& state, mlp::Real* out, const mlp::Real* x, std::size_t rows);

  // The state. Alive throws if the model was disposed; AtRest also while a slice trains; Compiled also before
  // compile().
  State& Alive(Napi::Env env) const;
  State& AtRest(Napi::Env env) const;
  State& Compiled(Napi::Env env) const;
  void ReportMemory(Napi::BasicEnv env);

  std::shared_ptr<State> state_;
  std::int64_t reported_ = 0;  // bytes that the garbage collector knows of
};

}  // namespace binding

#endif  // PERCEPTRA_BINDING_MODEL_H_
