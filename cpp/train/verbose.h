#ifndef PERCEPTRA_TRAIN_VERBOSE_H_
#define PERCEPTRA_TRAIN_VERBOSE_H_

#include <mutex>
#include <set>
#include <string>

namespace mlp {

// Receives a line without its line break, on any thread; must not throw.
using VerboseSink = void (*)(const std::string& line);

// Sets the function that receives the lines of PERCEPTRA_VERBOSE: which shares, threads and products are
// used. Null (the default): no lines are made. The core itself prints nothing.
void SetVerboseSink(VerboseSink sink);
// Costs one relaxed load.
bool IsVerbose();

// The lines of one model. A line is written only once.
class VerboseLog {
 public:
  // "perceptra <topic> model=<number> <values>"
  void Write(const std::string& topic, const std::string& values);

 private:
  std::mutex mutex_;
  int number_ = 0;  // of the model, in the order of their first lines; 0: no line yet
  std::set<std::string> written_;
};

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_VERBOSE_H_
