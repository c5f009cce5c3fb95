#include "train/machine.h"

#include <exception>
#include <memory>

#include "math/compute_pool.h"
#include "math/cores.h"
#include "train/measurement.h"

namespace mlp {
namespace {

// Null if the measurement cannot start: then the fixed values stay.
const Measurement* StartMeasurement() {
  try {
    // Never destroyed: a process may exit while the compute threads measure.
    auto measurement = std::make_unique<Measurement>();
    auto job = std::make_shared<ComputePool::Job>();
    job->threads = 2;
    job->run = [running = measurement.get()](Team& team) { running->Run(team); };
    job->done = [](const std::exception_ptr&) {};
    ComputePool::ProcessWide().Submit(job);
    return measurement.release();
  } catch (const std::exception&) {
    return nullptr;
  }
}

}  // namespace

Machine FixedMachine() {
  Machine machine;
  machine.cores = ComputePool::Cores();
  machine.cpus = ProcessCpuLimits().most_threads();
  return machine;
}

Machine MeasuredMachine(bool* measured) {
  // On one core there is no choice of threads.
  static const Measurement* const measurement = ComputePool::Cores() > 1 ? StartMeasurement() : nullptr;
  const bool done = measurement != nullptr && measurement->done();
  if (measured != nullptr) *measured = done;
  return done ? measurement->machine() : FixedMachine();
}

}  // namespace mlp
