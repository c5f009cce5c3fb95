#ifndef PERCEPTRA_TRAIN_MACHINE_H_
#define PERCEPTRA_TRAIN_MACHINE_H_

namespace mlp {

// The costs of a machine by which the number of shares and of threads is chosen.
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

// This process's cores, and the default costs. The number of shares follows from these constants: it decides
// in which order numbers are added up, so measured costs, which differ from one run to the next, would change
// the last bits of the results.
Machine FixedMachine();

// This process's cores, and the costs measured on them. They choose how many threads compute the shares,
// which changes no bit. The first call starts the measurement on the compute threads (about half a
// millisecond, a few on a busy machine). Until it is done all calls return FixedMachine(): no caller waits.
// `measured` is set to whether it is done.
Machine MeasuredMachine(bool* measured = nullptr);

}  // namespace mlp

#endif  // PERCEPTRA_TRAIN_MACHINE_H_
