#pragma once

#include <string>
#include <string_view>

#include "mercato/http/message.hpp"

namespace mercato::http::inbound {

/// How an answer goes out on its connection.
struct Framing {
  bool keep_alive = true;
  bool http_1_0 = false;
  bool head_only = false;  // the request was HEAD: headers as for GET, no body
};

/// Whether every name and value may be sent: a CR LF in one would be a second answer.
[[nodiscard]] bool is_sendable(std::string_view content_type, const Headers& headers);

/// One whole HTTP/1.1 answer (RFC 9112). The one place that writes answers, whoever made them and
/// whenever. 204 and 304 have neither body nor length.
[[nodiscard]] std::string write_response(const Response& response, const Framing& framing);

/// The head of an answer without end: chunked, or ended by closing for an HTTP/1.0 client.
[[nodiscard]] std::string write_stream_head(const Stream& stream, const Framing& framing);
/// One chunk (RFC 9112 section 7.1).
void append_chunk(std::string& output, std::string_view bytes);
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace mercato::http::inbound
