#include "mercato/db/session.hpp"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>

#include "mercato/db/failure.hpp"
#include "mercato/db/pqxx_shim.hpp"
#include "mercato/failpoint/failpoint.hpp"
#include "mercato/threads/waiting.hpp"
#include "mercato/tracing/span.hpp"

#if defined(__SANITIZE_ADDRESS__)
// libpqxx 6.4 forgets a result of two kilobytes when the connection is lost while it comes.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libpqxx";
}
#endif

namespace mercato::db {
namespace {

using namespace std::chrono_literals;
using Steady = Deadline::Steady;

// The server gives up first, if it is well; only then do we.
constexpr auto kServerGrace = 500ms;
constexpr auto kCallerGrace = 100ms;

metrics::Histogram duration_of(const char* statement_name) {
  return metrics::registry().histogram(
      "db_statement_duration_seconds", "Time from sending a statement to its whole result.",
      {{"statement", statement_name}}, {0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0});
}

}  // namespace

/// Watches the socket while it lives: nothing that waits for the server may be done without one.
class Session::Wait {
 public:
  Wait(Session& session, Deadline deadline) : session_(session) {
    if (deadline.expired()) throw unavailable("The request took too long.");
    const auto limit = Steady::now() + session.statement_timeout_ + kServerGrace;
    const bool forever = deadline.at() == Steady::time_point::max();
    session_.socket_->arm(forever ? limit : std::min(limit, deadline.at() + kCallerGrace));
  }
  ~Wait() { session_.socket_->disarm(); }
  void hear() const { session_.socket_->hear(); }
  Wait(const Wait&) = delete;
  Wait& operator=(const Wait&) = delete;

 private:
  const threads::Waiting waiting_;
  Session& session_;
};

class SessionTransaction : public Transaction {
 public:
  SessionTransaction(Session& session, pqxx::transaction_base& transaction, Deadline deadline)
      : session_(session), transaction_(transaction), deadline_(deadline) {}

  Result execute_script(const std::string& sql) override {
    return guarded("script", [&] { return transaction_.exec(sql); });
  }

  [[nodiscard]] bool failed() const { return failed_; }
  /// The name of the statement that was executed last.
  [[nodiscard]] const char* last() const { return last_; }

 protected:
  Result run(const Statement& statement, std::span<const Parameter> parameters) override {
    return guarded(statement.name, [&] {
      tracing::Work work(tracing::Span::Kind::client, statement.name);
      work.note("db.system", "postgresql");
      session_.plan_anew(transaction_, statement.plan_anew);
      const auto& prepared = session_.prepare(statement);
      MERCATO_FAILPOINT("sql", statement.name, "before");
      const auto begin = Steady::now();
      auto result = statement.plan_anew
                        ? shim::exec_params(transaction_, statement.sql, parameters)
                        : shim::exec_prepared(transaction_, statement.name, parameters);
      prepared.duration.observe(std::chrono::duration<double>(Steady::now() - begin).count());
      MERCATO_FAILPOINT("sql", statement.name, "after");
      last_ = statement.name;
      return result;
    });
  }

 private:
  template <class F>
  Result guarded(const char* name, const F& execute) {
    try {
      const Session::Wait wait(session_, deadline_);
      auto result = execute();
      wait.hear();
      return result;
    } catch (const pqxx::failure&) {
      failed_ = true;
      rethrow_as_ours(name);
    } catch (...) {
      failed_ = true;
      throw;
    }
  }

  Session& session_;
  pqxx::transaction_base& transaction_;
  const Deadline deadline_;
  bool failed_ = false;
  const char* last_ = "nothing";
};

Session::Session(const std::string& url, Watch& watch, std::chrono::milliseconds statement_timeout,
                 Steady::time_point expires_at)
    : connection_(url), statement_timeout_(statement_timeout), expires_at_(expires_at) {
  shim::forbid_reconnect(connection_);
  shim::make_verbose(connection_);
  socket_ = watch.watch(connection_.sock());
}

bool Session::usable() const {
  return connection_.is_open() && !socket_->was_shut() && Steady::now() < expires_at_;
}

bool Session::fit() const {
  if (!usable()) return false;
  // Nothing is due from the server: what it sends unasked is that it ends the connection.
  pollfd idle{connection_.sock(), POLLIN, 0};
  return ::poll(&idle, 1, 0) == 0;
}

const Session::Prepared& Session::prepare(const Statement& statement) {
  const auto known = prepared_.find(statement.name);
  if (known != prepared_.end()) {
    // Two texts with one name would be taken for each other, whichever came first.
    if (known->second.sql != statement.sql && std::strcmp(known->second.sql, statement.sql) != 0) {
      throw std::logic_error("two statements are named " + std::string(statement.name));
    }
    return known->second;
  }
  if (!statement.plan_anew) connection_.prepare(statement.name, statement.sql);
  return prepared_.emplace(statement.name, Prepared{statement.sql, duration_of(statement.name)})
      .first->second;
}

void Session::plan_anew(pqxx::transaction_base& transaction, bool wanted) {
  if (plans_anew_ == wanted) return;
  transaction.exec(wanted ? "SET plan_cache_mode = auto; SET enable_seqscan = on"
                          : "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off");
  plans_anew_ = wanted;
}

void Session::transact(Deadline deadline, const std::function<void(Transaction&)>& work) {
  const auto planned_anew = plans_anew_;
  std::optional<pqxx::work> transaction;
  try {
    const Wait wait(*this, deadline);
    transaction.emplace(connection_);
  } catch (const pqxx::failure&) {
    rethrow_as_ours("begin");
  }
  try {
    SessionTransaction handle(*this, *transaction, deadline);
    work(handle);
    if (handle.failed()) throw std::logic_error("a failed statement was ignored");
    MERCATO_FAILPOINT("commit", handle.last(), "before");
    commit(*transaction, deadline);
    MERCATO_FAILPOINT("commit", handle.last(), "after");
  } catch (...) {
    // What rolls back takes such a setting back with it.
    if (plans_anew_ != planned_anew) plans_anew_.reset();
    const Wait wait(*this, Deadline::never());
    transaction.reset();  // rolls back, unless it ended already
    throw;
  }
}

void Session::commit(pqxx::transaction_base& transaction, Deadline deadline) {
  const Wait wait(*this, deadline);
  tracing::Work work(tracing::Span::Kind::client, "commit");
  work.note("db.system", "postgresql");
  try {
    transaction.commit();
  } catch (const pqxx::in_doubt_error&) {
    throw InDoubt();
  } catch (const pqxx::failure& failure) {
    // An administrator's shutdown may interrupt the answer to a COMMIT that was done.
    if (parse_server_error(failure.what()).sqlstate.substr(0, 3) == "57P") throw InDoubt();
    rethrow_as_ours("commit");
  }
}

void Session::run_single(Deadline deadline, const std::function<void(Transaction&)>& work) {
  pqxx::nontransaction transaction(connection_);
  SessionTransaction handle(*this, transaction, deadline);
  work(handle);
}

}  // namespace mercato::db
