#include <malloc.h>
#include <sys/mman.h>

#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>

#include "mercato/process/service.hpp"

namespace mercato::process {
namespace {

/// One line of /proc/self/maps (proc(5)).
struct Mapping {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
  std::string permissions;
  std::string path;
};

Mapping parse(const std::string& line) {
  Mapping mapping;
  char dash = 0;
  std::string offset;
  std::string device;
  std::string inode;
  std::istringstream words(line);
  words >> std::hex >> mapping.begin >> dash >> mapping.end >> mapping.permissions >> offset >>
      device >> inode >> mapping.path;
  return mapping;
}

/// Code is never written to, so that what the file holds is what was mapped. (Read-only data is not
/// all like that: some of it was relocated.)
bool is_code_of_a_file(const Mapping& mapping) {
  return mapping.permissions == "r-xp" && mapping.path.starts_with('/');
}

}  // namespace

void give_back_memory() {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    const auto mapping = parse(line);
    if (!is_code_of_a_file(mapping)) continue;
    auto* const begin = reinterpret_cast<void*>(mapping.begin);  // NOLINT: as /proc names it
    static_cast<void>(::madvise(begin, mapping.end - mapping.begin, MADV_DONTNEED));
  }
  ::malloc_trim(0);
}

}  // namespace mercato::process
