#include "mercato/db/failure.hpp"

#include <pqxx/except>

#include <algorithm>
#include <stdexcept>

#include "mercato/log/log.hpp"

namespace mercato::db {
namespace {

bool is_sqlstate(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  return text.size() == 5 && text.find_first_not_of(kDigits) == std::string_view::npos;
}

[[noreturn]] void throw_meaning(const ServerError& error, const char* statement_name) {
  const std::string_view state = error.sqlstate;
  const std::string_view kind = state.substr(0, 2);
  if (kind == "23") throw ConstraintViolation(error.constraint, error.sqlstate, error.message);

  log::warn("database statement failed",
            {{"statement", statement_name}, {"sqlstate", state}, {"error", error.message}});
  // 40001 serialization, 40P01 deadlock, 55P03 lock timeout.
  if (state == "40001" || state == "40P01" || state == "55P03") throw Conflict();
  // "cached plan must not change result type", among other things that are not supported.
  if (state == "0A000" && error.message.find("plan") != std::string::npos) throw StalePlan();
  // 57P01 … 57P05 shutting down, 25P03 idle too long in a transaction, 08 connection trouble; but
  // 08P01 is a protocol violation: a statement given the wrong number of parameters.
  if (state.substr(0, 3) == "57P" || state == "25P03" || (kind == "08" && state != "08P01")) {
    throw ConnectionLost();
  }
  // 57014 statement timeout, 53 out of something, 58 the server's system, 25006 a standby.
  if (state == "57014" || kind == "53" || kind == "58" || state == "25006") throw unavailable();
  throw std::logic_error(std::string(statement_name) + ": " + error.sqlstate + " " + error.message);
}

}  // namespace

ServerError parse_server_error(std::string_view text) {
  // "ERROR:  23505: duplicate key value …\nDETAIL:  …\nCONSTRAINT NAME:  name\nLOCATION:  …\n"
  ServerError error;
  const std::string_view first_line = text.substr(0, text.find('\n'));
  error.message = std::string(first_line);
  const auto severity_end = first_line.find(":  ");
  if (severity_end != std::string_view::npos && first_line.size() >= severity_end + 8 &&
      is_sqlstate(first_line.substr(severity_end + 3, 5))) {
    error.sqlstate = std::string(first_line.substr(severity_end + 3, 5));
    const std::string_view message = first_line.substr(severity_end + 8);
    error.message = std::string(message.substr(std::min<std::size_t>(2, message.size())));
  }
  constexpr std::string_view kConstraint = "\nCONSTRAINT NAME:  ";
  const auto constraint = text.find(kConstraint);
  if (constraint != std::string_view::npos) {
    const auto name = text.substr(constraint + kConstraint.size());
    error.constraint = std::string(name.substr(0, name.find('\n')));
  }
  return error;
}

void rethrow_as_ours(const char* statement_name) {
  try {
    throw;
  } catch (const pqxx::failure& failure) {
    auto error = parse_server_error(failure.what());
    // What the library throws without a server's word on it is a lost connection.
    if (error.sqlstate.empty()) throw ConnectionLost();
    throw_meaning(error, statement_name);
  }
}

}  // namespace mercato::db
