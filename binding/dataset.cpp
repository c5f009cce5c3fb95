#include "binding/dataset.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "binding/errors.h"

namespace binding {
namespace {

constexpr napi_type_tag kDatasetTag = {0x5d1b3c9a7e2f4861, 0x9c04d7f3ab58e216};

// The array in `value`, or null; `types` are those that the part takes.
bool IsArray(const Napi::Value& value, std::initializer_list<napi_typedarray_type> types) {
  if (!value.IsTypedArray()) return false;
  const auto type = value.As<Napi::TypedArray>().TypedArrayType();
  if (std::find(types.begin(), types.end(), type) != types.end()) return true;
  Throw(value.Env(), "ERR_ARGUMENT", "The native part expected float32, float64 or byte numbers.");
}

// Whether an option is set; the options are the last argument.
bool Option(const Napi::CallbackInfo& info, const char* name) {
  return info[5].IsObject() && info[5].As<Napi::Object>().Get(name).ToBoolean().Value();
}

// Arguments: x, columns, targets, their columns, weights, and options: `wide`, whether a Float64Array stays
// doubles.
std::unique_ptr<mlp::DatasetBuilder> MakeRoom(const Napi::CallbackInfo& info) {
  using Builder = mlp::DatasetBuilder;
  const auto numbers = {napi_float32_array, napi_float64_array, napi_uint8_array};
  if (!IsArray(info[0], numbers))
    Throw(info.Env(), "ERR_ARGUMENT", "The native part expected a typed array.");
  const auto x = info[0].As<Napi::TypedArray>();
  const bool wide = x.TypedArrayType() == napi_float64_array && Option(info, "wide");
  auto builder = std::make_unique<Builder>(x.TypedArrayType() == napi_uint8_array ? Builder::Numbers::kBytes
                                           : wide                                 ? Builder::Numbers::kDoubles
                                                                                  : Builder::Numbers::kReal,
                                           x.ElementLength(), DecodeSize(info[1]));
  if (IsArray(info[4], numbers)) builder->MakeRoomForWeights(info[4].As<Napi::TypedArray>().ElementLength());
  if (IsArray(info[2], {napi_float32_array, napi_float64_array, napi_uint8_array, napi_int32_array})) {
    const auto targets = info[2].As<Napi::TypedArray>();
    const bool classes = targets.TypedArrayType() == napi_int32_array;
    builder->MakeRoomForTargets(classes ? Builder::Targets::kClasses : Builder::Targets::kValues,
                                targets.ElementLength(), classes ? 1 : DecodeSize(info[3]));
  }
  return builder;
}

// Writes a range of the array: what DatasetBuilder calls.
class Writer {
 public:
  Writer(const Napi::TypedArray& array, NumberRange range) : array_(array), range_(range) {}
  bool operator()(mlp::Real* out, std::size_t) const { return CopyNumbers(out, array_, range_); }
  bool operator()(double* out, std::size_t) const { return CopyDoubles(out, array_, range_); }
  bool operator()(std::uint8_t* out, std::size_t count) const {
    Expect(napi_uint8_array);
    std::copy_n(array_.As<Napi::Uint8Array>().Data() + range_.begin, count, out);
    return true;
  }
  bool operator()(std::int32_t* out, std::size_t count) const {
    Expect(napi_int32_array);
    std::copy_n(array_.As<Napi::Int32Array>().Data() + range_.begin, count, out);
    return true;
  }

 private:
  void Expect(napi_typedarray_type type) const {
    if (array_.TypedArrayType() == type) return;
    Throw(array_.Env(), "ERR_ARGUMENT",
          "The native part expected an array of the type that it made room for.");
  }
  const Napi::TypedArray& array_;
  NumberRange range_;
};

}  // namespace

Napi::Function DatasetWrap::Define(Napi::Env env) {
  return DefineClass(env, "Dataset",
                     {Getter<&DatasetWrap::Rows>("rows"), Method<&DatasetWrap::Copy>("copy"),
                      Method<&DatasetWrap::Dispose>("dispose")});
}

std::shared_ptr<const mlp::Dataset> DatasetWrap::From(const Napi::Value& value) {
  if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&kDatasetTag)) {
    Throw(value.Env(), "ERR_ARGUMENT", "The native part expected a Dataset.");
  }
  const DatasetWrap& wrap = *Unwrap(value.As<Napi::Object>());
  if (wrap.builder_)
    Throw(value.Env(), "ERR_ARGUMENT", "The native part expected a Dataset with all numbers.");
  auto data = wrap.data_;
  if (!data) Throw(value.Env(), "ERR_DISPOSED", "The data set was disposed.");
  return data;
}

DatasetWrap::DatasetWrap(const Napi::CallbackInfo& info) : Wrap<DatasetWrap>(info) {
  builder_ = MakeRoom(info);
  const auto bytes = static_cast<std::int64_t>(builder_->bytes());
  if (!Option(info, "later")) {
    for (const auto& [part, argument] : {std::pair{0, 0}, {1, 2}, {2, 4}}) {
      if (!builder_ || !info[argument].IsTypedArray()) continue;
      const auto array = info[argument].As<Napi::TypedArray>();
      Add(part, array, {0, array.ElementLength()});
    }
  }
  info.This().As<Napi::Object>().TypeTag(&kDatasetTag);
  reported_ = bytes;
  Napi::MemoryManagement::AdjustExternalMemory(info.Env(), reported_);
}

void DatasetWrap::Copy(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!builder_) Throw(env, "ERR_ARGUMENT", "The native part has all numbers of the Dataset.");
  if (!info[1].IsTypedArray()) Throw(env, "ERR_ARGUMENT", "The native part expected a typed array.");
  const auto array = info[1].As<Napi::TypedArray>();
  const std::size_t part = DecodeSize(info[0]);
  Add(part, array, DecodeRange(array, info[2], info[3]));
}

void DatasetWrap::Add(std::size_t part, const Napi::TypedArray& array, NumberRange range) {
  const Writer write(array, range);
  const bool finite = part == 0   ? builder_->AddNumbers(range.count, write)
                      : part == 1 ? builder_->AddTargets(range.count, write)
                                  : builder_->AddWeights(range.count, write);
  if (!finite) Throw(array.Env(), "ERR_NOT_FINITE", "The data hold NaN or infinity.");
  if (!builder_->full()) return;
  data_ = std::make_shared<const mlp::Dataset>(builder_->Build());
  builder_.reset();
}

DatasetWrap::~DatasetWrap() { Free(); }

Napi::Value DatasetWrap::Rows(const Napi::CallbackInfo& info) {
  const std::size_t rows = data_ ? data_->rows() : builder_ ? builder_->rows() : 0;
  return Napi::Number::New(info.Env(), static_cast<double>(rows));
}

void DatasetWrap::Dispose(const Napi::CallbackInfo&) { Free(); }

void DatasetWrap::Free() {
  builder_.reset();
  data_.reset();
  if (reported_ != 0) Napi::MemoryManagement::AdjustExternalMemory(Env(), -reported_);
  reported_ = 0;
}

}  // namespace binding
