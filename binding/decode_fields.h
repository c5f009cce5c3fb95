#ifndef PERCEPTRA_BINDING_DECODE_FIELDS_H_
#define PERCEPTRA_BINDING_DECODE_FIELDS_H_

#include <cstdint>
#include <string>

#include "binding/decode.h"

// Fields of the plain objects that lib/ passes.
namespace binding {

inline Napi::Object Child(const Napi::Object& object, const char* key) {
  return object.Get(key).As<Napi::Object>();
}

inline double Number(const Napi::Object& object, const char* key) { return DecodeNumber(object.Get(key)); }

// Does nothing if the key is missing: an object has only the parameters of its kind.
inline void ReadNumber(const Napi::Object& object, const char* key, double& value) {
  if (object.Has(key)) value = Number(object, key);
}

inline std::string Text(const Napi::Object& object, const char* key) {
  return object.Get(key).ToString().Utf8Value();
}

inline bool Flag(const Napi::Object& object, const char* key) { return object.Get(key).ToBoolean().Value(); }

inline std::uint64_t Seed(const Napi::Value& value) {
  return static_cast<std::uint64_t>(value.ToNumber().Int64Value());
}

}  // namespace binding

#endif  // PERCEPTRA_BINDING_DECODE_FIELDS_H_
