#ifndef PERCEPTRA_MATH_THREAD_SETUP_H_
#define PERCEPTRA_MATH_THREAD_SETUP_H_

namespace mlp {

// Makes the calling thread a compute thread: below the event loop in priority where the system allows, and
// with denormal numbers flushed to zero (Adam's second moments reach them, and they cost ten times as much).
void SetUpComputeThread();

// The CPU that the calling thread is on, counted from 0 among those in its affinity mask; -1 where the system
// does not say.
int PresentCpu();

// Moves the calling thread to the n-th CPU in its affinity mask, where the system allows; from there the
// system may move it as it likes. Left to itself Linux was seen to keep two threads that wait for each other
// on one CPU for seconds, with another one idle. Bound to its CPU, a thread would lose most of its time to a
// busy neighbour there.
void MoveToCpu(int n);

// Flushes denormals for as long as it lives; for work on threads that are not ours.
class FlushDenormals {
 public:
  FlushDenormals();
  ~FlushDenormals();
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
  unsigned long long saved_;
};

}  // namespace mlp

#endif  // PERCEPTRA_MATH_THREAD_SETUP_H_
