#ifndef PERCEPTRA_BINDING_LINEAR_DECODE_H_
#define PERCEPTRA_BINDING_LINEAR_DECODE_H_

#include "binding/napi_setup.h"
#include "linear/run.h"

namespace binding {

mlp::LinearSpec DecodeLinearSpec(const Napi::Object& spec);
mlp::LinearData DecodeLinearData(const Napi::Object& data);
mlp::LinearState DecodeLinearState(const Napi::Object& state);

}  // namespace binding

#endif  // PERCEPTRA_BINDING_LINEAR_DECODE_H_
