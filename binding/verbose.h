#ifndef PERCEPTRA_BINDING_VERBOSE_H_
#define PERCEPTRA_BINDING_VERBOSE_H_

namespace binding {

// With PERCEPTRA_VERBOSE=1 in the environment, writes the core's lines to stderr: how each model is computed.
void InstallVerbose();

}  // namespace binding

#endif  // PERCEPTRA_BINDING_VERBOSE_H_
