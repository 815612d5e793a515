#include <chrono>
#include <functional>
#include <optional>
#include <utility>

#include "mercato/error/error.hpp"
#include "mercato/http/problem.hpp"
#include "mercato/idempotency/idempotency.hpp"

namespace mercato::idempotency {
namespace {

// The lock is held until the transaction ends. Who gets it may still read a snapshot from before
// the first one's commit: then storing the answer finds the row, and all is run again.
constexpr db::Statement kClaimKey{"idempotency_claim_key", R"sql(
  WITH lock AS MATERIALIZED (
    SELECT pg_try_advisory_xact_lock(hashtextextended($1::text || $2::text, 0)) AS held)
  SELECT lock.held, k.fingerprint, k.status, k.content_type, k.location, k.etag, k.body
    FROM lock LEFT JOIN idempotency_key k ON k.subject = $1::text::uuid AND k.key = $2)sql"};

constexpr db::Statement kStoreAnswer{"idempotency_store_answer", R"sql(
  INSERT INTO idempotency_key
         (subject, key, fingerprint, status, content_type, location, etag, body)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
  ON CONFLICT (subject, key) DO NOTHING)sql"};

constexpr db::Statement kPruneAnswers{"idempotency_prune_answers", R"sql(
  DELETE FROM idempotency_key
   WHERE (subject, key) IN (
         SELECT subject, key FROM idempotency_key
          WHERE created_at < now() - make_interval(hours => $1)
          ORDER BY created_at, subject, key LIMIT 1000))sql"};

constexpr db::Statement kForgetAnswers{"idempotency_forget_answers",
                                       "DELETE FROM idempotency_key WHERE subject = $1"};

/// Thrown through a transaction to roll it back; the answer is sent all the same.
struct RolledBack {
  http::Response response;
};

Error in_progress() {
  Error error(ErrorKind::conflict, "request_in_progress",
              "The first request with this Idempotency-Key is still running.");
  return error.after(std::chrono::seconds(1));
}

http::Response replay(const db::Row& row) {
  http::Response response;
  response.status = static_cast<int>(db::integer(row, "status"));
  response.content_type = db::text(row, "content_type");
  response.body = db::parse_bytea(db::text(row, "body"));
  for (const auto* const name : {"Location", "ETag"}) {
    // A column is called as its header, and case does not count in SQL.
    if (const auto value = db::optional_text(row, name)) response.headers.set(name, *value);
  }
  response.headers.set("Idempotent-Replayed", "true");
  return response;
}

/// One request and its key, through one or two transactions.
class Attempt {
 public:
  Attempt(const http::Request& request, const std::string& key)
      : key_(key),
        subject_(request.caller.subject.str()),
        fingerprint_(fingerprint_of(request)) {}

  /// The stored answer, if there is one; else the key is ours until the transaction ends.
  std::optional<http::Response> claim(db::Transaction& transaction) const {
    const auto result = transaction.execute(kClaimKey, subject_, key_);
    const auto row = result[0];
    const auto fingerprint = db::optional_text(row, "fingerprint");
    if (fingerprint && *fingerprint != fingerprint_) {
      throw Error(ErrorKind::validation, "idempotency_key_reused",
                  "This Idempotency-Key was used for another request.");
    }
    if (db::optional_integer(row, "status")) return replay(row);
    if (fingerprint || !db::boolean(row, "held")) throw in_progress();
    return std::nullopt;
  }

  /// False if somebody else stored an answer first.
  bool store(db::Transaction& transaction, const http::Response& response) const {
    return db::affected_rows(transaction.execute(
               kStoreAnswer, subject_, key_, fingerprint_, response.status, response.content_type,
               response.headers.get("Location"), response.headers.get("ETag"),
               db::bytea(response.body))) == 1;
  }

 private:
  const std::string& key_;
  const std::string subject_;
  const std::string fingerprint_;
};

/// Rolls back what `work` did unless its answer is one to store.
http::Response run_or_roll_back(const http::Request& request, db::Transaction& transaction,
                                const std::function<http::Response(db::Transaction&)>& work) {
  try {
    auto response = work(transaction);
    if (is_stored(response.status)) return response;
    throw RolledBack{std::move(response)};
  } catch (const Error& error) {
    if (!is_stored(http::status_of(error.kind()))) throw;
    throw RolledBack{http::problem(error, request)};
  }
}

}  // namespace

http::Response Guard::run(const http::Request& request, const std::optional<std::string>& key,
                          const std::function<http::Response(db::Transaction&)>& work) {
  std::optional<Attempt> attempt;
  if (key) attempt.emplace(request, *key);
  const auto claim_and_store = [&](const auto& make_response) {
    return pool_.transact(
        [&](db::Transaction& transaction) {
          auto earlier = attempt ? attempt->claim(transaction) : std::nullopt;
          if (earlier) return std::move(*earlier);
          http::Response response = make_response(transaction);
          if (attempt && !attempt->store(transaction, response)) throw db::Conflict();
          return response;
        },
        request.deadline);
  };
  try {
    return claim_and_store(
        [&](db::Transaction& transaction) { return run_or_roll_back(request, transaction, work); });
  } catch (const RolledBack& rolled_back) {
    if (!is_stored(rolled_back.response.status)) return rolled_back.response;
    return claim_and_store([&](db::Transaction&) { return rolled_back.response; });
  }
}

void forget(db::Transaction& transaction, const Uuid& subject) {
  transaction.execute(kForgetAnswers, subject);
}

std::size_t prune(db::Pool& pool, std::chrono::hours age) {
  return db::affected_rows(pool.execute(kPruneAnswers, age.count()));
}

}  // namespace mercato::idempotency
