#include "binding/linear_decode.h"

#include <algorithm>
#include <string>
#include <vector>

#include "binding/dataset.h"
#include "binding/decode_fields.h"

namespace binding {
namespace {

template <typename V>
V Doubles(const Napi::Object& object, const char* key) {
  const auto array = DecodeDoubles(object.Get(key));
  return V(array.Data(), array.Data() + array.ElementLength());
}

}  // namespace

mlp::LinearSpec DecodeLinearSpec(const Napi::Object& object) {
  mlp::LinearSpec spec;
  spec.loss = mlp::LinearLossFromName(Text(object, "loss"));
  spec.penalty = mlp::PenaltyFromName(Text(object, "penalty"));
  spec.rate = mlp::LinearRateFromName(Text(object, "learningRate"));
  spec.alpha = DecodeNumber(object.Get("alpha"));
  spec.l1_ratio = DecodeNumber(object.Get("l1Ratio"));
  spec.eta0 = DecodeNumber(object.Get("eta0"));
  spec.power_t = DecodeNumber(object.Get("powerT"));
  spec.epsilon = DecodeNumber(object.Get("epsilon"));
  spec.average = DecodeSize(object.Get("average"));
  spec.batch = DecodeSize(object.Get("batch"));
  spec.fit_intercept = object.Get("fitIntercept").ToBoolean().Value();
  spec.classes = object.Get("classes").ToBoolean().Value();
  spec.units = DecodeSize(object.Get("units"));
  spec.seed = DecodeSize(object.Get("seed"));
  spec.threads = static_cast<int>(std::min<std::size_t>(DecodeSize(object.Get("threads")), 256));
  return spec;
}

mlp::LinearData DecodeLinearData(const Napi::Object& object) {
  mlp::LinearData data;
  data.x = DatasetWrap::From(object.Get("x"));
  data.unit_class = Doubles<std::vector<double>>(object, "ownClass");
  data.other_classes = Doubles<std::vector<double>>(object, "otherClasses");
  return data;
}

mlp::LinearState DecodeLinearState(const Napi::Object& object) {
  return {Doubles<mlp::DoubleVector>(object, "weights"), Doubles<mlp::DoubleVector>(object, "intercepts"),
          Doubles<mlp::DoubleVector>(object, "averageWeights"),
          Doubles<mlp::DoubleVector>(object, "averageIntercepts")};
}

}  // namespace binding
