#include "binding/decode.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "math/kernels.h"

namespace binding {
namespace {

Napi::Object Child(const Napi::Object& object, const char* key) { return object.Get(key).As<Napi::Object>(); }

double Number(const Napi::Object& object, const char* key) { return DecodeNumber(object.Get(key)); }

std::string Text(const Napi::Object& object, const char* key) {
  return object.Get(key).ToString().Utf8Value();
}

bool Flag(const Napi::Object& object, const char* key) { return object.Get(key).ToBoolean().Value(); }

std::uint64_t Seed(const Napi::Value& value) {
  return static_cast<std::uint64_t>(value.ToNumber().Int64Value());
}

mlp::InitializerSpec DecodeInitializer(const Napi::Object& spec) {
  mlp::InitializerSpec initializer{mlp::InitializerFromName(Text(spec, "name")), {}};
  if (spec.Get("seed").IsNumber()) initializer.seed = Seed(spec.Get("seed"));
  return initializer;
}

mlp::ActivationSpec DecodeActivation(const Napi::Object& spec) {
  mlp::ActivationSpec activation{mlp::ActivationFromName(Text(spec, "name")), 0};
  if (spec.Get("negativeSlope").IsNumber()) {
    activation.negative_slope = static_cast<mlp::Real>(Number(spec, "negativeSlope"));
  }
  return activation;
}

// So many numbers at a time: what was just copied is looked at while it is in cache.
constexpr std::size_t kBlock = 8192;

template <typename From>
bool CopyAs(mlp::Real* out, const Napi::TypedArray& numbers) {
  const auto typed = numbers.As<Napi::TypedArrayOf<From>>();
  const From* const from = typed.Data();
  const std::size_t count = typed.ElementLength();
  bool finite = true;
  for (std::size_t i = 0; i < count; i += kBlock) {
    const std::size_t n = std::min(kBlock, count - i);
    std::transform(from + i, from + i + n, out + i,
                   [](From number) { return static_cast<mlp::Real>(number); });
    finite = finite && mlp::ActiveKernels().all_finite(out + i, n);
  }
  return finite;
}

mlp::Vector CopyFinite(const Napi::TypedArray& numbers) {
  mlp::Vector copy(numbers.ElementLength());
  if (!CopyNumbers(copy.data(), numbers))
    Throw(numbers.Env(), "ERR_NOT_FINITE", "The data hold NaN or infinity.");
  return copy;
}

}  // namespace

double DecodeNumber(const Napi::Value& value) {
  if (!value.IsNumber()) Throw(value.Env(), "ERR_ARGUMENT", "The native part expected a number.");
  return value.As<Napi::Number>().DoubleValue();
}

Napi::Float32Array DecodeFloats(const Napi::Value& value) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_float32_array) {
    Throw(value.Env(), "ERR_ARGUMENT", "The native part expected a Float32Array.");
  }
  return value.As<Napi::Float32Array>();
}

Napi::Float64Array DecodeDoubles(const Napi::Value& value) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_float64_array) {
    Throw(value.Env(), "ERR_ARGUMENT", "The native part expected a Float64Array.");
  }
  return value.As<Napi::Float64Array>();
}

std::size_t DecodeSize(const Napi::Value& value) {
  const double number = DecodeNumber(value);
  if (!(number >= 0) || number > 9007199254740991.0 || std::floor(number) != number) {
    Throw(value.Env(), "ERR_ARGUMENT", "The native part expected a count.");
  }
  return static_cast<std::size_t>(number);
}

mlp::NetworkSpec DecodeNetwork(const Napi::Object& spec) {
  mlp::NetworkSpec network;
  network.inputs = DecodeSize(spec.Get("inputs"));
  network.seed = Seed(spec.Get("seed"));
  const auto layers = spec.Get("layers").As<Napi::Array>();
  for (std::uint32_t i = 0; i < layers.Length(); ++i) {
    const auto layer = layers.Get(i).As<Napi::Object>();
    mlp::DenseSpec dense;
    dense.units = DecodeSize(layer.Get("units"));
    dense.use_bias = Flag(layer, "useBias");
    dense.activation = DecodeActivation(Child(layer, "activation"));
    dense.kernel_initializer = DecodeInitializer(Child(layer, "kernelInitializer"));
    dense.bias_initializer = DecodeInitializer(Child(layer, "biasInitializer"));
    network.layers.push_back(dense);
  }
  return network;
}

