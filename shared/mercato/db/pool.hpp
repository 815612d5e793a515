#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include "mercato/clock/clock.hpp"
#include "mercato/db/statement.hpp"
#include "mercato/error/error.hpp"

namespace mercato::db {

struct PoolOptions {
  std::string url;  // postgresql://role:password@host:port/database
  std::string application_name;
  std::size_t size = 8;
  std::chrono::milliseconds wait_timeout{800};  // for a free connection, then Error 503
  std::chrono::milliseconds statement_timeout{2'000};
  std::chrono::milliseconds lock_timeout{500};
  std::chrono::milliseconds max_age{600'000};
};

/// The connection broke while COMMIT was under way: it may or may not have happened. Re-read by
/// key. Whoever does not catch it tells the client to try again.
class InDoubt : public Error {
 public:
  InDoubt() : Error(unavailable("It is not known whether this was done. Try again.")) {}
};

/// The transaction was rolled back for a reason that may not occur again. The pool runs it once
/// more, also if a transaction's own function throws it; a client sees it only after the last try.
class Conflict : public Error {
 public:
  Conflict() : Error(unavailable("Too many requests change the same thing. Try again.")) {}
};

/// A constraint refused; `constraint()` is its name, so that storage can tell which.
class ConstraintViolation : public std::runtime_error {
 public:
  ConstraintViolation(std::string constraint, std::string sqlstate, const std::string& message)
      : std::runtime_error(message),
        constraint_(std::move(constraint)),
        sqlstate_(std::move(sqlstate)) {}
  [[nodiscard]] const std::string& constraint() const { return constraint_; }
  [[nodiscard]] const std::string& sqlstate() const { return sqlstate_; }  // "23505" unique, …

 private:
  std::string constraint_;
  std::string sqlstate_;
};

/// A bounded pool of PostgreSQL connections.
///
/// Connections are opened by a thread of the pool, never on a request's path, and checked before
/// use; the same thread replaces idle ones before they are too old, one at a time, which for that
/// moment makes one more than `size`. A frozen server ignores its own timeouts, so a watchdog shuts
/// the socket of a statement that is past its deadline; it also holds a connection of its own to
/// tell within a second that the server is gone, and while it is, calls fail at once instead of
/// queueing. From any thread.
///
/// A statement is planned once, for whatever its parameters will be, and by an index where there is
/// one, however small the table is as yet: that is right for statements that find rows by key, and
/// what they cost then does not hang on when they were planned (docs/adr/0012). For others there is
/// Statement::plan_anew.
///
/// Every failure of the database (no connection in time, lost connection, timeout) surfaces as
/// Error 503 `unavailable`, except ConstraintViolation and InDoubt; SQL that the server refuses for
/// what it says is std::logic_error. 40001, 40P01 and 55P03, Conflict, and a connection lost before
/// COMMIT, are retried (3 tries in all) by rolling back and calling the function again: it must
/// have no effects outside its transaction but such as may be had again. So is a statement whose
/// columns a migration changed since it was prepared, on a connection that is newer. A function
/// that swallows a failed statement gets std::logic_error instead of a commit.
class Pool {
 public:
  explicit Pool(PoolOptions options);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  /// BEGIN, `work(transaction)`, COMMIT (READ COMMITTED). What `work` returns is returned.
  template <class F>
  auto transact(F&& work, Deadline deadline = Deadline::never()) {
    using R = std::invoke_result_t<F, Transaction&>;
    if constexpr (std::is_void_v<R>) {
      run(Mode::transaction, deadline, [&](Transaction& transaction) { work(transaction); });
    } else {
      std::optional<R> result;
      run(Mode::transaction, deadline,
          [&](Transaction& transaction) { result.emplace(work(transaction)); });
      return std::move(*result);
    }
  }

  /// One statement in a transaction of its own: one round trip, no BEGIN and COMMIT. The statement
  /// is atomic by itself, so data-modifying ones are welcome; Error 503 then leaves open whether it
  /// was done.
  template <class... Args>
  Result execute(const Statement& statement, const Args&... args) {
    return execute_until(Deadline::never(), statement, args...);
  }
  template <class... Args>
  Result execute_until(Deadline deadline, const Statement& statement, const Args&... args) {
    Result result;
    run(Mode::single_statement, deadline,
        [&](Transaction& transaction) { result = transaction.execute(statement, args...); });
    return result;
  }

  /// As execute_until(), with as many parameters as a statement made at run time has.
  Result execute_with(Deadline deadline, const Statement& statement,
                      std::span<const Parameter> parameters) {
    Result result;
    run(Mode::single_statement, deadline, [&](Transaction& transaction) {
      result = transaction.execute_with(statement, parameters);
    });
    return result;
  }

  /// Whether the server answered lately, a connection to it has been opened, and there is one or
  /// may be: for /readyz. Never blocks.
  [[nodiscard]] bool healthy() const;

  struct Load {
    std::size_t size = 0;
    std::size_t open = 0;
    std::size_t in_use = 0;
    std::size_t waiting = 0;
  };
  [[nodiscard]] Load load() const;

 private:
  enum class Mode { transaction, single_statement };
  void run(Mode mode, Deadline deadline, const std::function<void(Transaction&)>& work);
  /// False if it is to be run again.
  bool run_once(Mode mode, Deadline deadline, const std::function<void(Transaction&)>& work,
                bool last_try);

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mercato::db
