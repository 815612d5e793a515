#include "mercato/id/random.hpp"

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace mercato {
namespace {

// Up to this size getrandom is neither interrupted nor cut short (getrandom(2)).
constexpr std::size_t kBufferBytes = 256;

void draw(std::span<std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const auto drawn = ::getrandom(bytes.data(), bytes.size(), 0);
    if (drawn < 0 && errno == EINTR) continue;
    if (drawn < 0) throw std::system_error(errno, std::generic_category(), "getrandom");
    bytes = bytes.subspan(static_cast<std::size_t>(drawn));
  }
}

struct Buffer {
  std::array<std::uint8_t, kBufferBytes> bytes{};
  std::size_t used = kBufferBytes;
};

}  // namespace

void fill_random(std::span<std::uint8_t> bytes) {
  if (bytes.empty()) return;
  if (bytes.size() > kBufferBytes / 4) return draw(bytes);
  thread_local Buffer buffer;
  if (buffer.used + bytes.size() > kBufferBytes) {
    draw(buffer.bytes);
    buffer.used = 0;
  }
  std::memcpy(bytes.data(), buffer.bytes.data() + buffer.used, bytes.size());
  // What was handed out is forgotten: it may have become a secret.
  std::memset(buffer.bytes.data() + buffer.used, 0, bytes.size());
  buffer.used += bytes.size();
}

}  // namespace mercato
