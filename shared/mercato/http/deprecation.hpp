#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mercato/clock/clock.hpp"
#include "mercato/http/message.hpp"

namespace mercato::http {

/// A version of the API on its way out: every answer to a path below `path_prefix` says since when
/// it is deprecated (RFC 9745), when it will be gone (RFC 8594), and where to read more.
struct Deprecation {
  std::string path_prefix;          // "/api/v1/"
  std::optional<Timestamp> since;   // nothing: it is not deprecated
  std::optional<Timestamp> sunset;  // nothing: nobody knows yet
  std::string link;                 // empty: there is nothing to read
};

/// For the whole process; to be called before a server starts. Throws std::invalid_argument if the
/// link cannot stand in a header.
void announce_deprecation(Deprecation deprecation);

/// Adds what was announced about this path, if anything was. From any thread.
void add_deprecation(std::string_view path, Headers& headers);

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7).
[[nodiscard]] std::string to_http_date(Timestamp at);

}  // namespace mercato::http