mlp::CompileSpec DecodeCompile(const Napi::Object& spec) {
  mlp::CompileSpec compile;
  const Napi::Object loss = Child(spec, "loss"), optimizer = Child(spec, "optimizer");
  compile.loss = {mlp::LossFromName(Text(loss, "name")), Flag(loss, "fromLogits")};
  if (Text(optimizer, "name") == "sgd") {
    compile.optimizer.kind = mlp::OptimizerSpec::Kind::kSgd;
    compile.optimizer.momentum = Number(optimizer, "momentum");
    compile.optimizer.nesterov = Flag(optimizer, "nesterov");
  } else {
    compile.optimizer.kind = mlp::OptimizerSpec::Kind::kAdam;
    compile.optimizer.beta1 = Number(optimizer, "beta1");
    compile.optimizer.beta2 = Number(optimizer, "beta2");
    compile.optimizer.epsilon = Number(optimizer, "epsilon");
  }
  const auto metrics = spec.Get("metrics").As<Napi::Array>();
  for (std::uint32_t i = 0; i < metrics.Length(); ++i) {
    compile.metrics.push_back(mlp::MetricFromName(metrics.Get(i).ToString().Utf8Value()));
  }
  return compile;
}

mlp::EpochOptions DecodeEpoch(const Napi::Object& options) {
  mlp::EpochOptions epoch;
  epoch.batch_size = DecodeSize(options.Get("batchSize"));
  if (epoch.batch_size == 0) Throw(options.Env(), "ERR_ARGUMENT", "A batch has at least one row.");
  epoch.shuffle = Flag(options, "shuffle");
  epoch.epoch = static_cast<std::uint32_t>(DecodeSize(options.Get("epoch")));
  epoch.threads = static_cast<int>(std::min<std::size_t>(DecodeSize(options.Get("threads")), 256));
  return epoch;
}

bool CopyNumbers(mlp::Real* out, const Napi::TypedArray& numbers) {
  switch (numbers.TypedArrayType()) {
    case napi_float32_array:
      return CopyAs<float>(out, numbers);
    case napi_float64_array:
      return CopyAs<double>(out, numbers);
    case napi_uint8_array:
      return CopyAs<std::uint8_t>(out, numbers);
    default:
      Throw(numbers.Env(), "ERR_ARGUMENT", "The native part expected float32, float64 or byte numbers.");
  }
}

std::shared_ptr<const mlp::Dataset> DecodeDataset(const Napi::CallbackInfo& info) {
  const auto numbers = info[0].As<Napi::TypedArray>();
  const std::size_t columns = DecodeSize(info[1]);
  std::shared_ptr<mlp::Dataset> data;
  if (numbers.TypedArrayType() == napi_uint8_array) {
    const auto bytes = numbers.As<Napi::Uint8Array>();
    data = std::make_shared<mlp::Dataset>(
        mlp::AlignedVector<std::uint8_t>(bytes.Data(), bytes.Data() + bytes.ElementLength()), columns);
  } else {
    data = std::make_shared<mlp::Dataset>(CopyFinite(numbers), columns);
  }
  if (!info[2].IsTypedArray()) return data;
  const auto targets = info[2].As<Napi::TypedArray>();
  if (targets.TypedArrayType() == napi_int32_array) {
    const auto classes = targets.As<Napi::Int32Array>();
    data->SetClasses({classes.Data(), classes.Data() + classes.ElementLength()});
  } else {
    data->SetValues(CopyFinite(targets), DecodeSize(info[3]));
  }
  return data;
}

}  // namespace binding
