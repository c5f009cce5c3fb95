#ifndef PERCEPTRA_MATH_THREAD_SETUP_H_
#define PERCEPTRA_MATH_THREAD_SETUP_H_

namespace mlp {

// Cores that the operating system lets this process use; at least 1.
int AvailableCores();

// Makes the calling thread a compute thread: below the event loop in priority where the system allows, and
// with denormal numbers flushed to zero (Adam's second moments reach them, and they cost ten times as much).
void SetUpComputeThread();

// The core of the calling thread, as an index into the cores that this process may use; -1 when the system
// does not say.
int PresentCore();

// Moves the calling thread to the n-th of the cores that this process may use, where the system allows, and
// lets the system move it on. Without this Linux was seen to keep two threads that wait for each other on one
// core for seconds, with the other core idle. A thread that stayed bound to its core would lose most of its
// time to a busy neighbour there.
void MoveToCore(int n);

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
