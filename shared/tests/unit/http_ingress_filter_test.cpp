#include <mercato/http/inbound/ingress_filter.hpp>
#include <mercato/http/syntax.hpp>

#include <string>
#include <vector>

#include <support/catch.hpp>

using namespace mercato;
using namespace mercato::http::inbound;

namespace {

struct Outcome {
  std::optional<Error> error;
  Head head;

  [[nodiscard]] std::string code() const { return error ? error->code() : "fine"; }
};

/// The text must outlive the outcome, whose head points into it.
Outcome filter(std::string_view text, const HeadLimits& limits = {}) {
  Outcome outcome;
  HeadScanner scanner(limits);
  const auto verdict = scanner.scan(text);
  if (verdict == HeadScanner::Verdict::refused) {
    outcome.error = scanner.error();
  } else {
    REQUIRE(verdict == HeadScanner::Verdict::complete);
    outcome.error = read_head(text.substr(0, scanner.size()), limits, outcome.head);
  }
  return outcome;
}

std::string with_header(const std::string& line) {
  return "POST /a HTTP/1.1\r\nHost: a\r\n" + line + "\r\n\r\n";
}

}  // namespace

TEST_CASE("the filter reads an ordinary head", "[http][unit]") {
  const std::string text =
      "PUT /a/b?c=d HTTP/1.1\r\nHost: shop:80\r\nContent-Length: 12\r\nX-Empty:\r\n"
      "X-Padded: \t two words \t\r\nExpect: 100-continue\r\n\r\nnot the head";
  const auto outcome = filter(text);
  REQUIRE(outcome.code() == "fine");
  const auto& head = outcome.head;
  CHECK(head.method == "PUT");
  CHECK(head.target == "/a/b?c=d");
  CHECK_FALSE(head.http_1_0);
  CHECK(head.content_length == 12);
  CHECK(head.keep_alive);
  CHECK(head.expects_continue);
  CHECK(head.value_of("x-padded") == "two words");
  CHECK(head.value_of("X-EMPTY").empty());
  CHECK(head.value_of("X-Absent").empty());
}

TEST_CASE("the connection is kept or closed as version and Connection say", "[http][unit]") {
  const auto keeps = [](const std::string& version, const std::string& connection) {
    const std::string text =
        "GET / " + version + "\r\nHost: a\r\nConnection: " + connection + "\r\n\r\n";
    const auto outcome = filter(text);
    REQUIRE(outcome.code() == "fine");
    return outcome.head.keep_alive;
  };
  CHECK(keeps("HTTP/1.1", "keep-alive"));
  CHECK(keeps("HTTP/1.1", "upgrade"));
  CHECK_FALSE(keeps("HTTP/1.1", "close"));
  CHECK_FALSE(keeps("HTTP/1.1", "te, Close"));
  CHECK(keeps("HTTP/1.0", "Keep-Alive"));
  CHECK_FALSE(keeps("HTTP/1.0", ""));
  for (const std::string version : {"HTTP/1.1", "HTTP/1.0"}) {
    CHECK_FALSE(keeps(version, "close, keep-alive"));
    CHECK_FALSE(keeps(version, "keep-alive, close"));
    CHECK_FALSE(keeps(version, "close\r\nConnection: keep-alive"));
  }
}

