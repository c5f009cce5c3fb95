#ifndef PERCEPTRA_BINDING_VERBOSE_H_
#define PERCEPTRA_BINDING_VERBOSE_H_

namespace binding {

// With PERCEPTRA_VERBOSE=1 in the environment, writes the core's lines about how work is done to stderr.
void InstallVerbose();

}  // namespace binding

#endif  // PERCEPTRA_BINDING_VERBOSE_H_
