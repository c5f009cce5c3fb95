#ifndef PERCEPTRA_BINDING_GUARD_H_
#define PERCEPTRA_BINDING_GUARD_H_

#include "binding/errors.h"
#include "binding/napi_setup.h"

namespace binding {

// Runs code that JavaScript called. Every exception becomes a JavaScript Error with a code.
template <typename F>
auto Guard(Napi::Env env, F f) {
  try {
    return f();
  } catch (const Napi::Error&) {
    throw;
  } catch (...) {
    throw Napi::Error(env, ErrorInFlight(env));
  }
}

// Makes a function that JavaScript calls from a C++ function.
template <auto function>
auto Guarded(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&info] { return function(info); });
}

}  // namespace binding

#endif  // PERCEPTRA_BINDING_GUARD_H_
