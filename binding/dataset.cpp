#include "binding/dataset.h"

#include "binding/decode.h"
#include "binding/errors.h"

namespace binding {
namespace {

constexpr napi_type_tag kDatasetTag = {0x5d1b3c9a7e2f4861, 0x9c04d7f3ab58e216};

}  // namespace

Napi::Function DatasetWrap::Define(Napi::Env env) {
  return DefineClass(env, "Dataset",
                     {Getter<&DatasetWrap::Rows>("rows"), Method<&DatasetWrap::Dispose>("dispose")});
}

std::shared_ptr<const mlp::Dataset> DatasetWrap::From(const Napi::Value& value) {
  if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&kDatasetTag)) {
    Throw(value.Env(), "ERR_ARGUMENT", "The native part expected a Dataset.");
  }
  auto data = Unwrap(value.As<Napi::Object>())->data_;
  if (!data) Throw(value.Env(), "ERR_DISPOSED", "The data set was disposed.");
  return data;
}

DatasetWrap::DatasetWrap(const Napi::CallbackInfo& info) : Wrap<DatasetWrap>(info) {
  data_ = DecodeDataset(info);
  info.This().As<Napi::Object>().TypeTag(&kDatasetTag);
  reported_ = static_cast<std::int64_t>(data_->bytes());
  Napi::MemoryManagement::AdjustExternalMemory(info.Env(), reported_);
}

DatasetWrap::~DatasetWrap() { Free(); }

Napi::Value DatasetWrap::Rows(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), data_ ? static_cast<double>(data_->rows()) : 0);
}

void DatasetWrap::Dispose(const Napi::CallbackInfo&) { Free(); }

void DatasetWrap::Free() {
  data_.reset();
  if (reported_ != 0) Napi::MemoryManagement::AdjustExternalMemory(Env(), -reported_);
  reported_ = 0;
}

}  // namespace binding
