#ifndef PERCEPTRA_MATH_THREAD_SETUP_H_
#define PERCEPTRA_MATH_THREAD_SETUP_H_

namespace mlp {

// Makes the calling thread a compute thread: below the event loop in priority where the system allows, and
// with denormal numbers flushed to zero (Adam's second moments reach them, and they cost ten times as much).
void SetUpComputeThread();

// The CPU of the calling thread, as an index into its affinity mask; -1 if the system does not say.
int PresentCpu();

// Moves the calling thread to the n-th CPU of its affinity mask, where the system allows, and lets the system
// move it on. Without this Linux was seen to keep two threads that wait for each other on one CPU for seconds,
// with the other one idle. A thread that stayed bound to its CPU would lose most of its time to a busy
// neighbour there.
void MoveToCpu(int n);

// Flushes denormals during its lifetime; for work on threads that are not compute threads.
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
