// Windows: the Node-API functions are in the program that loads the addon: node.exe, or an Electron program
// of any name. A DLL import names one file, so each function here is a jump through a table that is filled
// when the addon is loaded.
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

// In place of a function that the program lacks.
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
    const FARPROC address = host == nullptr ? nullptr : GetProcAddress(host, name);
    if (address != nullptr) return reinterpret_cast<void*>(address);
  }
  return reinterpret_cast<void*>(Missing);
}

[[gnu::constructor]] void FillTable() {
  for (std::size_t i = 0; i < std::size(kNames); ++i) perceptra_host_table[i] = Find(kNames[i]);
}

}  // namespace
