#include "mercato/http/inbound/response_writer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>

#include "mercato/http/syntax.hpp"

namespace mercato::http::inbound {
namespace {

std::string_view reason_of(int status) {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 402: return "Payment Required";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 409: return "Conflict";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 422: return "Unprocessable Content";
    case 428: return "Precondition Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    default: return "";  // the reason may be empty (RFC 9112 section 4)
  }
}

// The connection's business, not a handler's.
constexpr std::array<std::string_view, 6> kOwnedByWriter = {
    "Content-Length", "Content-Type", "Connection", "Transfer-Encoding", "Keep-Alive", "Date"};

bool is_owned_by_writer(std::string_view name) {
  return std::any_of(kOwnedByWriter.begin(), kOwnedByWriter.end(), [&](std::string_view owned) {
    return syntax::equal_ignoring_case(owned, name);
  });
}

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7), made once a second by each thread.
std::string_view http_date() {
  thread_local std::time_t made_at = 0;
  thread_local std::array<char, 32> text{};
  thread_local std::size_t size = 0;
  const std::time_t now = std::time(nullptr);
  if (now != made_at) {
    std::tm parts{};
    gmtime_r(&now, &parts);
    size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    made_at = now;
  }
  return {text.data(), size};
}

void append_number(std::string& output, std::size_t number, int base = 10) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, base).ptr;
  output.append(digits.data(), end);
}

void append_line(std::string& output, std::string_view name, std::string_view value) {
  output.append(name).append(": ").append(value).append("\r\n");
}

void append_head(std::string& output, int status, std::string_view content_type,
                 const Headers& headers, const Framing& framing) {
  output.append("HTTP/1.1 ");
  append_number(output, static_cast<std::size_t>(status));
  output.append(" ").append(reason_of(status)).append("\r\n");
  append_line(output, "Date", http_date());
  if (!content_type.empty()) append_line(output, "Content-Type", content_type);
  for (const auto& [name, value] : headers.entries()) {
    if (!is_owned_by_writer(name)) append_line(output, name, value);
  }
  if (!framing.keep_alive) {
    append_line(output, "Connection", "close");
  } else if (framing.http_1_0) {
    append_line(output, "Connection", "keep-alive");
  }
}

bool has_no_body(int status) {
  return status == 204 || status == 304;
}

}  // namespace

bool is_sendable(std::string_view content_type, const Headers& headers) {
  const auto& entries = headers.entries();
  return syntax::is_field_value(content_type) &&
         std::all_of(entries.begin(), entries.end(), [](const auto& entry) {
           return syntax::is_token(entry.first) && syntax::is_field_value(entry.second);
         });
}

std::string write_response(const Response& response, const Framing& framing) {
  std::string output;
  output.reserve(256 + response.body.size());
  const bool bodiless = has_no_body(response.status);
  const bool typed = !bodiless && !response.body.empty();
  append_head(output, response.status, typed ? response.content_type : std::string_view(),
              response.headers, framing);
  if (!bodiless) {
    output.append("Content-Length: ");
    append_number(output, response.body.size());
    output.append("\r\n");
  }
  output.append("\r\n");
  if (!bodiless && !framing.head_only) output.append(response.body);
  return output;
}

std::string write_stream_head(const Stream& stream, const Framing& framing) {
  std::string output;
  append_head(output, 200, stream.content_type, stream.headers, framing);
  if (!framing.http_1_0) append_line(output, "Transfer-Encoding", "chunked");
  return output.append("\r\n");
}

void append_chunk(std::string& output, std::string_view bytes) {
  if (bytes.empty()) return;  // an empty chunk would end the stream
  append_number(output, bytes.size(), 16);
  output.append("\r\n").append(bytes).append("\r\n");
}

}  // namespace mercato::http::inbound
