#ifndef PERCEPTRA_BINDING_DECODE_H_
#define PERCEPTRA_BINDING_DECODE_H_

#include <cstddef>
#include <memory>

#include "binding/napi_setup.h"
#include "train/dataset.h"
#include "train/model.h"

// JavaScript values to the core's plain structs. No defaults and no formulas: lib/ has filled everything in.
namespace binding {

mlp::NetworkSpec DecodeNetwork(const Napi::Object& spec);
mlp::CompileSpec DecodeCompile(const Napi::Object& spec);
mlp::EpochOptions DecodeEpoch(const Napi::Object& options);

// A number and nothing that JavaScript would turn into one, for which it may run a caller's code.
double DecodeNumber(const Napi::Value& value);

// A whole number that must fit memory.
std::size_t DecodeSize(const Napi::Value& value);

// Arrays of just this type: another type's elements may be smaller, and reading them would leave its memory.
Napi::Float32Array DecodeFloats(const Napi::Value& value);
Napi::Float64Array DecodeDoubles(const Napi::Value& value);
Napi::Int32Array DecodeIntegers(const Napi::Value& value);

// Rows and targets, copied; throws ERR_NOT_FINITE where they hold NaN or what float32 cannot.
std::shared_ptr<const mlp::Dataset> DecodeDataset(const Napi::CallbackInfo& info);

// Copies float32, float64 or byte numbers: true if the copies are finite.
bool CopyNumbers(mlp::Real* out, const Napi::TypedArray& numbers);

}  // namespace binding

#endif  // PERCEPTRA_BINDING_DECODE_H_
