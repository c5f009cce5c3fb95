#ifndef PERCEPTRA_BINDING_GUARD_H_
#define PERCEPTRA_BINDING_GUARD_H_

#include <new>
#include <stdexcept>

#include "binding/napi_setup.h"
#include "math/error.h"

namespace binding {

// The exception in flight as a JavaScript Error with a code; call it in a catch block. It allocates nothing
// of the addon's own, since memory may be what is missing. Null when JavaScript can no longer run.
inline napi_value ErrorInFlight(napi_env env) noexcept {
  try {
    throw;
  } catch (const Napi::Error& error) {
    return error.Value();
  } catch (const mlp::Error& error) {
    return MakeError(env, error.code(), error.what());
  } catch (const std::bad_alloc&) {
    return MakeError(env, "ERR_MEMORY", kNoMemory);
  } catch (const std::length_error&) {  // more elements than any vector can hold
    return MakeError(env, "ERR_MEMORY", kNoMemory);
  } catch (const std::exception& error) {
    return MakeError(env, "ERR_NATIVE", error.what());
  } catch (...) {
    return MakeError(env, "ERR_NATIVE", "The native part failed for an unknown reason.");
  }
}

// Runs what JavaScript called. Every exception becomes a JavaScript Error with a code.
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

// A function for JavaScript, under a guard.
template <auto function>
auto Guarded(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&info] { return function(info); });
}

}  // namespace binding

#endif  // PERCEPTRA_BINDING_GUARD_H_
