#ifndef PERCEPTRA_BINDING_GUARD_H_
#define PERCEPTRA_BINDING_GUARD_H_

#include <new>
#include <stdexcept>

#include "binding/napi_setup.h"
#include "math/error.h"

namespace binding {

// Runs core code, turning its errors into JavaScript's.
template <typename F>
auto Guard(Napi::Env env, F f) {
  try {
    return f();
  } catch (const mlp::Error& error) {
    Throw(env, error.code(), error.what());
  } catch (const std::bad_alloc&) {
    Throw(env, "ERR_ARGUMENT", "There is not enough memory for that.");
  } catch (const std::length_error&) {
    Throw(env, "ERR_ARGUMENT", "There is not enough memory for that.");
  }
}

}  // namespace binding

#endif  // PERCEPTRA_BINDING_GUARD_H_
