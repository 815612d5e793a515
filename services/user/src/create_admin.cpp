#include "create_admin.hpp"

#include <chrono>
#include <iostream>
#include <utility>

#include <mercato/crypto/crypto.hpp>
#include <mercato/db/pool.hpp>
#include <mercato/process/from_settings.hpp>

#include "domain/email_address.hpp"
#include "domain/password_policy.hpp"
#include "settings.hpp"
#include "storage/pg_user_repository.hpp"

namespace user {

namespace settings = mercato::settings;

namespace {

std::vector<settings::Setting> admin_settings() {
  return {
      {.name = "ADMIN_EMAIL", .meaning = "The admin's e-mail address."},
      {.name = "ADMIN_PASSWORD",
       .meaning = "The password of the account, if it has to be made.",
       .secret = true},
  };
}

void check(const std::string& email, const std::string& password) {
  std::vector<std::string> mistakes;
  if (!is_email_address(email)) mistakes.emplace_back("ADMIN_EMAIL: must be an e-mail address");
  if (const auto weakness = weakness_of(password, email)) {
    mistakes.push_back("ADMIN_PASSWORD: " + *weakness);
  }
  if (!mistakes.empty()) throw settings::SettingsError(std::move(mistakes));
}

}  // namespace

int create_admin(const settings::Settings& settings, const std::vector<std::string>&) {
  const auto admin = settings::Settings::load(admin_settings());
  const auto& email = admin.text("ADMIN_EMAIL");
  const auto& password = admin.text("ADMIN_PASSWORD");
  check(email, password);

  mercato::db::Pool pool(
      mercato::process::one_connection(settings, "user-create-admin", std::chrono::seconds(30)));
  storage::PgUserRepository users(pool);
  const bool made = users.insert_or_promote_admin(
      {UserId::make(), email, "Admin", mercato::crypto::hash_password(password), {}});
  std::cout << email << (made ? " was made an admin\n" : " is an admin\n");
  return 0;
}

}  // namespace user
