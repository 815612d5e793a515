#include "mercato/id/uuid.hpp"

#include <chrono>
#include <cstring>

#include "mercato/id/random.hpp"

namespace mercato {
namespace {

using Bytes = std::array<std::uint8_t, 16>;

constexpr std::uint64_t kCounterLimit = 1U << 12;

Bytes layout(std::uint64_t millis, std::uint64_t counter, Bytes random) {
  for (std::size_t i = 0; i < 6; ++i) random[i] = static_cast<std::uint8_t>(millis >> (40 - 8 * i));
  random[6] = static_cast<std::uint8_t>(0x70U | (counter >> 8));
  random[7] = static_cast<std::uint8_t>(counter & 0xffU);
  random[8] = static_cast<std::uint8_t>(0x80U | (random[8] & 0x3fU));
  return random;
}

std::uint64_t millis_of(Timestamp at) {
  const auto since_epoch = at.time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count());
}

// Half of the counter's range is left free, so that a busy millisecond has room to count up.
std::uint64_t fresh_counter(const Bytes& random) {
  return (static_cast<std::uint64_t>(random[6] & 0x07U) << 8) | random[7];
}

struct LastId {
  std::uint64_t millis = 0;
  std::uint64_t counter = 0;
};

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
  thread_local LastId last;
  Bytes random{};
  fill_random(random);
  const std::uint64_t now = millis_of(system_clock().now());
  if (now > last.millis) {
    last = {now, fresh_counter(random)};
  } else if (++last.counter == kCounterLimit) {
    // A clock that stands still or was set back must not reorder ids: we run ahead of it.
    last = {last.millis + 1, fresh_counter(random)};
  }
  return Uuid(layout(last.millis, last.counter, random));
}

Uuid Uuid::v7(Timestamp at) {
  Bytes random{};
  fill_random(random);
  return Uuid(layout(millis_of(at), fresh_counter(random), random));
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
