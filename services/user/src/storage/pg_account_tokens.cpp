#include "storage/pg_account_tokens.hpp"

#include <algorithm>
#include <stdexcept>

#include <mercato/crypto/crypto.hpp>

#include "storage/user_rows.hpp"

namespace user::storage {
namespace {

namespace crypto = mercato::crypto;

constexpr std::size_t kTokenBytes = 32;
constexpr const char* kSealContext = "mercato account token";

std::string hash_of(const std::string& token) {
  return db::bytea(crypto::sha256(token));
}

}  // namespace

constexpr db::Statement kRequestMail{"request_mail", R"(
  INSERT INTO mail_request (purpose, email_key) VALUES ($1, normalized_email($2))
  ON CONFLICT (purpose, email_key) DO NOTHING)"};

void PgAccountTokens::request(Purpose purpose, const std::string& email) {
  pool_.execute(kRequestMail, name(purpose), email);
}

// The account is held meanwhile, so that no token is left over for one that is being deleted.
constexpr db::Statement kMakeToken{"make_account_token", R"(
  WITH asked AS (
    DELETE FROM mail_request
     WHERE id = (SELECT id FROM mail_request ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING purpose, email_key),
  made AS (
    INSERT INTO account_token (hash, user_id, purpose, sealed_token, send_at)
    SELECT $1::bytea, users.id, asked.purpose, $2::bytea, now()
      FROM asked JOIN users USING (email_key)
     WHERE status = 'active'
       AND NOT (asked.purpose = 'email_verification' AND email_verified_at IS NOT NULL)
       FOR SHARE OF users
    ON CONFLICT (user_id, purpose) DO UPDATE
      SET hash = excluded.hash, created_at = now(), expires_at = excluded.expires_at,
          sealed_token = excluded.sealed_token, send_at = now()
      WHERE account_token.created_at < now() - interval '1 minute')
  SELECT purpose FROM asked)"};

bool PgAccountTokens::make_requested() {
  const auto token = crypto::base64url(crypto::random_bytes(kTokenBytes));
  const auto sealed = crypto::seal(token, sealing_key_, kSealContext);
  return !pool_.execute(kMakeToken, hash_of(token), db::bytea(sealed)).empty();
}

constexpr db::Statement kFindToken{"find_account_token", R"(
  SELECT email_key
    FROM account_token JOIN users ON id = user_id
   WHERE hash = $1::bytea AND purpose = $2 AND expires_at > now() AND status = 'active')"};

std::optional<std::string> PgAccountTokens::find_email_key(Purpose purpose,
                                                           const std::string& token) {
  const auto rows = pool_.execute(kFindToken, hash_of(token), name(purpose));
  return rows.empty() ? std::nullopt : std::optional<std::string>(db::text(rows[0], "email_key"));
}

constexpr db::Statement kResetPassword{"reset_password", R"(
  WITH used AS (
    DELETE FROM account_token
     WHERE hash = $1::bytea AND purpose = 'password_reset' AND expires_at > now()
    RETURNING user_id)
  UPDATE users SET password_hash = $2, version = version + 1, updated_at = now(),
                   email_verified_at = coalesce(email_verified_at, now())
    FROM used WHERE id = used.user_id AND status = 'active'
  RETURNING id, email, name, role, status, version, email_verified_at, created_at, updated_at)"};

constexpr db::Statement kEndAllSessions{"end_all_sessions", R"(
  UPDATE session SET ended_at = now(), sealed_successor = NULL
   WHERE user_id = $1 AND ended_at IS NULL)"};

std::optional<User> PgAccountTokens::reset_password(const std::string& token,
                                                    const std::string& password_hash) {
  return pool_.transact([&](db::Transaction& transaction) {
    const auto user =
        first_user(transaction.execute(kResetPassword, hash_of(token), password_hash));
    if (user) transaction.execute(kEndAllSessions, user->id);
    return user;
  });
}

constexpr db::Statement kVerifyEmail{"verify_email", R"(
  WITH used AS (
    DELETE FROM account_token
     WHERE hash = $1::bytea AND purpose = 'email_verification' AND expires_at > now()
    RETURNING user_id)
  UPDATE users SET email_verified_at = coalesce(email_verified_at, now()),
                   version = version + 1, updated_at = now()
    FROM used WHERE id = used.user_id AND deleted_at IS NULL
  RETURNING id, email, name, role, status, version, email_verified_at, created_at, updated_at)"};

std::optional<User> PgAccountTokens::verify_email(const std::string& token) {
  return first_user(pool_.execute(kVerifyEmail, hash_of(token)));
}

constexpr db::Statement kClaimMail{"claim_mail", R"(
  UPDATE account_token AS token SET send_at = now() + interval '1 minute'
    FROM users
   WHERE users.id = token.user_id
     AND hash = (SELECT hash FROM account_token
                  WHERE send_at <= now() AND expires_at > now()
                  ORDER BY send_at, hash LIMIT 1 FOR UPDATE SKIP LOCKED)
  RETURNING purpose, sealed_token, users.id, email, name, role, status, version, email_verified_at,
            users.created_at, updated_at)"};

std::optional<TokenMail> PgAccountTokens::claim_mail() {
  const auto rows = pool_.execute(kClaimMail);
  if (rows.empty()) return std::nullopt;
  const auto purpose = parse_purpose(db::text(rows[0], "purpose"));
  auto token = crypto::unseal(db::parse_bytea(db::text(rows[0], "sealed_token")), sealing_key_,
                              kSealContext);
  if (!purpose || !token) throw std::runtime_error("a mail's token cannot be opened");
  return TokenMail{*purpose, std::move(*token), read_user(rows[0])};
}

constexpr db::Statement kSettleMail{"settle_mail", R"(
  UPDATE account_token SET sealed_token = NULL, send_at = NULL WHERE hash = $1::bytea)"};

void PgAccountTokens::settle(const TokenMail& mail) {
  pool_.execute(kSettleMail, hash_of(mail.token));
}

constexpr db::Statement kPruneTokens{"prune_account_tokens", R"(
  DELETE FROM account_token
   WHERE hash IN (SELECT hash FROM account_token WHERE expires_at < now()
                   ORDER BY expires_at, hash LIMIT $1))"};

// They outlive a token only where nobody sends mails.
constexpr db::Statement kPruneMailRequests{"prune_mail_requests", R"(
  DELETE FROM mail_request
   WHERE id IN (SELECT id FROM mail_request WHERE requested_at < now() - interval '30 minutes'
                 ORDER BY id LIMIT $1))"};

std::size_t PgAccountTokens::prune(std::size_t limit) {
  return std::max(db::affected_rows(pool_.execute(kPruneTokens, limit)),
                  db::affected_rows(pool_.execute(kPruneMailRequests, limit)));
}

}  // namespace user::storage
