#ifndef PERCEPTRA_BINDING_ERRORS_H_
#define PERCEPTRA_BINDING_ERRORS_H_

#include <string>

#include "binding/napi_setup.h"

// Errors for JavaScript. Each has a `code`.
namespace binding {

// makeErrorsWith((code, message) => Error): lib/ sets the function that makes errors of its classes.
void MakeErrorsWith(const Napi::CallbackInfo& info);

// An error made by that function; a plain Error if there is none. Null if JavaScript can no longer run.
// Allocates nothing in C++, since it also reports that memory ran out.
napi_value MakeError(napi_env env, const char* code, const char* message) noexcept;

[[noreturn]] void Throw(Napi::Env env, const char* code, const std::string& message);

// The present exception as an error; call it in a catch block. std::bad_alloc has the code ERR_MEMORY.
napi_value ErrorInFlight(napi_env env) noexcept;

}  // namespace binding

#endif  // PERCEPTRA_BINDING_ERRORS_H_
