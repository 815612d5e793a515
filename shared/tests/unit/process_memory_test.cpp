#include <support/catch.hpp>

#include <fstream>
#include <string>

#include "mercato/process/service.hpp"

namespace {

/// Pages of files that are in memory for this process, in KiB.
long file_pages_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    long value = 0;
    if (word == "RssFile:" && status >> value) return value;
  }
  return 0;
}

}  // namespace

TEST_CASE("code that is not run again leaves memory, and is there when it is", "[process]") {
  const auto before = file_pages_kib();
  REQUIRE(before > 0);
  mercato::process::give_back_memory();
  CHECK(file_pages_kib() < before);
  CHECK(std::to_string(before).size() > 1);
}
