#ifndef PERCEPTRA_BINDING_DATASET_H_
#define PERCEPTRA_BINDING_DATASET_H_

#include <cstdint>
#include <memory>

#include "binding/decode.h"
#include "binding/napi_setup.h"
#include "binding/wrap.h"
#include "train/dataset_builder.h"

namespace binding {

// new Dataset(x, columns, targets, targetColumns, weights, { wide, later }): Napi::CallbackInfo allocates for
// more than six arguments, where nothing turns std::bad_alloc into ERR_MEMORY.
class DatasetWrap : public Wrap<DatasetWrap> {
 public:
  static Napi::Function Define(Napi::Env env);
  // The data of a JavaScript object; throws if it is not a Dataset or was disposed.
  static std::shared_ptr<const mlp::Dataset> From(const Napi::Value& value);

  explicit DatasetWrap(const Napi::CallbackInfo& info);
  ~DatasetWrap();

 private:
  Napi::Value Rows(const Napi::CallbackInfo& info);
  // copy(part, array, begin, end): the next numbers of x (part 0), of the targets (1) or of the weights (2).
  void Copy(const Napi::CallbackInfo& info);
  void Add(std::size_t part, const Napi::TypedArray& array, NumberRange range);
  void Dispose(const Napi::CallbackInfo& info);
  void Free();

  std::unique_ptr<mlp::DatasetBuilder> builder_;  // until all numbers are copied
  std::shared_ptr<const mlp::Dataset> data_;      // from then on
  std::int64_t reported_ = 0;                     // bytes that the garbage collector knows of
};

}  // namespace binding

#endif  // PERCEPTRA_BINDING_DATASET_H_
