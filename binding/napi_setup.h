#ifndef PERCEPTRA_BINDING_NAPI_SETUP_H_
#define PERCEPTRA_BINDING_NAPI_SETUP_H_

// The only include of napi.h; its defines come from CMakeLists.txt.
#include <napi.h>

#include <string>

namespace binding {

// What a user reads when an allocation is refused (ERR_MEMORY).
constexpr char kNoMemory[] =
    "Could not allocate memory for the network, its training or its data. Use a smaller batch, network or "
    "data set, or dispose of models that are no longer needed.";

// A JavaScript Error with a `code`; null when JavaScript can no longer run.
inline napi_value MakeError(napi_env env, const char* code, const char* message) noexcept {
  napi_value code_text = nullptr, message_text = nullptr, error = nullptr;
  napi_create_string_utf8(env, code, NAPI_AUTO_LENGTH, &code_text);
  napi_create_string_utf8(env, message, NAPI_AUTO_LENGTH, &message_text);
  napi_create_error(env, code_text, message_text, &error);
  return error;
}

// Throws a JavaScript Error with a `code`.
[[noreturn]] inline void Throw(Napi::Env env, const char* code, const std::string& message) {
  throw Napi::Error(env, MakeError(env, code, message.c_str()));
}

}  // namespace binding

#endif  // PERCEPTRA_BINDING_NAPI_SETUP_H_
