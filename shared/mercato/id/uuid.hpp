#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "mercato/clock/clock.hpp"

namespace mercato {

/// A UUID (RFC 9562) as 16 bytes in network order. Ordered bytewise, which for version 7 is by
/// time.
class Uuid {
 public:
  constexpr Uuid() = default;
  explicit constexpr Uuid(std::array<std::uint8_t, 16> bytes) : bytes_(bytes) {}

  /// A new version 7 id: 48 bits of Unix milliseconds, 12 bits for the part of the millisecond (RFC
  /// 9562 section 6.2 method 3), then random. So ids are in the order in which they were made:
  /// those of one process always, others if a microsecond apart and by clocks that agree.
  [[nodiscard]] static Uuid v7();
  [[nodiscard]] static Uuid v7(Timestamp at);
  /// Accepts the canonical 8-4-4-4-12 form only, either case; any version.
  [[nodiscard]] static std::optional<Uuid> parse(std::string_view text);

  [[nodiscard]] std::string str() const;
  [[nodiscard]] const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
  /// The time inside a version 7 id; nothing for other versions.
  [[nodiscard]] std::optional<Timestamp> time() const;

  friend auto operator<=>(const Uuid&, const Uuid&) = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

/// A UUID that names one kind of thing: `using OrderId = mercato::Id<struct OrderTag>;`, so that an
/// id of one kind cannot be passed where another is meant.
template <class Tag>
class Id {
 public:
  Id() = default;
  explicit Id(Uuid value) : value_(value) {}

  [[nodiscard]] static Id make() { return Id(Uuid::v7()); }
  [[nodiscard]] static std::optional<Id> parse(std::string_view text) {
    const auto value = Uuid::parse(text);
    return value ? std::optional<Id>(Id(*value)) : std::nullopt;
  }

  [[nodiscard]] const Uuid& value() const { return value_; }
  [[nodiscard]] std::string str() const { return value_.str(); }
  friend auto operator<=>(const Id&, const Id&) = default;

 private:
  Uuid value_;
};

}  // namespace mercato

template <>
struct std::hash<mercato::Uuid> {
  std::size_t operator()(const mercato::Uuid& id) const noexcept;
};
template <class Tag>
struct std::hash<mercato::Id<Tag>> {
  std::size_t operator()(const mercato::Id<Tag>& id) const noexcept {
    return std::hash<mercato::Uuid>{}(id.value());
  }
};
