#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "mercato/clock/clock.hpp"

struct pg_conn;

namespace mercato::db {

/// One connection driven by poll(2), so that nothing it does takes longer than it may: for the
/// threads that watch a database, where libpqxx would wait as long as the server pleases. One
/// thread. Resolving the host's name is the one thing that still blocks.
class Link {
 public:
  /// Called ten times a second while something is awaited; false gives it up.
  using Tick = std::function<bool()>;

  Link(const std::string& url, Deadline deadline, const Tick& tick);
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  /// False once the connection failed, with the reason in error().
  [[nodiscard]] bool alive() const;
  /// One line; empty if nothing failed yet.
  [[nodiscard]] std::string error() const;
  /// Whether the server lives, and has no connection to spare (SQLSTATE 53300).
  [[nodiscard]] bool refused_as_full() const;

  using Rows = std::vector<std::vector<std::string>>;  // NULL reads as ""
  /// Runs one statement and appends its rows to `rows`, if given; false if it failed, or took too
  /// long (then it is still alive()).
  bool execute(const std::string& sql, Deadline deadline, const Tick& tick, Rows* rows = nullptr);
  /// Waits for something that nobody asked for: a notification, or the end of the connection.
  bool await_input(Deadline deadline, const Tick& tick);
  /// Takes what has come; true if there were notifications.
  bool take_notifications();

 private:
  bool await(short events, Deadline deadline, const Tick& tick) const;

  pg_conn* connection_;
};

/// Waits without a connection, ticking.
void pause(std::chrono::milliseconds duration, const Link::Tick& tick);

}  // namespace mercato::db
