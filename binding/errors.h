#ifndef PERCEPTRA_BINDING_ERRORS_H_
#define PERCEPTRA_BINDING_ERRORS_H_

#include <string>

#include "binding/napi_setup.h"

// Errors that JavaScript sees. Each has a `code`.
namespace binding {

// makeErrorsWith((code, message) => Error): the function of lib/ that makes errors of its own classes.
void MakeErrorsWith(const Napi::CallbackInfo& info);

// By that function, or a plain Error where there is none. Null when JavaScript can no longer run. Allocates
// nothing of the addon's own, since memory may be what is missing.
napi_value MakeError(napi_env env, const char* code, const char* message) noexcept;

[[noreturn]] void Throw(Napi::Env env, const char* code, const std::string& message);

// The exception in flight; call it in a catch block. A refused allocation has the code ERR_MEMORY.
napi_value ErrorInFlight(napi_env env) noexcept;

}  // namespace binding

#endif  // PERCEPTRA_BINDING_ERRORS_H_
