#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/socket.hpp"

namespace mercato::test {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

/// The first header of that name, in any case; "" if there is none.
[[nodiscard]] std::string header(const HeaderList& headers, std::string_view name);

struct HttpAnswer {
  int status = 0;  // 0: no whole answer came
  HeaderList headers;
  std::string body;

  [[nodiscard]] std::string header(std::string_view name) const {
    return test::header(headers, name);
  }
};

struct HttpCall {
  std::string method = "GET";
  std::string target = "/";
  HeaderList headers = {};
  std::string body = {};  // sent as JSON unless a Content-Type is given
  std::chrono::milliseconds timeout{15'000};
};

/// One call on a connection of its own, kept away from the client under test.
[[nodiscard]] HttpAnswer call(std::uint16_t port, const HttpCall& http_call);

/// The request's bytes as call() sends them; without Connection: close if it shall be kept alive.
[[nodiscard]] std::string serialize(const HttpCall& http_call, bool keep_alive);

/// Reads HTTP messages from a socket, one after the other, as whole ones. Bodies are delimited by
/// Content-Length, by chunks or, for answers, by the end of the connection.
class MessageReader {
 public:
  explicit MessageReader(const Socket& socket) : socket_(socket) {}

  struct Message {
    std::string start_line;
    HeaderList headers;
    std::string body;
  };
  enum class Kind { request, answer };
  /// Nothing if the connection ended or `timeout` passed before the message was whole.
  std::optional<Message> read(Kind kind, std::chrono::milliseconds timeout);
  /// As read(), for answers.
  HttpAnswer read_answer(std::chrono::milliseconds timeout);

 private:
  bool fill(std::chrono::steady_clock::time_point deadline);
  std::optional<std::string> read_until(std::string_view end,
                                        std::chrono::steady_clock::time_point deadline);
  std::optional<std::string> read_exactly(std::size_t bytes,
                                          std::chrono::steady_clock::time_point deadline);
  std::optional<std::string> read_chunks(std::chrono::steady_clock::time_point deadline);

  const Socket& socket_;
  std::string buffer_;
};

}  // namespace mercato::test
