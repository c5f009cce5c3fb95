#ifndef PERCEPTRA_MATH_THREAD_SETUP_H_
#define PERCEPTRA_MATH_THREAD_SETUP_H_

namespace mlp {

// Makes the calling thread a compute thread: with a lower priority than the event loop if the system allows,
// and with denormal numbers flushed to zero. (Adam's second moments become denormal, and arithmetic with
// denormals takes ten times as long.)
void SetUpComputeThread();

// The CPU of the calling thread, as an index into its affinity mask; -1 if the system does not say.
int PresentCpu();

// The same, as the system numbers CPUs: to compare threads, at less cost.
int SystemCpu();

// Moves the calling thread to the n-th CPU of its affinity mask, if the system allows. The thread is not
// bound to it afterwards: another busy process there would take most of its time. Without the move Linux may
// keep two threads that wait for each other on one CPU for seconds while another CPU is idle.
void MoveToCpu(int n);

// Flushes denormals to zero during its lifetime, for work on threads that are not compute threads.
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
