#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace mercato::json {

/// Keeps members in the order they were written, so that answers read like their documentation.
using Value = nlohmann::ordered_json;

struct Limits {
  std::size_t depth = 32;
  std::size_t members = 2000;  // per object: ordered objects are searched linearly
  /// In all, containers too. One of three bytes takes some eighty in memory. An order of as many
  /// lines as there may be has 3,000.
  std::size_t values = 20'000;
};

/// For what a neighbour of ours answers. Its length is bounded by the client, and its values are
/// not made to be small: 8 MiB of orders have half as many.
inline constexpr Limits kNeighbourLimits{.values = 1'000'000};

/// Parses one JSON text (RFC 8259). Refuses duplicate keys, invalid UTF-8, trailing text and
/// nesting deeper than `limits`: Error 400 `malformed_json`. What is correct, but more than we hold
/// (NUL in a string, too many members or values, numbers beyond any double), is 422
/// `validation_failed`.
/// Integers outside 64 bits become doubles, which the typed readers then refuse.
[[nodiscard]] Value parse(std::string_view text, const Limits& limits = {});

/// Compact, UTF-8; invalid bytes are replaced, never thrown on.
[[nodiscard]] std::string dump(const Value& value);

}  // namespace mercato::json
