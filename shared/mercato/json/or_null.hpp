#pragma once

#include <functional>
#include <optional>

#include "mercato/json/json.hpp"

namespace mercato::json {

/// The value, or null where there is none.
template <class T>
[[nodiscard]] Value or_null(const std::optional<T>& value) {
  return value ? Value(*value) : Value(nullptr);
}

/// What `part` makes of the value (a function, or a member of it), or null where there is none.
template <class T, class Part>
[[nodiscard]] Value or_null(const std::optional<T>& value, Part part) {
  return value ? Value(std::invoke(part, *value)) : Value(nullptr);
}

}  // namespace mercato::json
