#include "mercato/http/inbound/ingress_filter.hpp"

#include <algorithm>
#include <string>

#include "mercato/http/syntax.hpp"
#include "mercato/json/utf8.hpp"

namespace mercato::http::inbound {
namespace {

constexpr std::size_t kMaxContentLengthDigits = 18;
constexpr std::string_view kHostMarks = "-._~%!$&'()*+,;=:[]";

Error bad_request(std::string detail) {
  return {ErrorKind::bad_request, "bad_request", std::move(detail)};
}

Error headers_too_large(std::string detail) {
  return {ErrorKind::headers_too_large, "headers_too_large", std::move(detail)};
}

Error uri_too_long() {
  return {ErrorKind::uri_too_long, "uri_too_long", "The address is longer than 8,000 bytes."};
}

std::string_view take_line(std::string_view& bytes) {
  const auto line = bytes.substr(0, bytes.find("\r\n"));
  bytes.remove_prefix(line.size() + 2);
  return line;
}

std::optional<Error> read_request_line(std::string_view line, const HeadLimits& limits,
                                       Head& head) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    return bad_request("The request line is malformed.");
  }
  head.method = line.substr(0, first);
  head.target = line.substr(first + 1, last - first - 1);
  const auto version = line.substr(last + 1);
  if (!syntax::is_token(head.method)) return bad_request("The method is malformed.");
  if (head.target.size() > limits.max_target_bytes) return uri_too_long();
  if (head.target.empty() || head.target.find(' ') != std::string_view::npos) {
    return bad_request("The request line is malformed.");
  }
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    return bad_request("Only HTTP/1.1 and HTTP/1.0 are spoken here.");
  }
  head.http_1_0 = version == "HTTP/1.0";
  head.keep_alive = !head.http_1_0;
  return std::nullopt;
}

/// A value that is harmless as it is but holds a line break once percent-decoded: whatever decodes
/// it later would be split by it.
bool hides_line_break(std::string_view value) {
  for (auto at = value.find('%'); at != std::string_view::npos; at = value.find('%', at + 1)) {
    const auto code = value.substr(at + 1, 2);
    if (code == "00" || syntax::equal_ignoring_case(code, "0d") ||
        syntax::equal_ignoring_case(code, "0a")) {
      return true;
    }
  }
  return false;
}

bool is_allowed(const Field& field) {
  const auto is = [&](std::string_view name) {
    return syntax::equal_ignoring_case(field.name, name);
  };
  constexpr std::string_view kNeverAllowed{"\r\n\0", 3};
  if (is("Idempotency-Key")) {
    return field.value.find_first_of(kNeverAllowed) == std::string_view::npos;
  }
  if (!syntax::is_field_value(field.value)) return false;
  // Clients write there what they like, in any old encoding (RFC 9110 section 5.5), and nobody
  // decodes it; a Referer may rightly quote a URL with line breaks.
  if (is("User-Agent") || is("Referer")) return true;
  return json::is_valid_utf8(field.value) && !hides_line_break(field.value);
}

std::optional<Error> read_field(std::string_view line, const HeadLimits& limits, Head& head) {
  if (head.fields.size() == limits.max_fields) return headers_too_large("Too many headers.");
  if (line.front() == ' ' || line.front() == '\t') {
    return bad_request("A header is folded over two lines.");
  }
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || !syntax::is_token(line.substr(0, colon))) {
    return bad_request("A header's name is malformed.");
  }
  const Field field{line.substr(0, colon), syntax::trim(line.substr(colon + 1))};
  if (!is_allowed(field)) {
    return bad_request("A header's value holds characters that are not allowed.");
  }
  head.fields.push_back(field);
  return std::nullopt;
}

bool is_host(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) {
    return syntax::is_alphanumeric(c) || kHostMarks.find(c) != std::string_view::npos;
  });
}

std::optional<Error> read_content_length(std::string_view value, Head& head) {
  const bool digits = !value.empty() && std::all_of(value.begin(), value.end(),
                                                    [](char c) { return c >= '0' && c <= '9'; });
  if (!digits) return bad_request("Content-Length is no number.");
  if (value.size() > kMaxContentLengthDigits) {
    return Error(ErrorKind::payload_too_large, "payload_too_large", "The body is too large.");
  }
  head.content_length = std::stoull(std::string(value));
  return std::nullopt;
}

