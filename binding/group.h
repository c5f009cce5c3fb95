#ifndef PERCEPTRA_BINDING_GROUP_H_
#define PERCEPTRA_BINDING_GROUP_H_

#include <functional>
#include <memory>
#include <string>

#include "binding/napi_setup.h"
#include "binding/ranks.h"
#include "binding/runtime.h"
#include "binding/worker.h"
#include "binding/wrap.h"

namespace binding {

// Milliseconds from 1 to 2^31 - 1.
Ranks::Timeout DecodeTimeout(const Napi::Value& value);

// new Group(options); see NativeGroup in the TypeScript sources.
class GroupWrap : public Wrap<GroupWrap> {
 public:
  static Napi::Function Define(Napi::Env env);

  explicit GroupWrap(const Napi::CallbackInfo& info);
  ~GroupWrap();

  // Throws unless the value is a group.
  static std::shared_ptr<Ranks> From(const Napi::Value& value);

 private:
  Napi::Value Addresses(const Napi::CallbackInfo& info);
  Napi::Value Connect(const Napi::CallbackInfo& info);
  Napi::Value AllReduce(const Napi::CallbackInfo& info);
  Napi::Value Broadcast(const Napi::CallbackInfo& info);
  void Close(const Napi::CallbackInfo& info);
  // Keeps the compute threads of this process for runs of this group. Returns false while another one has
  // them.
  Napi::Value Reserve(const Napi::CallbackInfo& info);
  void Release(const Napi::CallbackInfo& info);
  // Leaves the other ranks, on a thread of its own. The first call counts.
  void End(std::string words);

  // Calls `work` on the group's thread, after what it has.
  Napi::Value Submit(Napi::Env env, Task task, std::function<void()> work);
  // Submits work on a copy of the array's elements, which are written back.
  template <typename Array, typename Work>
  Napi::Value SubmitOn(Napi::Env env, const Array& array, Work work);

  std::shared_ptr<Ranks> ranks_;
  Worker worker_;
  Runtime* runtime_;
  int call_at_end_;
  bool has_ended_ = false;
};

}  // namespace binding

#endif  // PERCEPTRA_BINDING_GROUP_H_
