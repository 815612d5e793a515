#include "support/http_call.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>

namespace mercato::test {
namespace {

using Steady = std::chrono::steady_clock;

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

HeaderList parse_headers(std::string_view lines) {
  HeaderList headers;
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find("\r\n"));
    const auto colon = line.find(':');
    if (colon != std::string_view::npos) {
      auto value = line.substr(colon + 1);
      value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
      headers.emplace_back(line.substr(0, colon), value);
    }
    lines.remove_prefix(std::min(line.size() + 2, lines.size()));
  }
  return headers;
}

/// 204 and 304 have no body, whatever their headers say (RFC 9112 section 6.3).
bool is_bodiless(std::string_view status_line) {
  return status_line.find(" 204 ") == 8 || status_line.find(" 304 ") == 8;
}

}  // namespace

std::string header(const HeaderList& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (same_name(key, name)) return value;
  }
  return {};
}

std::string serialize(const HttpCall& http_call, bool keep_alive) {
  std::string text = http_call.method + " " + http_call.target + " HTTP/1.1\r\n";
  if (test::header(http_call.headers, "Host").empty()) text += "Host: 127.0.0.1\r\n";
  for (const auto& [name, value] : http_call.headers) text += name + ": " + value + "\r\n";
  const bool has_body = !http_call.body.empty() || http_call.method == "POST" ||
                        http_call.method == "PUT" || http_call.method == "PATCH";
  if (has_body) {
    text += "Content-Length: " + std::to_string(http_call.body.size()) + "\r\n";
    const bool typed = !test::header(http_call.headers, "Content-Type").empty();
    if (!typed && !http_call.body.empty()) text += "Content-Type: application/json\r\n";
  }
  if (!keep_alive) text += "Connection: close\r\n";
  return text + "\r\n" + http_call.body;
}

HttpAnswer call(std::uint16_t port, const HttpCall& http_call) {
  const auto socket = Socket::connect(port, http_call.timeout);
  // A refused body may be answered before it was sent whole, so a failed send is no reason to stop.
  if (!socket) return {};
  socket->send(serialize(http_call, false));
  return MessageReader(*socket).read_answer(http_call.timeout);
}

bool MessageReader::fill(Steady::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Steady::now());
  const auto bytes = socket_.receive(std::max(left, std::chrono::milliseconds::zero()));
  if (!bytes || bytes->empty()) return false;
  buffer_ += *bytes;
  return true;
}

std::optional<std::string> MessageReader::read_until(std::string_view end,
                                                     Steady::time_point deadline) {
  std::size_t at = 0;
  while ((at = buffer_.find(end)) == std::string::npos) {
    if (!fill(deadline)) return std::nullopt;
  }
  std::string part = buffer_.substr(0, at);
  buffer_.erase(0, at + end.size());
  return part;
}

std::optional<std::string> MessageReader::read_exactly(std::size_t bytes,
                                                       Steady::time_point deadline) {
  while (buffer_.size() < bytes) {
    if (!fill(deadline)) return std::nullopt;
  }
  std::string part = buffer_.substr(0, bytes);
  buffer_.erase(0, bytes);
  return part;
}

std::optional<std::string> MessageReader::read_chunks(Steady::time_point deadline) {
  std::string body;
  for (;;) {
    const auto size = read_until("\r\n", deadline);
    if (!size) return std::nullopt;
    const auto bytes = std::strtoull(size->c_str(), nullptr, 16);
    const auto chunk = read_exactly(bytes + 2, deadline);
    if (!chunk) return std::nullopt;
    if (bytes == 0) return body;
    body.append(*chunk, 0, bytes);
  }
}

std::optional<MessageReader::Message> MessageReader::read(Kind kind,
                                                          std::chrono::milliseconds timeout) {
  const auto deadline = Steady::now() + timeout;
  auto head = read_until("\r\n\r\n", deadline);
  if (!head) return std::nullopt;
  Message message;
  message.start_line = head->substr(0, head->find("\r\n"));
  message.headers = parse_headers(
      std::string_view(*head).substr(std::min(message.start_line.size() + 2, head->size())));

  const std::string length = header(message.headers, "Content-Length");
  std::optional<std::string> body;
  if (!length.empty()) {
    body = read_exactly(std::strtoull(length.c_str(), nullptr, 10), deadline);
  } else if (header(message.headers, "Transfer-Encoding") == "chunked") {
    body = read_chunks(deadline);
  } else if (kind == Kind::answer && !is_bodiless(message.start_line)) {
    while (fill(deadline)) continue;
    body = std::exchange(buffer_, {});
  } else {
    body = "";
  }
  if (!body) return std::nullopt;
  message.body = std::move(*body);
  return message;
}

HttpAnswer MessageReader::read_answer(std::chrono::milliseconds timeout) {
  auto message = read(Kind::answer, timeout);
  if (!message || message->start_line.size() < 12) return {};
  const int status = std::atoi(message->start_line.c_str() + 9);  // after "HTTP/1.1 "
  return {status, std::move(message->headers), std::move(message->body)};
}

}  // namespace mercato::test
