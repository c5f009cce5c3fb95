#ifndef PERCEPTRA_BINDING_DATASET_H_
#define PERCEPTRA_BINDING_DATASET_H_

#include <cstdint>
#include <memory>

#include "binding/napi_setup.h"
#include "binding/wrap.h"
#include "train/dataset.h"

namespace binding {

// new Dataset(x, columns, targets, targetColumns)
class DatasetWrap : public Wrap<DatasetWrap> {
 public:
  static Napi::Function Define(Napi::Env env);
  // The data of a JavaScript object; throws if it is not a Dataset or was disposed.
  static std::shared_ptr<const mlp::Dataset> From(const Napi::Value& value);

  explicit DatasetWrap(const Napi::CallbackInfo& info);
  ~DatasetWrap();

 private:
  Napi::Value Rows(const Napi::CallbackInfo& info);
  void Dispose(const Napi::CallbackInfo& info);
  void Free();

  std::shared_ptr<const mlp::Dataset> data_;
  std::int64_t reported_ = 0;  // bytes that the garbage collector knows of
};

}  // namespace binding

#endif  // PERCEPTRA_BINDING_DATASET_H_
