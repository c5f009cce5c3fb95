#ifndef PERCEPTRA_TRAIN_VERBOSE_H_
#define PERCEPTRA_TRAIN_VERBOSE_H_

#include <mutex>
#include <set>
#include <string>

namespace mlp {

// Receives a line without its end, on any thread; must not throw.
using VerboseSink = void (*)(const std::string& line);

// Where lines go that say how work is done: which shares, threads and products. Null, as at the start: no
// line is made. The core itself prints nothing.
void SetVerboseSink(VerboseSink sink);
// Costs one relaxed load.
bool IsVerbose();

// The lines of one model, each of them said once.
class VerboseLog {
 public:
  // "perceptra <topic> model=<number> <values>"
  void Say(const std::string& topic, const std::string& values);

 private:
  std::mutex mutex_;
  int number_ = 0;  // of the model, among all that have said something; 0: nothing was said yet
  std::set<std::string> said_;
};

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_VERBOSE_H_
