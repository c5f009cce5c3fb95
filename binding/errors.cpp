#include "binding/errors.h"

#include <new>
#include <stdexcept>

#include "binding/runtime.h"
#include "math/error.h"

namespace binding {
namespace {

constexpr char kNoMemory[] =
    "Could not allocate memory for the network, its training or its data. Use a smaller batch, network or "
    "data set, or dispose of models that are no longer needed.";

// Null if lib/ has set no function, or the function failed.
napi_value CallFactory(napi_env env, napi_value code, napi_value message) {
  void* runtime = nullptr;
  if (napi_get_instance_data(env, &runtime) != napi_ok || runtime == nullptr) return nullptr;
  const napi_ref reference = static_cast<Runtime*>(runtime)->error_factory;
  napi_value factory = nullptr, receiver = nullptr, error = nullptr;
  if (reference == nullptr || napi_get_reference_value(env, reference, &factory) != napi_ok) return nullptr;
  const napi_value arguments[] = {code, message};
  napi_get_undefined(env, &receiver);
  if (napi_call_function(env, receiver, factory, 2, arguments, &error) == napi_ok) return error;
  napi_get_and_clear_last_exception(env, &error);
  return nullptr;
}

}  // namespace

void MakeErrorsWith(const Napi::CallbackInfo& info) {
  if (!info[0].IsFunction()) Throw(info.Env(), "ERR_ARGUMENT", "The native part expected a function.");
  Runtime& runtime = Runtime::Of(info.Env());
  if (runtime.error_factory != nullptr) napi_delete_reference(info.Env(), runtime.error_factory);
  runtime.error_factory = nullptr;
  napi_create_reference(info.Env(), info[0], 1, &runtime.error_factory);
}

napi_value MakeError(napi_env env, const char* code, const char* message) noexcept {
  napi_value code_text = nullptr, message_text = nullptr, error = nullptr;
  napi_create_string_utf8(env, code, NAPI_AUTO_LENGTH, &code_text);
  napi_create_string_utf8(env, message, NAPI_AUTO_LENGTH, &message_text);
  error = CallFactory(env, code_text, message_text);
  if (error == nullptr) napi_create_error(env, code_text, message_text, &error);
  return error;
}

void Throw(Napi::Env env, const char* code, const std::string& message) {
  throw Napi::Error(env, MakeError(env, code, message.c_str()));
}

napi_value ErrorInFlight(napi_env env) noexcept {
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

}  // namespace binding