TEST_CASE("what two parsers could read differently is refused", "[http][unit]") {
  const std::string nul(1, '\0');
  const std::vector<std::pair<std::string, std::string>> table = {
      {"two lengths", with_header("Content-Length: 1\r\nContent-Length: 1")},
      {"length and chunks", with_header("Content-Length: 1\r\nTransfer-Encoding: chunked")},
      {"chunks", with_header("Transfer-Encoding: chunked")},
      {"disguised chunks", with_header("Transfer-Encoding: \tidentity")},
      {"a signed length", with_header("Content-Length: +1")},
      {"a negative length", with_header("Content-Length: -1")},
      {"a list of lengths", with_header("Content-Length: 1, 1")},
      {"a hexadecimal length", with_header("Content-Length: 0x10")},
      {"an empty length", with_header("Content-Length:")},
      {"a folded header", with_header("X-A: b\r\n c")},
      {"a header folded with a tab", with_header("X-A: b\r\n\tc: d")},
      {"a space before the colon", with_header("X-A : b")},
      {"no colon", with_header("X-A b")},
      {"no name", with_header(": b")},
      {"a NUL in a value", with_header("X-A: b" + nul)},
      {"a NUL in a name", with_header("X" + nul + ": b")},
      {"a bare CR", with_header("X-A: b\rX-B: c")},
      {"a control character", with_header("X-A: b\x01")},
      {"DEL", with_header("X-A: b\x7f")},
      {"bytes that are not UTF-8", with_header("X-A: \xff\xfe")},
      {"an encoded line break", with_header("X-A: b%0d%0aX-B: c")},
      {"an encoded NUL", with_header("X-A: %00")},
      {"two hosts", with_header("Host: b")},
      {"two media types", with_header("Content-Type: a/b\r\nContent-Type: a/b")},
      {"a NUL in a key", with_header("Idempotency-Key: a" + nul)},
      {"a bare CR in a key", with_header("Idempotency-Key: a\rX-B: c")},
      {"a control character in an agent", with_header("User-Agent: a\x01")},
      {"two authorizations", with_header("Authorization: a\r\nAuthorization: b")},
      {"an unknown expectation", with_header("Expect: a-miracle")},
      {"no host", "GET / HTTP/1.1\r\n\r\n"},
      {"a host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"},
      {"a host with a user", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n"},
      {"lines ending in LF", "GET / HTTP/1.1\nHost: a\n\n"},
      {"one line ending in LF", "GET / HTTP/1.1\r\nHost: a\nX-A: b\r\n\r\n"},
      {"HTTP/2", "GET / HTTP/2.0\r\nHost: a\r\n\r\n"},
      {"HTTP/0.9", "GET /\r\n\r\n"},
      {"a version in lower case", "GET / http/1.1\r\nHost: a\r\n\r\n"},
      {"two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"a space in the target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"no target", "GET  HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"a tab for a space", "GET\t/\tHTTP/1.1\r\nHost: a\r\n\r\n"},
      {"a method that is no token", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"a first line that is a header", "Host: a\r\n\r\n"},
      {"TLS", "\x16\x03\x01\x02"},
  };
  for (const auto& [what, text] : table) {
    INFO(what);
    CHECK(filter(text).code() == "bad_request");
  }
}

TEST_CASE("a client may call itself and its key what it likes", "[http][unit]") {
  for (const std::string line :
       {"User-Agent: caf\xe9", "User-Agent: a%0ax", "Idempotency-Key: a%0ax",
        "Idempotency-Key: \xe9", "Idempotency-Key: a\x01"}) {
    INFO(line);
    const auto text = with_header(line);
    const auto outcome = filter(text);
    REQUIRE(outcome.code() == "fine");
    CHECK(outcome.head.fields.back().value == line.substr(line.find(' ') + 1));
  }
}

TEST_CASE("an encoded line break may be quoted in a Referer", "[http][unit]") {
  CHECK(filter(with_header("Referer: http://a/?q=%0d%0a")).code() == "fine");
  CHECK(filter(with_header("X-A: 50%25")).code() == "fine");
}

TEST_CASE("a coded body is refused as a media type", "[http][unit]") {
  CHECK(filter(with_header("Content-Encoding: gzip")).code() == "unsupported_media_type");
  CHECK(filter(with_header("Content-Encoding: identity")).code() == "fine");
}

TEST_CASE("a length beyond all bounds is too large, not malformed", "[http][unit]") {
  CHECK(filter(with_header("Content-Length: 99999999999999999999999")).code() ==
        "payload_too_large");
}

TEST_CASE("a head has bounds", "[http][unit]") {
  const HeadLimits limits;
  const std::string long_target(limits.max_target_bytes + 1, 'a');
  CHECK(filter("GET /" + long_target + " HTTP/1.1\r\nHost: a\r\n\r\n").code() == "uri_too_long");
  CHECK(filter(with_header("X-A: " + std::string(limits.max_bytes - 100, 'a'))).code() == "fine");
  CHECK(filter(with_header("X-A: " + std::string(limits.max_bytes, 'a'))).code() ==
        "headers_too_large");
  std::string many;
  for (std::size_t i = 0; i < limits.max_fields; ++i) many += "X-A: b\r\n";
  CHECK(filter(with_header(many + "X-A: b")).code() == "headers_too_large");
}

TEST_CASE("a head that never ends is refused at its bound", "[http][unit]") {
  const HeadLimits limits;
  HeadScanner endless_line(limits);
  CHECK(endless_line.scan(std::string(limits.max_target_bytes + 200, 'a')) ==
        HeadScanner::Verdict::refused);
  CHECK(endless_line.error().code() == "uri_too_long");
  HeadScanner endless_headers(limits);
  CHECK(endless_headers.scan("GET / HTTP/1.1\r\nX: " + std::string(limits.max_bytes, 'a')) ==
        HeadScanner::Verdict::refused);
  CHECK(endless_headers.error().code() == "headers_too_large");
}

TEST_CASE("the end of a head is found however it is cut into pieces", "[http][unit]") {
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  HeadScanner scanner{HeadLimits{}};
  for (std::size_t size = 1; size < head.size(); ++size) {
    INFO(size);
    CHECK(scanner.scan(head.substr(0, size)) == HeadScanner::Verdict::incomplete);
  }
  CHECK(scanner.scan(head + "more") == HeadScanner::Verdict::complete);
  CHECK(scanner.size() == head.size());
}

TEST_CASE("a refused head still tells the request id that came with it", "[http][unit]") {
  const std::string text = with_header("X-Request-Id: abc\r\nX-Bad : b\r\nX-After: c");
  const auto outcome = filter(text);
  CHECK(outcome.code() == "bad_request");
  CHECK(outcome.head.value_of("X-Request-Id") == "abc");
}

TEST_CASE("a control character is found wherever it is in a value", "[http]") {
  namespace syntax = http::syntax;
  CHECK(syntax::is_field_value(""));
  for (std::size_t size = 1; size < 20; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        for (const char around : {'a', ' ', '~', '\xff', '\t'}) {
          std::string text(size, around);
          text[at] = static_cast<char>(byte);
          const bool fits = byte == '\t' || (byte >= 0x20 && byte != 0x7f);
          if (syntax::is_field_value(text) != fits) FAIL(size << ' ' << at << ' ' << byte);
        }
      }
    }
  }
}
