#include "create_admin.hpp"

#include <chrono>
#include <iostream>
#include <stdexcept>
#include <utility>

#include <mercato/crypto/crypto.hpp>
#include <mercato/db/pool.hpp>
#include <mercato/json/nfc.hpp>
#include <mercato/json/spelling.hpp>
#include <mercato/json/utf8.hpp>
#include <mercato/process/from_settings.hpp>

#include "domain/password_policy.hpp"
#include "http/email_address.hpp"
#include "settings.hpp"
#include "storage/pg_user_repository.hpp"

namespace user {

namespace json = mercato::json;
namespace settings = mercato::settings;

namespace {

std::vector<settings::Setting> admin_settings() {
  return {
      {.name = "ADMIN_EMAIL", .meaning = "The admin's e-mail address."},
      {.name = "ADMIN_PASSWORD",
       .meaning = "The password of the account, unless it is there and keeps its own.",
       .secret = true},
  };
}

std::string mistake_in(const std::string& password, const std::string& email) {
  if (!json::is_valid_utf8(password)) return "must be UTF-8";
  if (json::length(password) > kMaxPasswordLength) {
    return "must be at most " + std::to_string(kMaxPasswordLength) + " characters";
  }
  return weakness_of({password, json::spelling_key(password)}, json::spelling_key(email))
      .value_or("");
}

void check(const std::string& email, const std::string& password) {
  std::vector<std::string> mistakes;
  const bool is_address = json::is_valid_utf8(email) && api::is_email_address(email);
  if (!is_address) mistakes.emplace_back("ADMIN_EMAIL: must be an e-mail address");
  if (const auto mistake = mistake_in(password, is_address ? email : ""); !mistake.empty()) {
    mistakes.push_back("ADMIN_PASSWORD: " + mistake);
  }
  if (!mistakes.empty()) throw settings::SettingsError(std::move(mistakes));
}

/// After the address.
const char* outcome_text(MadeAdmin outcome) {
  switch (outcome) {
    case MadeAdmin::inserted: return " was made an admin";
    case MadeAdmin::promoted: return " was made an admin and keeps its password";
    case MadeAdmin::secured:
      return " was made an admin; its address was never verified, so it has the password given now "
             "and its sessions were ended";
    case MadeAdmin::unchanged: return " is an admin";
  }
  throw std::logic_error("no such outcome");
}

}  // namespace

int create_admin(const settings::Settings& settings, const std::vector<std::string>&) {
  const auto admin = settings::Settings::load(admin_settings());
  const auto& email = admin.text("ADMIN_EMAIL");
  check(email, admin.text("ADMIN_PASSWORD"));
  const auto password = json::to_nfc(admin.text("ADMIN_PASSWORD"));  // as who signs in sends it

  mercato::db::Pool pool(
      mercato::process::one_connection(settings, "user-create-admin", std::chrono::seconds(30)));
  storage::PgUserRepository users(pool);
  const auto outcome = users.insert_or_promote_admin(
      {UserId::make(), email, "Admin", mercato::crypto::hash_password(password), {}});
  std::cout << email << outcome_text(outcome) << '\n';
  return 0;
}

}  // namespace user
