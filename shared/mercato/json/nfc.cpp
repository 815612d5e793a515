#include "mercato/json/nfc.hpp"

#include <unictype.h>
#include <uninorm.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

#include "mercato/json/utf8.hpp"

namespace mercato::json {
namespace {

struct Free {
  void operator()(std::uint8_t* bytes) const { std::free(bytes); }
};

std::string normalize(std::string_view utf8, uninorm_t form) {
  const bool is_ascii = std::all_of(utf8.begin(), utf8.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x80;
  });
  if (is_ascii) return std::string(utf8);
  std::size_t size = 0;
  const std::unique_ptr<std::uint8_t, Free> normal(
      ::u8_normalize(form, reinterpret_cast<const std::uint8_t*>(utf8.data()), utf8.size(),
                     nullptr, &size));
  if (!normal) throw std::bad_alloc();  // the only failure for valid UTF-8
  return {reinterpret_cast<const char*>(normal.get()), size};
}

}  // namespace

std::string to_nfc(std::string_view utf8) {
  return normalize(utf8, UNINORM_NFC);
}

std::string without_marks(std::string_view utf8) {
  const auto decomposed = normalize(utf8, UNINORM_NFKD);
  std::string plain;
  for (std::size_t at = 0; at < decomposed.size();) {
    const CodePoint c = decode_at(decomposed, at);
    const auto size = std::max<std::size_t>(c.size, 1);
    if (::uc_combining_class(c.value) == UC_CCC_NR) plain.append(decomposed, at, size);
    at += size;
  }
  return plain;
}

}  // namespace mercato::json
