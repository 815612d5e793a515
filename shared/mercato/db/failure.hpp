#pragma once

#include <string>
#include <string_view>

#include "mercato/db/pool.hpp"
#include "mercato/error/error.hpp"

namespace mercato::db {

/// The connection is gone, and the transaction with it unless it was committing.
class ConnectionLost : public Error {
 public:
  ConnectionLost() : Error(unavailable("The database cannot be reached. Try again.")) {}
};

/// A migration changed the columns beneath a prepared statement. The connection that has it cannot
/// run it ever again, and nor can others that were open then.
class StalePlan : public Conflict {};

/// What a server's error says in verbose form; empty where it says nothing.
struct ServerError {
  std::string sqlstate;
  std::string constraint;
  std::string message;  // one line, without the values that the details may quote
};
[[nodiscard]] ServerError parse_server_error(std::string_view verbose_text);

/// Called while a libpqxx exception is in flight: throws the one of ours that it means.
/// ConstraintViolation, Conflict, StalePlan, ConnectionLost, Error 503 for what the server cannot
/// do now, std::logic_error for what it will never do.
[[noreturn]] void rethrow_as_ours(const char* statement_name);

}  // namespace mercato::db
