// Not compiled: `npm run lint` expects clang's analysis to complain about each function here.
#include "math/mutex.h"
#include "math/rank0.h"

namespace mlp {

class Counter {
 public:
  void CountWithoutMutex() { ++count_; }

 private:
  Mutex mutex_;
  int count_ MLP_GUARDED_BY(mutex_) = 0;
};

inline void SetOnAnyRank(SetByRank0<int>& value) { value.Set(1); }

}  // namespace mlp
