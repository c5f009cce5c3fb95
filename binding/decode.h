#ifndef PERCEPTRA_BINDING_DECODE_H_
#define PERCEPTRA_BINDING_DECODE_H_

#include <cstddef>

#include "binding/napi_setup.h"
#include "train/model.h"

// JavaScript values to the core's plain structs. No defaults and no formulas: lib/ fills in every option.
namespace binding {

mlp::NetworkSpec DecodeNetwork(const Napi::Object& spec);
mlp::CompileSpec DecodeCompile(const Napi::Object& spec);
mlp::EpochOptions DecodeEpoch(const Napi::Object& options);

// A number. Throws for anything else, even what JavaScript could convert: a conversion may run the caller's
// code.
double DecodeNumber(const Napi::Value& value);

// A whole number from 0 to 2^53 - 1.
std::size_t DecodeSize(const Napi::Value& value);

// Arrays of exactly this type: elements of another type may be smaller, and reads would pass the array's end.
Napi::Float32Array DecodeFloats(const Napi::Value& value);
Napi::Float64Array DecodeDoubles(const Napi::Value& value);
Napi::Int32Array DecodeIntegers(const Napi::Value& value);

// A range of an array: numbers from `begin` up to, not including, `end`.
struct NumberRange {
  std::size_t begin, count;
};
// Throws unless the array has the range now: it may have been transferred or shrunk.
NumberRange DecodeRange(const Napi::TypedArray& numbers, const Napi::Value& begin, const Napi::Value& end);

// Copies a range of float32, float64 or byte numbers. Returns whether all copies are finite.
bool CopyNumbers(mlp::Real* out, const Napi::TypedArray& numbers, NumberRange range);
bool CopyDoubles(double* out, const Napi::TypedArray& numbers, NumberRange range);
// Copies all numbers.
bool CopyNumbers(mlp::Real* out, const Napi::TypedArray& numbers);
bool CopyDoubles(double* out, const Napi::TypedArray& numbers);

}  // namespace binding

#endif  // PERCEPTRA_BINDING_DECODE_H_
