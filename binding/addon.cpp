#include "binding/dataset.h"
#include "binding/errors.h"
#include "binding/group.h"
#include "binding/guard.h"
#include "binding/linear.h"
#include "binding/model.h"
#include "binding/napi_setup.h"
#include "binding/runtime.h"
#include "binding/snapshot.h"
#include "binding/stay_loaded.h"
#include "binding/verbose.h"
#include "math/blas.h"
#include "math/compute_pool.h"
#include "math/kernels.h"

namespace {

Napi::Array RunnableNames(Napi::Env env) {
  auto names = Napi::Array::New(env);
  for (const mlp::Kernels* table : mlp::RunnableKernels()) names.Set(names.Length(), table->name);
  return names;
}

Napi::Value Info(const Napi::CallbackInfo& info) {
  auto object = Napi::Object::New(info.Env());
  object.Set("blas", mlp::BlasVersion());
  object.Set("blasKernels", mlp::BlasKernels());
  object.Set("kernels", mlp::ActiveKernels().name);
  object.Set("runnableKernels", RunnableNames(info.Env()));
  object.Set("cores", mlp::ComputePool::Cores());
  return object;
}

template <auto function>
void Export(Napi::Object& exports, const char* name) {
  exports.Set(name, Napi::Function::New<binding::Guarded<function>>(exports.Env(), name));
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  mlp::ForgetBlasKernelChoice();
  binding::StayLoaded();
  // Throws if PERCEPTRA_KERNELS names no table that this CPU runs. Later calls cannot throw.
  binding::Guard(env, mlp::ActiveKernels);
  binding::InstallVerbose();
  env.SetInstanceData(new binding::Runtime(env));
  exports.Set("Model", binding::ModelWrap::Define(env));
  exports.Set("Dataset", binding::DatasetWrap::Define(env));
  exports.Set("Snapshot", binding::SnapshotWrap::Define(env));
  exports.Set("Group", binding::GroupWrap::Define(env));
  exports.Set("LinearRun", binding::LinearRunWrap::Define(env));
  Export<binding::LinearScores>(exports, "linearScores");
  Export<binding::LinearScoresSync>(exports, "linearScoresSync");
  Export<binding::PermutePart>(exports, "permutePart");
  Export<Info>(exports, "info");
  Export<binding::MakeErrorsWith>(exports, "makeErrorsWith");
  return exports;
}

}  // namespace

NODE_API_MODULE(perceptra, Init)
