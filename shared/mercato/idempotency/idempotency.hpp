#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "mercato/db/pool.hpp"
#include "mercato/http/message.hpp"
#include "mercato/id/uuid.hpp"

namespace mercato::idempotency {

/// The Idempotency-Key header (IETF draft): 1..255 visible ASCII characters, bare or as a quoted
/// string (the same key either way). Nothing when absent; Error 400 `invalid_idempotency_key`.
[[nodiscard]] std::optional<std::string> key_of(const http::Request& request);
/// As key_of; absent is Error 400 `idempotency_key_missing`.
[[nodiscard]] std::string required_key_of(const http::Request& request);

/// SHA-256 (hex) over method, path and body. The query does not count: no request that takes a key
/// takes a parameter, and one that is ignored makes no other request.
[[nodiscard]] std::string fingerprint_of(const http::Request& request);

/// Whether an answer of this status is kept: 2xx, 402 and 409 (of the business, not
/// `request_in_progress`).
[[nodiscard]] bool is_stored(int status);

/// Runs `work` and stores its answer under the caller's key in one transaction, so that the effect
/// and the memory of it cannot part. Table, one per service:
///
///   CREATE TABLE idempotency_key (
///     subject uuid NOT NULL, key text NOT NULL, fingerprint text NOT NULL,
///     status int, content_type text, location text, etag text, body bytea,
///     created_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (subject, key));
///
/// A second request with the key: the same bytes with `Idempotent-Replayed: true`; another
/// fingerprint: Error 422 `idempotency_key_reused`; while the first is still running (which an
/// advisory lock tells at once): Error 409 `request_in_progress` with Retry-After. An answer that
/// is not stored rolls everything back, effects included. An Error that `work` throws does so too,
/// but if its answer is to be stored (402, 409), it is rendered, stored and returned. Without a
/// key, `work` simply runs in a transaction. From any thread.
class Guard {
 public:
  explicit Guard(db::Pool& pool) : pool_(pool) {}

  [[nodiscard]] http::Response run(const http::Request& request,
                                   const std::optional<std::string>& key,
                                   const std::function<http::Response(db::Transaction&)>& work);

 private:
  db::Pool& pool_;
};

/// Deletes all answers that are kept for this caller.
void forget(db::Transaction& transaction, const Uuid& subject);

/// Deletes up to 1,000 answers older than `age`; returns how many there were.
std::size_t prune(db::Pool& pool, std::chrono::hours age);

}  // namespace mercato::idempotency
