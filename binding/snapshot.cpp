#include "binding/snapshot.h"

#include "binding/errors.h"
namespace binding {
namespace {

constexpr napi_type_tag kSnapshotTag = {0x2f7c51e08ab94d36, 0xb1e6402d95c83fa7};

}  // namespace

Napi::Function SnapshotWrap::Define(Napi::Env env) {
  return DefineClass(env, "Snapshot", {Method<&SnapshotWrap::Dispose>("dispose")});
}

std::shared_ptr<SnapshotWrap::Weights> SnapshotWrap::From(const Napi::Value& value) {
  if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&kSnapshotTag)) {
    Throw(value.Env(), "ERR_ARGUMENT", "The native part expected a Snapshot.");
  }
  return Unwrap(value.As<Napi::Object>())->weights_;
}

SnapshotWrap::SnapshotWrap(const Napi::CallbackInfo& info) : Wrap<SnapshotWrap>(info) {
  info.This().As<Napi::Object>().TypeTag(&kSnapshotTag);
}

// Tasks that still read the weights keep them alive.
void SnapshotWrap::Dispose(const Napi::CallbackInfo&) { weights_ = std::make_shared<Weights>(); }

}  // namespace binding
