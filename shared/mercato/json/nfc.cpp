#include "mercato/json/nfc.hpp"

#include <uninorm.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

namespace mercato::json {
namespace {

struct Free {
  void operator()(std::uint8_t* bytes) const { std::free(bytes); }
};

}  // namespace

std::string to_nfc(std::string_view utf8) {
  const bool is_ascii = std::all_of(utf8.begin(), utf8.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x80;
  });
  if (is_ascii) return std::string(utf8);
  std::size_t size = 0;
  const std::unique_ptr<std::uint8_t, Free> normal(
      ::u8_normalize(UNINORM_NFC, reinterpret_cast<const std::uint8_t*>(utf8.data()), utf8.size(),
                     nullptr, &size));
  if (!normal) throw std::bad_alloc();  // the only failure for valid UTF-8
  return {reinterpret_cast<const char*>(normal.get()), size};
}

}  // namespace mercato::json
