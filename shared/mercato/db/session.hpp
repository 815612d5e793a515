#pragma once

#include <pqxx/connection>
#include <pqxx/transaction_base>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "mercato/db/pool.hpp"
#include "mercato/db/watch.hpp"
#include "mercato/metrics/metrics.hpp"

namespace mercato::db {

/// One connection of a pool, with the statements prepared on it. Every wait for the server happens
/// under the watch. Used by one thread at a time.
class Session {
 public:
  /// Connects, which takes the connect_timeout of `url` at worst. `url` sets the session to plan
  /// statements once, as connections of Pool do. Throws a libpqxx exception, or std::system_error.
  Session(const std::string& url, Watch& watch, std::chrono::milliseconds statement_timeout,
          Deadline::Steady::time_point expires_at);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Whether a session that was just used may be used again: open and not too old.
  [[nodiscard]] bool usable() const;
  /// Whether an idle session is good for another use: usable, and nothing came from the server.
  [[nodiscard]] bool fit() const;
  [[nodiscard]] Deadline::Steady::time_point opened_at() const { return opened_at_; }
  [[nodiscard]] Deadline::Steady::time_point expires_at() const { return expires_at_; }
  /// Whether the watch gave up on the server while we waited for it.
  [[nodiscard]] bool was_shut() const { return socket_->was_shut(); }

  /// Runs `work` in a transaction and commits it. Throws what `work` throws, after rolling back;
  /// InDoubt, Conflict, ConnectionLost and the others of rethrow_as_ours().
  void transact(Deadline deadline, const std::function<void(Transaction&)>& work);
  /// Runs the one statement of `work` on its own.
  void run_single(Deadline deadline, const std::function<void(Transaction&)>& work);

 private:
  friend class SessionTransaction;
  class Wait;

  struct Prepared {
    const char* sql;
    metrics::Histogram duration;
  };
  const Prepared& prepare(const Statement& statement);
  /// Has the server plan once again for each statement's parameters, or not.
  void plan_anew(pqxx::transaction_base& transaction, bool wanted);
  void commit(pqxx::transaction_base& transaction, Deadline deadline);

  const Deadline::Steady::time_point opened_at_ = Deadline::Steady::now();
  pqxx::connection connection_;
  const std::chrono::milliseconds statement_timeout_;
  const Deadline::Steady::time_point expires_at_;
  std::shared_ptr<WatchedSocket> socket_;
  std::optional<bool> plans_anew_ = false;  // nothing: not known
  std::unordered_map<std::string_view, Prepared> prepared_;  // keys are the statements' own names
};

}  // namespace mercato::db
