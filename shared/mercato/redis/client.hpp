#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mercato/net/resolver.hpp"

namespace mercato::redis {

/// A reply (RESP2) as a value.
struct Reply {
  enum class Type { nil, text, integer, array, error };
  Type type = Type::nil;
  std::string text;  // text, error
  std::int64_t integer = 0;
  std::vector<Reply> items;  // array
};

struct ClientOptions {
  std::string url;  // redis[s]://[:password@]host:port[/db]; empty: no Redis
  std::string authorities_file = {};  // whom to believe by TLS (PEM); empty: whom the system does
  std::size_t max_connections = 4;
  std::chrono::milliseconds connect_timeout{200};
  std::chrono::milliseconds command_timeout{500};
  net::Resolver::LookUp look_up = net::SocketAddress::look_up;  // on a thread of the client's own
};

/// Redis is never the only holder of anything, so every call may fail: nothing is returned when
/// Redis cannot be reached or took too long (for a second after a failure it is not even asked).
/// Connections are pooled; one that met any error is thrown away. From any thread.
class Client {
 public:
  explicit Client(ClientOptions options);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  [[nodiscard]] std::optional<Reply> command(const std::vector<std::string>& arguments);
  /// Several commands in one round trip; nothing if any could not be sent or answered.
  [[nodiscard]] std::optional<std::vector<Reply>> pipeline(
      const std::vector<std::vector<std::string>>& commands);
  /// A command that blocks at the server (XREADGROUP … BLOCK) on a connection of its own; `block`
  /// must be what the command says.
  [[nodiscard]] std::optional<Reply> blocking_command(const std::vector<std::string>& arguments,
                                                      std::chrono::milliseconds block);
  [[nodiscard]] bool reachable() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mercato::redis
