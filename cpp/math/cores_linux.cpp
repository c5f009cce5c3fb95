// Reads CPU quotas and hyperthreads from Linux's files: the only files that the core reads.
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <limits>
#include <optional>
#include <string_view>

#include "math/cores.h"

namespace mlp {
namespace {

constexpr double kNoQuota = std::numeric_limits<double>::infinity();
constexpr double kDefaultPeriod = 100'000;  // microseconds, as in the kernel

// Empty where there is no such file.
std::string ReadText(const std::string& path) {
  std::string text;
  std::FILE* const file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) return text;
  char buffer[4096];
  for (std::size_t n; (n = std::fread(buffer, 1, sizeof(buffer), file)) > 0;) text.append(buffer, n);
  std::fclose(file);
  return text;
}

// Takes the text up to the first of `separators` off the front of `text`, and the separator too.
std::string_view TakeField(std::string_view& text, std::string_view separators) {
  const std::size_t end = std::min(text.find_first_of(separators), text.size());
  const std::string_view field = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return field;
}

std::optional<long> ParseNumber(std::string_view text) {
  long number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

double Quota(std::optional<long> quota, double period) {
  return quota && *quota > 0 && period > 0 ? static_cast<double>(*quota) / period : kNoQuota;
}

// The file holds "max 100000", "150000 100000" or "150000".
double QuotaOfVersion2(const std::string& folder) {
  const std::string file = ReadText(folder + "/cpu.max");
  std::string_view rest = file;
  std::string_view line = TakeField(rest, "\n");
  const std::optional<long> quota = ParseNumber(TakeField(line, " "));
  const std::optional<long> period = ParseNumber(line);
  if (!period && !line.empty()) return kNoQuota;
  return Quota(quota, period ? static_cast<double>(*period) : kDefaultPeriod);
}

// A quota of -1 means none.
double QuotaOfVersion1(const std::string& folder) {
  const auto read = [&](const char* name) {
    const std::string file = ReadText(folder + name);
    std::string_view rest = file;
    return ParseNumber(TakeField(rest, "\n"));
  };
  const std::optional<long> quota = read("/cpu.cfs_quota_us");
  if (!quota) return kNoQuota;
  return Quota(quota, static_cast<double>(read("/cpu.cfs_period_us").value_or(0)));
}

// The strictest quota of a group and of all groups above it. In a container the path may be the host's, of
// which the mount has only a parent or the root.
template <typename F>
double StrictestQuota(const std::string& mount, std::string path, F quota_of) {
  // A group outside of the process's cgroup namespace: only the root surely applies to this process.
  if (path.find("/..") != std::string::npos) path.clear();
  double strictest = quota_of(mount);
  for (; path.size() > 1; path.resize(path.rfind('/'))) {
    strictest = std::min(strictest, quota_of(mount + path));
    if (path.front() != '/') break;
  }
  return strictest;
}

bool HasController(std::string_view controllers, std::string_view name) {
  while (!controllers.empty()) {
    if (TakeField(controllers, ",") == name) return true;
  }
  return false;
}

double ReadQuota(const std::string& root) {
  const std::string mounts = root + "/sys/fs/cgroup";
  double strictest = std::min(
      {QuotaOfVersion2(mounts), QuotaOfVersion1(mounts + "/cpu"), QuotaOfVersion1(mounts + "/cpu,cpuacct")});
  const std::string groups = ReadText(root + "/proc/self/cgroup");
  std::string_view rest = groups;
  while (!rest.empty()) {
    // "0::/path" for version 2, "4:cpu,cpuacct:/path" for version 1
    std::string_view path = TakeField(rest, "\n");
    const std::string_view hierarchy = TakeField(path, ":");
    const std::string_view controllers = TakeField(path, ":");
    if (hierarchy == "0" && controllers.empty()) {
      for (const char* folder : {"", "/unified"}) {
        strictest = std::min(strictest, StrictestQuota(mounts + folder, std::string(path), QuotaOfVersion2));
      }
    } else if (HasController(controllers, "cpu")) {
      for (const std::string_view controller : {std::string_view("cpu"), controllers}) {
        const std::string folder = std::string(mounts).append("/").append(controller);
        strictest = std::min(strictest, StrictestQuota(folder, std::string(path), QuotaOfVersion1));
      }
    }
  }
  return strictest;
}

// Parses "0-1,64,65"; empty for anything else.
std::vector<int> ParseCpuList(std::string_view list) {
  constexpr long kMostCpus = 1 << 16;
  std::vector<int> cpus;
  while (!list.empty()) {
    std::string_view range = TakeField(list, ",");
    const std::optional<long> first = ParseNumber(TakeField(range, "-"));
    const std::optional<long> last = range.empty() ? first : ParseNumber(range);
    if (!first || !last || *first < 0 || *last < *first || *last >= kMostCpus) return {};
    for (long cpu = *first; cpu <= *last; ++cpu) cpus.push_back(static_cast<int>(cpu));
  }
  return cpus;
}

// The CPUs of the same core, including this one.
std::vector<int> Siblings(int cpu, const std::string& root) {
  const std::string folder = root + "/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/";
  for (const char* name : {"core_cpus_list", "thread_siblings_list"}) {
    const std::string file = ReadText(folder + name);
    std::string_view rest = file;
    std::vector<int> siblings = ParseCpuList(TakeField(rest, "\n"));
    if (std::find(siblings.begin(), siblings.end(), cpu) != siblings.end()) return siblings;
  }
  return {cpu};
}

}  // namespace

CpuLimits ReadCpuLimits(const std::vector<int>& cpus, const std::string& root) {
  CpuLimits limits;
  limits.cpus = std::max(1, static_cast<int>(cpus.size()));
  limits.quota = ReadQuota(root);
  limits.core_of.assign(cpus.size(), -1);
  limits.cores = 0;
  for (std::size_t i = 0; i < cpus.size(); ++i) {
    if (limits.core_of[i] >= 0) continue;
    const std::vector<int> siblings = Siblings(cpus[i], root);
    for (std::size_t j = i; j < cpus.size(); ++j) {
      const bool sibling = std::find(siblings.begin(), siblings.end(), cpus[j]) != siblings.end();
      if (sibling && limits.core_of[j] < 0) limits.core_of[j] = limits.cores;
    }
    ++limits.cores;
  }
  limits.cores = std::max(1, limits.cores);
  return limits;
}

}  // namespace mlp
