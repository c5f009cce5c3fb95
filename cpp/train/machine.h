#ifndef PERCEPTRA_TRAIN_MACHINE_H_
#define PERCEPTRA_TRAIN_MACHINE_H_

namespace mlp {

// What the choice of shares and threads needs to know about the machine.
struct Machine {
  int cores = 1;  // threads that work side by side: ComputePool::Cores
  int cpus = 1;   // threads that can run at the same time
  // The defaults were measured on a server CPU with AVX-512. A meeting counts as five times its bare cost:
  // threads also wait for the slowest of them.
  double products_per_ns = 100;  // multiply-adds of one core
  double meeting_ns = 1000;
  double read_line_ns = 5;    // a cache line that another core has written
  double write_line_ns = 12;  // a cache line that another core has read
};

// This process's cores, and the default costs. Shares follow from these: the number of shares decides in
// which order numbers are added up, so a value that differs from one run to the next would change the last
// bits of the results.
Machine FixedMachine();

// This process's cores, and the costs measured on them. They may decide what changes no bit: how many threads
// take the shares. The first call has the compute threads measure, for about half a millisecond on an idle
// machine and a few on a busy one, and returns the fixed values, as do all calls until that is done: no
// caller waits. `measured` says which.
Machine MeasuredMachine(bool* measured = nullptr);

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_MACHINE_H_
