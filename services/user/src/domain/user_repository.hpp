#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "domain/address.hpp"
#include "domain/user.hpp"

namespace user {

struct NewUser {
  UserId id;
  std::string email;
  std::string name;
  std::string password_hash;
  std::string trace_id;
};

/// What a password is checked against. There is a key for every address, also for one without an
/// account: the same for all spellings of it.
struct Credentials {
  std::string email_key;
  std::optional<User> user;
  std::optional<std::string> password_hash;
};

struct UserFilter {
  std::optional<std::string> email_prefix = std::nullopt;
  std::optional<Role> role = std::nullopt;
  std::optional<Status> status = std::nullopt;
};

/// What an admin changes about somebody.
struct UserChange {
  std::optional<Role> role;
  std::optional<Status> status;
};

struct PasswordChange {
  UserId user;
  std::string old_hash;
  std::string new_hash;
  SessionId keep;  // the session that goes on; all others end
};

/// Who changes something, and in which request.
struct Actor {
  UserId user;
  std::string trace_id;
};

/// What became of the account that an operator wants to be an admin's.
enum class MadeAdmin {
  inserted,   // there was none
  promoted,   // its address is verified: it keeps its password
  secured,    // promoted; its address never was: it has the given password, and its sessions ended
  unchanged,  // it is an active admin's already
};

/// What another service asks before it deals with somebody.
struct UserCheck {
  UserId user;
  Status status = Status::active;
  Role role = Role::customer;
  std::optional<Address> address;
};

/// Accounts. One that was deleted is not found by anything. From any thread.
class UserRepository {
 public:
  virtual ~UserRepository() = default;

  /// Asks for the mail that verifies the address, too. Nothing if the address is taken.
  [[nodiscard]] virtual std::optional<User> insert(const NewUser& user) = 0;
  [[nodiscard]] virtual Credentials find_credentials(const std::string& email) = 0;
  [[nodiscard]] virtual std::optional<Credentials> find_credentials(UserId id) = 0;
  [[nodiscard]] virtual std::optional<User> find(UserId id) = 0;
  /// Newest first.
  [[nodiscard]] virtual std::vector<User> list(const UserFilter& filter,
                                               std::optional<UserId> before, std::size_t limit) = 0;
  [[nodiscard]] virtual std::optional<UserCheck> check(UserId id,
                                                       std::optional<AddressId> address) = 0;

  [[nodiscard]] virtual std::optional<User> rename(UserId id, const std::string& name) = 0;
  /// Ends all sessions but one, and forgets the token for a forgotten password. False if the old
  /// hash is no longer the account's.
  [[nodiscard]] virtual bool change_password(const PasswordChange& change) = 0;
  /// Writes the audit log; whoever is disabled loses sessions and the token for a forgotten
  /// password. Error 403 if the actor is no active admin, 409 `last_admin`.
  [[nodiscard]] virtual std::optional<User> update(UserId id, const UserChange& change,
                                                   const Actor& by) = 0;
  /// Takes away all that tells who it was, addresses and sessions included. False if there is no
  /// such account. Error 409 `last_admin`.
  [[nodiscard]] virtual bool anonymise(UserId id, const std::string& trace_id) = 0;

  /// An active admin of that e-mail address, made or promoted by an operator. Writes the audit log.
  virtual MadeAdmin insert_or_promote_admin(const NewUser& admin) = 0;
};

}  // namespace user
