#ifndef PERCEPTRA_BINDING_ENCODE_H_
#define PERCEPTRA_BINDING_ENCODE_H_

#include <algorithm>
#include <cstdint>

#include "binding/napi_setup.h"
#include "train/trainer.h"

// The core's numbers as JavaScript values.
namespace binding {

inline Napi::Float32Array ToArray(Napi::Env env, const mlp::Vector& numbers) {
  auto array = Napi::Float32Array::New(env, numbers.size());
  std::copy(numbers.begin(), numbers.end(), array.Data());
  return array;
}

inline Napi::Object ToObject(Napi::Env env, const mlp::Sums& sums) {
  auto object = Napi::Object::New(env);
  object.Set("rows", static_cast<double>(sums.rows));
  object.Set("loss", sums.loss);
  object.Set("penalty", sums.penalty);
  auto metrics = Napi::Array::New(env, sums.metrics.size());
  for (std::uint32_t k = 0; k < sums.metrics.size(); ++k) metrics.Set(k, sums.metrics[k]);
  object.Set("metrics", metrics);
  auto norms = Napi::Array::New(env, sums.gradient_norms.size());
  for (std::uint32_t t = 0; t < sums.gradient_norms.size(); ++t) norms.Set(t, sums.gradient_norms[t]);
  object.Set("gradientNorms", norms);
  return object;
}

}  // namespace binding

#endif  // PERCEPTRA_BINDING_ENCODE_H_
