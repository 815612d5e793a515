#include "storage/pg_user_repository.hpp"

#include <utility>

#include <mercato/json/json.hpp>

#include "domain/errors.hpp"
#include "storage/address_rows.hpp"
#include "storage/user_rows.hpp"

namespace user::storage {
namespace {

namespace json = mercato::json;

/// Runs what may take the last admin away, which the database refuses.
template <class Work>
auto keeping_an_admin(const Work& work) {
  try {
    return work();
  } catch (const db::ConstraintViolation& violation) {
    if (violation.constraint() == "last_admin") throw last_admin();
    throw;
  }
}

}  // namespace

constexpr db::Statement kRegisterUser{"register_user", R"(
  WITH registered AS (
    INSERT INTO users (id, email, name, password_hash, trace_id)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (email_key) DO NOTHING
    RETURNING id, email, email_key, name, role, status, version, email_verified_at, created_at,
              updated_at),
  asked AS (
    INSERT INTO mail_request (purpose, email_key)
    SELECT 'email_verification', email_key FROM registered
    ON CONFLICT (purpose, email_key) DO NOTHING)
  SELECT id, email, name, role, status, version, email_verified_at, created_at, updated_at
    FROM registered)"};

std::optional<User> PgUserRepository::insert(const NewUser& user) {
  return first_user(pool_.execute(kRegisterUser, user.id, user.email, user.name,
                                  user.password_hash, user.trace_id));
}

constexpr db::Statement kFindCredentials{"find_credentials", R"(
  SELECT given.email_key, id, email, name, role, status, version, email_verified_at, created_at,
         updated_at, password_hash
    FROM (SELECT normalized_email($1) AS email_key) AS given
    LEFT JOIN users ON users.email_key = given.email_key)"};

Credentials PgUserRepository::find_credentials(const std::string& email) {
  const auto rows = pool_.execute(kFindCredentials, email);
  Credentials credentials;
  credentials.email_key = db::text(rows[0], "email_key");
  credentials.password_hash = db::optional_text(rows[0], "password_hash");
  if (credentials.password_hash) credentials.user = read_user(rows[0]);
  return credentials;
}

constexpr db::Statement kFindCredentialsById{"find_credentials_by_id", R"(
  SELECT id, email, name, role, status, version, email_verified_at, created_at, updated_at,
         email_key, password_hash
    FROM users WHERE id = $1 AND deleted_at IS NULL)"};

std::optional<Credentials> PgUserRepository::find_credentials(UserId id) {
  const auto rows = pool_.execute(kFindCredentialsById, id);
  if (rows.empty()) return std::nullopt;
  return Credentials{db::text(rows[0], "email_key"), read_user(rows[0]),
                     db::text(rows[0], "password_hash")};
}

constexpr db::Statement kFindUser{"find_user", R"(
  SELECT id, email, name, role, status, version, email_verified_at, created_at, updated_at
    FROM users WHERE id = $1 AND deleted_at IS NULL)"};

std::optional<User> PgUserRepository::find(UserId id) {
  return first_user(pool_.execute(kFindUser, id));
}

// Planned for what is asked for: a prefix, the admins and the disabled each have an index, which a
// plan for any filters cannot use. Without one of these the newest are read, and soon are enough.
constexpr db::Statement kListUsers{"list_users", R"(
  SELECT id, email, name, role, status, version, email_verified_at, created_at, updated_at
    FROM users
   WHERE deleted_at IS NULL AND id < coalesce($1::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
     AND ($2::text IS NULL OR starts_with(email_key, normalized_email($2)))
     AND ($3::text IS NULL OR role = $3)
     AND ($4::text IS NULL OR status = $4)
   ORDER BY id DESC LIMIT $5)",
                                   true};

std::vector<User> PgUserRepository::list(const UserFilter& filter, std::optional<UserId> before,
                                         std::size_t limit) {
  std::vector<User> users;
  for (const auto& row : pool_.execute(kListUsers, before, filter.email_prefix,
                                       name_of(filter.role), name_of(filter.status), limit)) {
    users.push_back(read_user(row));
  }
  return users;
}

constexpr db::Statement kCheckUser{"check_user", R"(
  SELECT u.id, u.status, u.role, a.id AS address_id, a.name, a.line1, a.line2, a.city, a.region,
         a.postal_code, a.country, a.phone
    FROM users AS u LEFT JOIN address AS a ON a.user_id = u.id AND a.id = $2
   WHERE u.id = $1 AND u.deleted_at IS NULL)"};

std::optional<UserCheck> PgUserRepository::check(UserId id, std::optional<AddressId> address) {
  const auto rows = pool_.execute(kCheckUser, id, address);
  if (rows.empty()) return std::nullopt;
  UserCheck check{id, read_status(rows[0]), read_role(rows[0]), std::nullopt};
  if (db::optional_uuid(rows[0], "address_id")) check.address = read_address(rows[0], "address_id");
  return check;
}

constexpr db::Statement kRenameUser{"update_me", R"(
  UPDATE users SET name = $2, version = version + 1, updated_at = now()
   WHERE id = $1 AND deleted_at IS NULL
  RETURNING id, email, name, role, status, version, email_verified_at, created_at, updated_at)"};

std::optional<User> PgUserRepository::rename(UserId id, const std::string& name) {
  return first_user(pool_.execute(kRenameUser, id, name));
}

constexpr db::Statement kChangePassword{"change_password", R"(
  UPDATE users SET password_hash = $3, version = version + 1, updated_at = now()
   WHERE id = $1 AND password_hash = $2)"};

// A statement of its own after the account was changed, so that it sees a session that was begun
// with the old password a moment ago: whoever inserts one holds the account meanwhile.
constexpr db::Statement kEndOtherSessions{"end_other_sessions", R"(
  UPDATE session SET ended_at = now(), sealed_successor = NULL
   WHERE user_id = $1 AND ended_at IS NULL AND id IS DISTINCT FROM $2)"};

// A forgotten password's token is of no use to its owner any more, but to whoever reads their mail.
// What was asked for goes before the account is held, in the order in which a token is made of it,
// and the token after, when none can be in the making.
constexpr db::Statement kForgetResetRequest{"forget_reset_request", R"(
  DELETE FROM mail_request
   WHERE purpose = 'password_reset' AND email_key = (SELECT email_key FROM users WHERE id = $1))"};
constexpr db::Statement kForgetResetToken{"forget_reset_token", R"(
  DELETE FROM account_token WHERE user_id = $1 AND purpose = 'password_reset')"};

bool PgUserRepository::change_password(const PasswordChange& change) {
  return pool_.transact([&](db::Transaction& transaction) {
    transaction.execute(kForgetResetRequest, change.user);
    const auto changed =
        transaction.execute(kChangePassword, change.user, change.old_hash, change.new_hash);
    if (db::affected_rows(changed) == 0) return false;
    transaction.execute(kEndOtherSessions, change.user, change.keep);
    transaction.execute(kForgetResetToken, change.user);
    return true;
  });
}

// The one who is changed, and the one who changes, always in the same order: two admins who change
// each other at once would otherwise wait for one another.
constexpr db::Statement kLockUsers{"lock_users", R"(
  SELECT id, email, name, role, status, version, email_verified_at, created_at, updated_at,
         id = $1 AS is_changed,
         id = $2 AND role = 'admin' AND status = 'active' AS is_allowed
    FROM users WHERE id IN ($1, $2) AND deleted_at IS NULL ORDER BY id FOR UPDATE)"};

namespace {

/// As the audit log writes them.
json::Value changes_of(const User& before, Role role, Status status) {
  auto changes = json::Value::object();
  if (role != before.role) changes["role"] = {{"from", name(before.role)}, {"to", name(role)}};
  if (status != before.status) {
    changes["status"] = {{"from", name(before.status)}, {"to", name(status)}};
  }
  return changes;
}

std::optional<User> lock_for_change(db::Transaction& transaction, UserId id, UserId by) {
  std::optional<User> found;
  bool is_allowed = false;
  for (const auto& row : transaction.execute(kLockUsers, id, by)) {
    if (db::boolean(row, "is_changed")) found = read_user(row);
    if (db::boolean(row, "is_allowed")) is_allowed = true;
  }
  if (!is_allowed) throw not_an_admin();
  return found;
}

}  // namespace

constexpr db::Statement kUpdateUser{"update_user", R"(
  UPDATE users SET role = $2, status = $3, trace_id = $4, version = version + 1, updated_at = now()
   WHERE id = $1
  RETURNING id, email, name, role, status, version, email_verified_at, created_at, updated_at)"};

constexpr db::Statement kInsertAuditEntry{"insert_audit_entry", R"(
  INSERT INTO audit_log (id, actor_id, action, user_id, changes, trace_id)
  VALUES ($1, $2, $3, $4, $5, $6))"};

std::optional<User> PgUserRepository::update(UserId id, const UserChange& change, const Actor& by) {
  const auto work = [&](db::Transaction& transaction) -> std::optional<User> {
    if (change.status == Status::disabled) transaction.execute(kForgetResetRequest, id);
    const auto found = lock_for_change(transaction, id, by.user);
    if (!found) return std::nullopt;
    const auto& before = *found;
    const auto role = change.role.value_or(before.role);
    const auto status = change.status.value_or(before.status);
    const auto changes = changes_of(before, role, status);
    if (changes.empty()) return before;

    auto after =
        first_user(transaction.execute(kUpdateUser, id, name(role), name(status), by.trace_id));
    transaction.execute(kInsertAuditEntry, AuditEntryId::make(), by.user, "update_user", id,
                        json::dump(changes), by.trace_id);
    if (status == Status::disabled) {
      transaction.execute(kEndOtherSessions, id, std::nullopt);
      transaction.execute(kForgetResetToken, id);
    }
    return after;
  };
  return keeping_an_admin([&] { return pool_.transact(work); });
}

// Before the account is held, in the order in which a token is made of a request. All purposes are
// named, since the index begins with them.
constexpr db::Statement kForgetMailRequests{"forget_mail_requests", R"(
  DELETE FROM mail_request
   WHERE purpose IN ('password_reset', 'email_verification')
     AND email_key = (SELECT email_key FROM users WHERE id = $1))"};

constexpr db::Statement kAnonymiseUser{"delete_me", R"(
  UPDATE users SET email = NULL, name = NULL, password_hash = NULL, role = 'customer',
                   status = 'disabled', deleted_at = now(), trace_id = $2,
                   version = version + 1, updated_at = now()
   WHERE id = $1 AND deleted_at IS NULL)"};

constexpr db::Statement kForgetSessions{"forget_sessions",
                                        "DELETE FROM session WHERE user_id = $1"};
constexpr db::Statement kForgetAddresses{"forget_addresses",
                                         "DELETE FROM address WHERE user_id = $1"};
constexpr db::Statement kForgetTokens{"forget_account_tokens",
                                      "DELETE FROM account_token WHERE user_id = $1"};
constexpr db::Statement kForgetAnswers{"forget_answers",
                                       "DELETE FROM idempotency_key WHERE subject = $1"};

bool PgUserRepository::anonymise(UserId id, const std::string& trace_id) {
  const auto work = [&](db::Transaction& transaction) {
    transaction.execute(kForgetMailRequests, id);
    if (db::affected_rows(transaction.execute(kAnonymiseUser, id, trace_id)) == 0) return false;
    transaction.execute(kForgetSessions, id);
    transaction.execute(kForgetAddresses, id);
    transaction.execute(kForgetTokens, id);
    transaction.execute(kForgetAnswers, id);
    return true;
  };
  return keeping_an_admin([&] { return pool_.transact(work); });
}

constexpr db::Statement kLockAccount{"lock_account", R"(
  SELECT id, email, name, role, status, version, email_verified_at, created_at, updated_at
    FROM users WHERE email_key = normalized_email($1) FOR UPDATE)"};

// The address comes from a setting, not from JSON that was read to NFC.
constexpr db::Statement kInsertAdmin{"insert_admin", R"(
  INSERT INTO users (id, email, name, password_hash, role)
  VALUES ($1, normalize($2, NFC), $3, $4, 'admin')
  ON CONFLICT (email_key) DO NOTHING)"};

constexpr db::Statement kPromoteToAdmin{"promote_to_admin", R"(
  UPDATE users SET role = 'admin', status = 'active', password_hash = coalesce($2, password_hash),
                   version = version + 1, updated_at = now()
   WHERE id = $1)"};

namespace {

void record_admin(db::Transaction& transaction, UserId id, const json::Value& changes) {
  transaction.execute(kInsertAuditEntry, AuditEntryId::make(), std::nullopt, "create_admin", id,
                      json::dump(changes), "");
}

/// Anybody may register an address that is not theirs, and sign in: where nobody ever showed that
/// it is, neither the password nor a session may outlive the promotion.
MadeAdmin promote(db::Transaction& transaction, const User& before,
                  const std::string& password_hash) {
  if (before.role == Role::admin && before.status == Status::active) return MadeAdmin::unchanged;
  auto changes = changes_of(before, Role::admin, Status::active);
  if (before.email_verified) {
    transaction.execute(kPromoteToAdmin, before.id, std::nullopt);
    record_admin(transaction, before.id, changes);
    return MadeAdmin::promoted;
  }
  transaction.execute(kPromoteToAdmin, before.id, password_hash);
  const auto ended = transaction.execute(kEndOtherSessions, before.id, std::nullopt);
  transaction.execute(kForgetResetToken, before.id);
  changes["password"] = {{"from", "of an unverified address"}, {"to", "given by an operator"}};
  if (db::affected_rows(ended) > 0) changes["sessions"] = {{"from", "open"}, {"to", "ended"}};
  record_admin(transaction, before.id, changes);
  return MadeAdmin::secured;
}

}  // namespace

MadeAdmin PgUserRepository::insert_or_promote_admin(const NewUser& admin) {
  return pool_.transact([&](db::Transaction& transaction) {
    const auto inserted =
        transaction.execute(kInsertAdmin, admin.id, admin.email, admin.name, admin.password_hash);
    if (db::affected_rows(inserted) == 1) {
      record_admin(transaction, admin.id, json::Value::object());
      return MadeAdmin::inserted;
    }
    const auto before = first_user(transaction.execute(kLockAccount, admin.email));
    if (!before) throw db::Conflict();  // it was deleted in between
    return promote(transaction, *before, admin.password_hash);
  });
}

}  // namespace user::storage
