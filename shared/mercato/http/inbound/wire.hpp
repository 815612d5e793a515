#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "mercato/http/inbound/connection.hpp"

/// What goes over a connection's socket, as it is or by TLS. For the connection's owner; nothing
/// here blocks but wait_for_more().
namespace mercato::http::inbound::wire {

enum class Received : std::uint8_t { data, nothing, ended };

/// Plain bytes that came; `nothing` when the client has to send more first.
[[nodiscard]] Received receive(Connection& connection, char* buffer, std::size_t size,
                               std::size_t& received);
/// The same without decrypting, for bytes that nobody will read.
[[nodiscard]] Received receive_raw(Connection& connection, char* buffer, std::size_t size,
                                   std::size_t& received);
/// Blocks until there is something to receive; false after `patience`.
[[nodiscard]] bool wait_for_more(Connection& connection, std::chrono::milliseconds patience);

enum class Sent : std::uint8_t { all, some, failed };

/// Sends what is left of the work's output, as far as the client takes it.
[[nodiscard]] Sent send_output(Connection& connection);
/// A few bytes while nothing else is on its way: they fit, since the socket's buffer is empty.
void send_at_once(Connection& connection, std::string_view bytes);

}  // namespace mercato::http::inbound::wire
