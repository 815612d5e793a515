#pragma once

#include <mercato/db/pool.hpp>

#include "domain/user_repository.hpp"

namespace user::storage {

/// Accounts in PostgreSQL. From any thread; does not own the pool.
class PgUserRepository : public UserRepository {
 public:
  explicit PgUserRepository(mercato::db::Pool& pool) : pool_(pool) {}

  [[nodiscard]] std::optional<User> insert(const NewUser& user) override;
  [[nodiscard]] Credentials find_credentials(const std::string& email) override;
  [[nodiscard]] std::optional<Credentials> find_credentials(UserId id) override;
  [[nodiscard]] std::optional<User> find(UserId id) override;
  [[nodiscard]] std::vector<User> list(const UserFilter& filter, std::optional<UserId> before,
                                       std::size_t limit) override;
  [[nodiscard]] std::optional<UserCheck> check(UserId id,
                                               std::optional<AddressId> address) override;
  [[nodiscard]] std::optional<User> rename(UserId id, const std::string& name) override;
  [[nodiscard]] bool change_password(const PasswordChange& change) override;
  [[nodiscard]] std::optional<User> update(UserId id, const UserChange& change,
                                           const Actor& by) override;
  [[nodiscard]] bool anonymise(UserId id, const std::string& trace_id) override;
  MadeAdmin insert_or_promote_admin(const NewUser& admin) override;

 private:
  mercato::db::Pool& pool_;
};

}  // namespace user::storage
