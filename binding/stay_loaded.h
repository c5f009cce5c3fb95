#ifndef PERCEPTRA_BINDING_STAY_LOADED_H_
#define PERCEPTRA_BINDING_STAY_LOADED_H_

namespace binding {

// Keeps the addon in memory until the process ends: compute threads outlive the worker that loaded it first.
// On Linux the linker option nodelete does this.
void StayLoaded();

}  // namespace binding

#endif  // PERCEPTRA_BINDING_STAY_LOADED_H_
