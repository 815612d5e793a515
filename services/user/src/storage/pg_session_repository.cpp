#include "storage/pg_session_repository.hpp"

#include "domain/errors.hpp"
#include "storage/user_rows.hpp"

namespace user::storage {
namespace {

Session read_session(const db::Row& row) {
  return {db::id<SessionId>(row, "id"), db::timestamp(row, "created_at"),
          db::timestamp(row, "last_used_at"), db::optional_text(row, "user_agent"),
          db::optional_timestamp(row, "ended_at")};
}

}  // namespace

// FOR SHARE, so that a password change or a disabling that comes at the same moment sees this
// session and ends it. An account keeps its newest thousand, and of those that ended as many:
// whoever knows a password may sign in and out as often as they like, and ending, exporting or
// forgetting all that is left of it must stay small. Those that ended need no index of their own:
// as few as are live are passed over. The new session is not among those that are looked at; a few
// more go than come, and what several sign-ins at once leave goes with the next.
constexpr db::Statement kInsertSession{"sign_in", R"(
  WITH begun AS (
    INSERT INTO session (id, user_id, user_agent, token_hash, expires_at)
    SELECT $1, id, $3, $4::bytea, now() + $5 * interval '1 second'
      FROM users WHERE id = $2 AND password_hash = $6 AND status = 'active' FOR SHARE
    RETURNING id),
  surplus AS (
    DELETE FROM session
     WHERE id IN (SELECT id FROM session
                   WHERE user_id = $2 AND ended_at IS NULL
                     AND id < (SELECT id FROM session WHERE user_id = $2 AND ended_at IS NULL
                                ORDER BY id DESC OFFSET 998 LIMIT 1)
                   ORDER BY id DESC LIMIT 10 FOR UPDATE SKIP LOCKED)),
  ended_surplus AS (
    DELETE FROM session
     WHERE id IN (SELECT id FROM session
                   WHERE user_id = $2 AND ended_at IS NOT NULL
                     AND id < (SELECT id FROM session WHERE user_id = $2 AND ended_at IS NOT NULL
                                ORDER BY id DESC OFFSET 999 LIMIT 1)
                   ORDER BY id DESC LIMIT 10 FOR UPDATE SKIP LOCKED))
  SELECT id FROM begun)"};

bool PgSessionRepository::insert(const NewSession& session) {
  const auto begun =
      pool_.execute(kInsertSession, session.token.session, session.user, session.user_agent,
                    db::bytea(session.token.hash), token_lives_.count(), session.password_hash);
  return !begun.empty();
}

constexpr db::Statement kFindPresented{"find_presented_token", R"(
  SELECT u.id, email, name, role, status, version, email_verified_at, u.created_at, u.updated_at,
         s.token_hash = $2::bytea AS is_current,
         coalesce(s.used_token_hash = $2::bytea AND s.used_at > now() - interval '10 s', false)
           AS is_used_just_now,
         s.ended_at IS NULL AND s.expires_at > now() AND u.status = 'active' AS live,
         s.sealed_successor
    FROM session AS s JOIN users AS u ON u.id = s.user_id AND u.deleted_at IS NULL
   WHERE s.id = $1)"};

std::optional<Presented> PgSessionRepository::find_presented(const RefreshToken& token) {
  const auto rows = pool_.execute(kFindPresented, token.session, db::bytea(token.hash));
  if (rows.empty()) return std::nullopt;
  const auto row = rows[0];
  Presented presented;
  if (db::boolean(row, "is_current")) {
    presented.as = Presented::As::current;
  } else if (db::boolean(row, "is_used_just_now")) {
    presented.as = Presented::As::used_just_now;
  }
  presented.live = db::boolean(row, "live");
  presented.user = read_user(row);
  if (const auto sealed = db::optional_text(row, "sealed_successor")) {
    presented.sealed_successor = db::parse_bytea(*sealed);
  }
  return presented;
}

constexpr db::Statement kRotateToken{"refresh_session", R"(
  UPDATE session
     SET token_hash = $3::bytea, used_token_hash = token_hash, used_at = now(),
         sealed_successor = $4::bytea, last_used_at = now(),
         expires_at = now() + $5 * interval '1 second'
   WHERE id = $1 AND token_hash = $2::bytea AND ended_at IS NULL)"};

bool PgSessionRepository::rotate(const RefreshToken& shown, const RefreshToken& next,
                                 const std::string& sealed_successor) {
  const auto rotated =
      pool_.execute(kRotateToken, shown.session, db::bytea(shown.hash), db::bytea(next.hash),
                    db::bytea(sealed_successor), token_lives_.count());
  return db::affected_rows(rotated) == 1;
}

// Somebody without a session is one row without one; no row at all: the account is gone.
constexpr db::Statement kListSessions{"list_sessions", R"(
  SELECT page.id, page.created_at, last_used_at, user_agent, NULL AS ended_at
    FROM users LEFT JOIN LATERAL (
         SELECT id, created_at, last_used_at, user_agent
           FROM session
          WHERE user_id = $1 AND id < coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
            AND ended_at IS NULL AND expires_at > now()
          ORDER BY id DESC LIMIT $3) AS page ON true
   WHERE users.id = $1 AND deleted_at IS NULL
   ORDER BY page.id DESC)"};

std::vector<Session> PgSessionRepository::list(UserId user, std::optional<SessionId> before,
                                               std::size_t limit) {
  const auto rows = pool_.execute(kListSessions, user, before, limit);
  if (rows.empty()) throw account_gone();
  std::vector<Session> sessions;
  for (const auto& row : rows) {
    if (db::optional_uuid(row, "id")) sessions.push_back(read_session(row));
  }
  return sessions;
}

constexpr db::Statement kListHeldSessions{"list_held_sessions", R"(
  SELECT id, created_at, last_used_at, user_agent,
         CASE WHEN least(expires_at, ended_at) <= now() THEN least(expires_at, ended_at) END
           AS ended_at
    FROM session
   WHERE user_id = $1 AND id < coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
   ORDER BY id DESC LIMIT $3)"};

std::vector<Session> PgSessionRepository::list_held(UserId user, std::optional<SessionId> before,
                                                    std::size_t limit) {
  std::vector<Session> sessions;
  for (const auto& row : pool_.execute(kListHeldSessions, user, before, limit)) {
    sessions.push_back(read_session(row));
  }
  return sessions;
}

constexpr db::Statement kEndSession{"end_session", R"(
  UPDATE session SET ended_at = now(), sealed_successor = NULL
   WHERE id = $2 AND user_id = $1 AND ended_at IS NULL AND expires_at > now())"};

bool PgSessionRepository::end(UserId user, SessionId session) {
  return db::affected_rows(pool_.execute(kEndSession, user, session)) == 1;
}

constexpr db::Statement kEndReusedSession{"end_reused_session", R"(
  UPDATE session SET ended_at = now(), sealed_successor = NULL
   WHERE id = $1 AND ended_at IS NULL)"};

void PgSessionRepository::end(SessionId session) {
  pool_.execute(kEndReusedSession, session);
}

// A day longer, so that a client that comes late is told that its session is over.
constexpr db::Statement kPruneSessions{"prune_sessions", R"(
  DELETE FROM session
   WHERE id IN (SELECT id FROM session
                 WHERE least(expires_at, ended_at) < now() - interval '1 day'
                 ORDER BY least(expires_at, ended_at), id LIMIT $1))"};

std::size_t PgSessionRepository::prune(std::size_t limit) {
  return db::affected_rows(pool_.execute(kPruneSessions, limit));
}

}  // namespace user::storage
