#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "mercato/error/error.hpp"

namespace mercato::http::inbound {

struct HeadLimits {
  std::size_t max_bytes = 16 * 1024;     // request line and headers together
  std::size_t max_target_bytes = 8'000;  // longer ones httplib would refuse without a reason
  std::size_t max_fields = 100;
};

struct Field {
  std::string_view name;
  std::string_view value;
};

/// The head of a request as it was sent, checked. All views point into the bytes that were read.
struct Head {
  std::string_view method;
  std::string_view target;
  bool http_1_0 = false;
  std::vector<Field> fields;
  std::uint64_t content_length = 0;
  bool keep_alive = true;
  bool expects_continue = false;

  [[nodiscard]] std::string_view value_of(std::string_view name) const;
};

/// Finds the end of the head in bytes that arrive piece by piece. Remembers how far it looked, so
/// that a dripping client costs each byte once.
class HeadScanner {
 public:
  enum class Verdict { incomplete, complete, refused };

  explicit HeadScanner(const HeadLimits& limits) : limits_(limits) {}
  /// `bytes` is everything that has arrived so far, from the first byte of the request.
  [[nodiscard]] Verdict scan(std::string_view bytes);
  /// Bytes of the head with its empty line; valid once complete.
  [[nodiscard]] std::size_t size() const { return line_start_; }
  /// Why it was refused; valid once refused.
  [[nodiscard]] const Error& error() const { return *error_; }

 private:
  Verdict refuse(Error error);

  HeadLimits limits_;
  std::size_t scanned_ = 0;
  std::size_t line_start_ = 0;
  std::size_t lines_ = 0;
  std::optional<Error> error_;
};

/// Parses one whole head and refuses everything that two HTTP parsers might read differently
/// (RFC 9112 sections 2.2, 3, 5.1 and 6.3, and "request smuggling" in its section 11.2), and what
/// we do not speak: any Transfer-Encoding, any Content-Encoding. Returns the error; nothing if
/// fine. `head` is filled as far as parsing came, so that a refusal can still echo the request id.
/// Values are UTF-8 without control characters, but for two: User-Agent may hold any bytes above
/// ASCII, Idempotency-Key anything but CR, LF and NUL, since who takes one says what is wrong.
[[nodiscard]] std::optional<Error> read_head(std::string_view bytes, const HeadLimits& limits,
                                             Head& head);

}  // namespace mercato::http::inbound
