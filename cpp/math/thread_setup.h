#ifndef PERCEPTRA_MATH_THREAD_SETUP_H_
#define PERCEPTRA_MATH_THREAD_SETUP_H_

namespace mlp {

// What the operating system lets this process use; at least 1.
int AvailableCores();

// Makes the calling thread a compute thread: below the event loop in priority where the system allows, and
// with denormal numbers flushed to zero (Adam's second moments reach them, and they cost ten times as much).
void SetUpComputeThread();

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