/// What the headers read so far say about others.
struct Seen {
  // Must not be there twice, since two readers may each believe another one.
  std::size_t host = 0;
  std::size_t content_length = 0;
  std::size_t authorization = 0;
  std::size_t content_type = 0;
  bool close = false;  // an option of Connection
};

void read_connection(std::string_view value, Head& head, Seen& seen) {
  while (!value.empty()) {
    const auto option = value.substr(0, value.find(','));
    value.remove_prefix(std::min(value.size(), option.size() + 1));
    if (syntax::equal_ignoring_case(syntax::trim(option), "close")) seen.close = true;
    if (syntax::equal_ignoring_case(syntax::trim(option), "keep-alive")) head.keep_alive = true;
  }
  // Wherever it stands (RFC 9112 section 9.3).
  if (seen.close) head.keep_alive = false;
}

std::optional<Error> check_field(const Field& field, Head& head, Seen& seen) {
  const auto is = [&](std::string_view name) {
    return syntax::equal_ignoring_case(field.name, name);
  };
  if (is("Host")) {
    if (++seen.host > 1 || !is_host(field.value)) return bad_request("Host is malformed.");
  } else if (is("Content-Length")) {
    if (++seen.content_length > 1) return bad_request("Content-Length is there twice.");
    return read_content_length(field.value, head);
  } else if (is("Authorization")) {
    if (++seen.authorization > 1) return bad_request("Authorization is there twice.");
  } else if (is("Content-Type")) {
    if (++seen.content_type > 1) return bad_request("Content-Type is there twice.");
  } else if (is("Transfer-Encoding")) {
    return bad_request("Transfer-Encoding is not accepted: send Content-Length.");
  } else if (is("Content-Encoding") && !syntax::equal_ignoring_case(field.value, "identity")) {
    return Error(ErrorKind::unsupported_media_type, "unsupported_media_type",
                 "Content-Encoding is not accepted.");
  } else if (is("Connection")) {
    read_connection(field.value, head, seen);
  } else if (is("Expect")) {
    if (!syntax::equal_ignoring_case(field.value, "100-continue")) {
      return bad_request("Expect knows only 100-continue.");
    }
    head.expects_continue = !head.http_1_0;
  }
  return std::nullopt;
}

}  // namespace

std::string_view Head::value_of(std::string_view name) const {
  for (const auto& field : fields) {
    if (syntax::equal_ignoring_case(field.name, name)) return field.value;
  }
  return {};
}

HeadScanner::Verdict HeadScanner::refuse(Error error) {
  error_ = std::move(error);
  return Verdict::refused;
}

HeadScanner::Verdict HeadScanner::scan(std::string_view bytes) {
  if (scanned_ == 0 && !bytes.empty() && !syntax::is_token_character(bytes.front())) {
    return refuse(bad_request("This is not HTTP."));
  }
  while (true) {
    const auto feed = bytes.find('\n', scanned_);
    const auto line_end = feed == std::string_view::npos ? bytes.size() : feed;
    const bool in_request_line = lines_ == 0;
    if (in_request_line && line_end > limits_.max_target_bytes + 100) return refuse(uri_too_long());
    if (line_end >= limits_.max_bytes)
      return refuse(headers_too_large("The headers are too large."));
    if (feed == std::string_view::npos) {
      scanned_ = bytes.size();
      return Verdict::incomplete;
    }
    // A line that ends in LF alone is where parsers disagree; waiting for its CR would hang.
    if (feed == 0 || bytes[feed - 1] != '\r') {
      return refuse(bad_request("A line does not end with CR LF."));
    }
    const bool empty_line = feed - 1 == line_start_;
    scanned_ = line_start_ = feed + 1;
    ++lines_;
    if (empty_line) return Verdict::complete;
  }
}

std::optional<Error> read_head(std::string_view bytes, const HeadLimits& limits, Head& head) {
  if (auto error = read_request_line(take_line(bytes), limits, head)) return error;
  std::optional<Error> first_error;
  while (bytes.size() > 2) {
    auto error = read_field(take_line(bytes), limits, head);
    if (error && !first_error) first_error = std::move(error);
  }
  if (first_error) return first_error;
  Seen seen;
  for (const auto& field : head.fields) {
    if (auto error = check_field(field, head, seen)) return error;
  }
  if (seen.host == 0 && !head.http_1_0) return bad_request("Host is missing.");
  return std::nullopt;
}

}  // namespace mercato::http::inbound
