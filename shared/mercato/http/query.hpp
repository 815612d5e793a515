#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mercato/error/error.hpp"
#include "mercato/http/message.hpp"

namespace mercato::http {

/// Reads the query parameters a route knows and collects what is wrong with them, also that one is
/// there twice; unknown ones are ignored. finish() throws 400 `invalid_query` with `errors`
/// (pointer "?name").
class QueryReader {
 public:
  explicit QueryReader(const Request& request) : request_(request) {}

  std::optional<std::string> text(std::string_view name, std::size_t max_length = 200);
  std::optional<std::int64_t> integer(std::string_view name, std::int64_t min, std::int64_t max);
  std::optional<bool> boolean(std::string_view name);
  std::optional<Uuid> uuid(std::string_view name);
  std::optional<Timestamp> timestamp(std::string_view name);
  /// One of `allowed`.
  std::optional<std::string> choice(std::string_view name,
                                    const std::vector<std::string_view>& allowed);
  /// `limit`: default 20, clamped to 100, below 1 is a mistake.
  std::size_t limit();
  void fail(std::string_view name, std::string_view code, std::string_view detail);
  void finish();

 private:
  std::optional<std::string_view> shown(std::string_view name);

  const Request& request_;
  std::vector<FieldError> errors_;
};

/// An opaque keyset cursor: the sort key of the last row, bound by a hash to the filters it was
/// made for. Anyone may decode it; nobody can use it with other filters.
[[nodiscard]] std::string encode_cursor(const std::vector<std::string>& key,
                                        std::string_view filters);
/// Error 400 `invalid_cursor`, for whoever finds that a key is none of its own.
[[nodiscard]] Error invalid_cursor();
/// The query's `cursor`, if there is one; Error 400 `invalid_cursor` for one that is no text: it
/// was not made by us.
[[nodiscard]] std::optional<std::string_view> shown_cursor(const Request& request);
/// The key again; throws Error 400 `invalid_cursor` when tampered with or made for other filters.
[[nodiscard]] std::vector<std::string> decode_cursor(std::string_view cursor,
                                                     std::string_view filters);

}  // namespace mercato::http
