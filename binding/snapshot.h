#ifndef PERCEPTRA_BINDING_SNAPSHOT_H_
#define PERCEPTRA_BINDING_SNAPSHOT_H_

#include <memory>

#include "binding/napi_setup.h"
#include "binding/wrap.h"
#include "math/aligned.h"
#include "nn/packed_weights.h"

namespace binding {

// new Snapshot(): one state of the weights for several calls. The first call reads the weights into it.
class SnapshotWrap : public Wrap<SnapshotWrap> {
 public:
  // Used on compute threads, without a lock: calls that share a snapshot do not overlap.
  struct Weights {
    std::shared_ptr<const mlp::Vector> read;
    std::shared_ptr<const mlp::PackedWeights> packed;  // the same, for products in bfloat16; else null
  };

  static Napi::Function Define(Napi::Env env);
  // Throws when the value is not a Snapshot.
  static std::shared_ptr<Weights> From(const Napi::Value& value);

  explicit SnapshotWrap(const Napi::CallbackInfo& info);

 private:
  void Dispose(const Napi::CallbackInfo& info);

  std::shared_ptr<Weights> weights_ = std::make_shared<Weights>();
};

}  // namespace binding

#endif  // PERCEPTRA_BINDING_SNAPSHOT_H_
