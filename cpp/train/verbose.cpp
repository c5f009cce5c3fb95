#include "train/verbose.h"

#include <atomic>
#include <cstdio>

#include "math/blas.h"
#include "math/kernels.h"
#include "train/machine.h"

namespace mlp {
namespace {

std::atomic<VerboseSink> active_sink{nullptr};
std::atomic<int> models{0};

std::string Describe(const Machine& machine, const char* source) {
  char values[256];
  std::snprintf(values, sizeof(values),
                "perceptra machine cores=%d cpus=%d kernels=%s blas=%s values=%s products_per_ns=%.4g "
                "meeting_ns=%.4g read_line_ns=%.4g write_line_ns=%.4g",
                machine.cores, machine.cpus, ActiveKernels().name, BlasKernels().c_str(), source,
                machine.products_per_ns, machine.meeting_ns, machine.read_line_ns, machine.write_line_ns);
  return values;
}

// Writes the fixed costs before the first line of a process, the measured costs as soon as there are any.
void WriteMachine(VerboseSink to) {
  static std::atomic<bool> fixed_is_written{false}, measured_is_written{false};
  if (!fixed_is_written.exchange(true)) to(Describe(FixedMachine(), "fixed"));
  bool measured = false;
  const Machine machine = MeasuredMachine(&measured);
  if (measured && !measured_is_written.exchange(true)) to(Describe(machine, "measured"));
}

}  // namespace

void SetVerboseSink(VerboseSink sink) { active_sink.store(sink); }

bool IsVerbose() { return active_sink.load(std::memory_order_relaxed) != nullptr; }

void VerboseLog::Write(const std::string& topic, const std::string& values) {
  const VerboseSink sink = active_sink.load();
  if (sink == nullptr) return;
  const std::lock_guard lock(mutex_);
  if (!written_.insert(topic + " " + values).second) return;
  if (number_ == 0) number_ = ++models;
  WriteMachine(sink);
  sink("perceptra " + topic + " model=" + std::to_string(number_) + " " + values);
}

}  // namespace mlp
