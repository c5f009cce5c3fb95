#ifndef PERCEPTRA_BINDING_NAPI_SETUP_H_
#define PERCEPTRA_BINDING_NAPI_SETUP_H_

// The only include of napi.h; its defines come from CMakeLists.txt.
#include <napi.h>

#include <string>

namespace binding {

// Raises a JavaScript Error with a `code`.
[[noreturn]] inline void Throw(Napi::Env env, const char* code, const std::string& message) {
  Napi::Error error = Napi::Error::New(env, message);
  error.Set("code", Napi::String::New(env, code));
  throw error;
}

}  // namespace binding

#endif  // PERCEPTRA_BINDING_NAPI_SETUP_H_
