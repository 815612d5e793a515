#include "mercato/id/uuid.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>

#include "mercato/id/random.hpp"

namespace mercato {
namespace {

using Bytes = std::array<std::uint8_t, 16>;

/// 60 bits: the Unix time in 4,096ths of a millisecond.
std::uint64_t ticks_of(Timestamp at) {
  const auto micros = static_cast<std::uint64_t>(at.time_since_epoch().count());
  return (micros / 1'000) << 12 | (micros % 1'000) * 4'096 / 1'000;
}

Uuid with_ticks(std::uint64_t ticks) {
  Bytes bytes{};
  fill_random(bytes);
  for (std::size_t i = 0; i < 6; ++i) bytes[i] = static_cast<std::uint8_t>(ticks >> (52 - 8 * i));
  bytes[6] = static_cast<std::uint8_t>(0x70U | (ticks >> 8 & 0x0fU));
  bytes[7] = static_cast<std::uint8_t>(ticks);
  bytes[8] = static_cast<std::uint8_t>(0x80U | (bytes[8] & 0x3fU));
  return Uuid(bytes);
}

/// Later than all that were given out before, to whichever thread.
std::uint64_t next_ticks() {
  static std::atomic<std::uint64_t> last{0};
  const auto now = ticks_of(system_clock().now());
  auto before = last.load(std::memory_order_relaxed);
  auto next = now;
  do {
    // A clock that stands still or was set back must not reorder ids: we run ahead of it.
    next = std::max(before + 1, now);
  } while (!last.compare_exchange_weak(before, next, std::memory_order_relaxed));
  return next;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr bool is_dash(std::size_t at) {
  return at == 8 || at == 13 || at == 18 || at == 23;
}

}  // namespace

Uuid Uuid::v7() {
  return with_ticks(next_ticks());
}

Uuid Uuid::v7(Timestamp at) {
  return with_ticks(ticks_of(at));
}

std::optional<Uuid> Uuid::parse(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  Bytes bytes{};
  std::size_t nibble = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_dash(i)) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const int value = hex_value(text[i]);
    if (value < 0) return std::nullopt;
    auto& byte = bytes[nibble / 2];
    byte = static_cast<std::uint8_t>((byte << 4) | value);
    ++nibble;
  }
  return Uuid(bytes);
}

std::string Uuid::str() const {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text(36, '-');
  std::size_t nibble = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_dash(i)) continue;
    const auto byte = bytes_[nibble / 2];
    text[i] = kHex[nibble % 2 == 0 ? byte >> 4 : byte & 0x0fU];
    ++nibble;
  }
  return text;
}

std::optional<Timestamp> Uuid::time() const {
  if (bytes_[6] >> 4 != 7) return std::nullopt;
  std::int64_t millis = 0;
  for (std::size_t i = 0; i < 6; ++i) millis = (millis << 8) | bytes_[i];
  return Timestamp(std::chrono::milliseconds(millis));
}

}  // namespace mercato

std::size_t std::hash<mercato::Uuid>::operator()(const mercato::Uuid& id) const noexcept {
  std::uint64_t front = 0;
  std::uint64_t back = 0;
  std::memcpy(&front, id.bytes().data(), sizeof front);
  std::memcpy(&back, id.bytes().data() + 8, sizeof back);
  return front ^ back;  // the back is random already
}
