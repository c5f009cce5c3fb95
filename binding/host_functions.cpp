// Windows: an addon takes its Node-API functions from the program that loads it, which may be node.exe or any
// Electron program. An import names one file. So each function here is a jump through a table that is filled
// when the library is loaded.
#include <windows.h>

#include <cstddef>
#include <iterator>

#define STRING(text) #text
#define HOST_FUNCTION(name, index) \
  asm(".globl " #name "\n" #name ":\n  jmp *perceptra_host_table+8*" STRING(index) "(%rip)\n");
asm(".text\n");
#include "host_functions.inc"  // from the names in node-api-headers, by CMake
#undef HOST_FUNCTION

namespace {

// Stands for a function that the program does not have.
int Missing() {
  constexpr int kGenericFailure = 9;  // napi_generic_failure
  return kGenericFailure;
}

constexpr const char* kNames[] = {
#define HOST_FUNCTION(name, index) #name,
#include "host_functions.inc"
#undef HOST_FUNCTION
};

}  // namespace

extern "C" {
[[gnu::used]] void* perceptra_host_table[std::size(kNames)];
}

namespace {

void* Find(const char* name) {
  for (const char* library : {static_cast<const char*>(nullptr), "libnode.dll"}) {
    const HMODULE host = GetModuleHandleA(library);
    const FARPROC found = host == nullptr ? nullptr : GetProcAddress(host, name);
    if (found != nullptr) return reinterpret_cast<void*>(found);
  }
  return reinterpret_cast<void*>(Missing);
}

[[gnu::constructor]] void FillTable() {
  for (std::size_t i = 0; i < std::size(kNames); ++i) perceptra_host_table[i] = Find(kNames[i]);
}

}  // namespace
