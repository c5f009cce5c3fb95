// Refuses allocations of perceptra's addon, and of nothing else: an addon that puts functions of its own in
// the place of operator new in the table through which perceptra's calls leave it (Linux, ELF).
//   install(path): how many entries of the table were replaced; the path is the addon's
//   refuse(n, lasting): refuses the n-th allocation from here on, and with `lasting` all that follow; 0: none
//   counted(): allocations since then
#include <elf.h>
#include <link.h>
#include <node_api.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <string>

namespace {

std::atomic<long> counted{0}, first{0}, last{0};

bool Refused() {
  const long n = ++counted;
  return n >= first && n <= last;
}

void* New(std::size_t size) {
  if (Refused()) throw std::bad_alloc();
  return ::operator new(size);
}
void* NewAligned(std::size_t size, std::align_val_t alignment) {
  if (Refused()) throw std::bad_alloc();
  return ::operator new(size, alignment);
}
void* NewOrNull(std::size_t size, const std::nothrow_t&) noexcept {
  return Refused() ? nullptr : ::operator new(size, std::nothrow);
}
void* NewAlignedOrNull(std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return Refused() ? nullptr : ::operator new(size, alignment, std::nothrow);
}

// By the mangled name; new[] frees with delete[], which is the same.
void* ReplacementFor(const std::string& name) {
  if (name == "_Znwm" || name == "_Znam") return reinterpret_cast<void*>(New);
  if (name == "_ZnwmSt11align_val_t" || name == "_ZnamSt11align_val_t")
    return reinterpret_cast<void*>(NewAligned);
  if (name == "_ZnwmRKSt9nothrow_t" || name == "_ZnamRKSt9nothrow_t")
    return reinterpret_cast<void*>(NewOrNull);
  if (name == "_ZnwmSt11align_val_tRKSt9nothrow_t" || name == "_ZnamSt11align_val_tRKSt9nothrow_t") {
    return reinterpret_cast<void*>(NewAlignedOrNull);
  }
  return nullptr;
}

// The loader has turned these addresses into absolute ones with glibc, but not with musl.
template <typename T>
const T* At(ElfW(Addr) base, ElfW(Addr) address) {
  return reinterpret_cast<const T*>(address < base ? base + address : address);
}

void Write(ElfW(Addr) slot, void* value) {
  const auto page = static_cast<ElfW(Addr)>(sysconf(_SC_PAGESIZE));
  void* const start = reinterpret_cast<void*>(slot / page * page);
  if (mprotect(start, page, PROT_READ | PROT_WRITE) == 0) *reinterpret_cast<void**>(slot) = value;
}

struct Search {
  std::string path;
  int replaced = 0;
};

int ReplaceIn(dl_phdr_info* object, std::size_t, void* data) {
  Search& search = *static_cast<Search*>(data);
  if (search.path != object->dlpi_name) return 0;
  const ElfW(Addr) base = object->dlpi_addr;
  const ElfW(Dyn)* dynamic = nullptr;
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    if (object->dlpi_phdr[i].p_type == PT_DYNAMIC) {
      dynamic = reinterpret_cast<const ElfW(Dyn)*>(base + object->dlpi_phdr[i].p_vaddr);
    }
  }
  const ElfW(Sym)* symbols = nullptr;
  const char* names = nullptr;
  const ElfW(Rela) * tables[2] = {};
  std::size_t bytes[2] = {};
  for (; dynamic != nullptr && dynamic->d_tag != DT_NULL; ++dynamic) {
    const ElfW(Addr) address = dynamic->d_un.d_ptr;
    if (dynamic->d_tag == DT_SYMTAB) symbols = At<ElfW(Sym)>(base, address);
    if (dynamic->d_tag == DT_STRTAB) names = At<char>(base, address);
    if (dynamic->d_tag == DT_JMPREL) tables[0] = At<ElfW(Rela)>(base, address);
    if (dynamic->d_tag == DT_RELA) tables[1] = At<ElfW(Rela)>(base, address);
    if (dynamic->d_tag == DT_PLTRELSZ) bytes[0] = dynamic->d_un.d_val;
    if (dynamic->d_tag == DT_RELASZ) bytes[1] = dynamic->d_un.d_val;
  }
  if (symbols == nullptr || names == nullptr) return 0;
  for (int t = 0; t < 2; ++t) {
    for (std::size_t i = 0; i < bytes[t] / sizeof(ElfW(Rela)); ++i) {
      const ElfW(Rela)& entry = tables[t][i];
      const auto symbol = ELF64_R_SYM(entry.r_info);
      if (symbol == 0) continue;
      if (void* const replacement = ReplacementFor(names + symbols[symbol].st_name)) {
        Write(base + entry.r_offset, replacement);
        ++search.replaced;
      }
    }
  }
  return 0;
}

napi_value Install(napi_env env, napi_callback_info info) {
  std::size_t count = 1, length = 0;
  napi_value path, result;
  char text[4096] = "";
  napi_get_cb_info(env, info, &count, &path, nullptr, nullptr);
  napi_get_value_string_utf8(env, path, text, sizeof(text), &length);
  Search search{text};
  dl_iterate_phdr(ReplaceIn, &search);
  napi_create_int32(env, search.replaced, &result);
  return result;
}

napi_value Refuse(napi_env env, napi_callback_info info) {
  std::size_t count = 2;
  napi_value arguments[2];
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  std::int64_t n = 0;
  bool lasting = false;
  napi_get_value_int64(env, arguments[0], &n);
  napi_get_value_bool(env, arguments[1], &lasting);
  first = last = 0;
  counted = 0;
  last = n == 0 ? -1 : lasting ? INT64_MAX : n;
  first = n;
  return nullptr;
}

napi_value Counted(napi_env env, napi_callback_info) {
  napi_value result;
  napi_create_int64(env, counted, &result);
  return result;
}

}  // namespace

NAPI_MODULE_INIT() {
  const auto set = [&](const char* name, napi_callback function) {
    napi_value value;
    napi_create_function(env, name, NAPI_AUTO_LENGTH, function, nullptr, &value);
    napi_set_named_property(env, exports, name, value);
  };
  set("install", Install);
  set("refuse", Refuse);
  set("counted", Counted);
  return exports;
}
