#ifndef PERCEPTRA_BINDING_NAPI_SETUP_H_
#define PERCEPTRA_BINDING_NAPI_SETUP_H_

// The only include of napi.h; its defines come from CMakeLists.txt.
#include <napi.h>

#endif  // PERCEPTRA_BINDING_NAPI_SETUP_H_
