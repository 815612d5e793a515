#include "settings.hpp"

#include <utility>

#include <mercato/crypto/crypto.hpp>

namespace user {

namespace settings = mercato::settings;
using settings::Kind;

namespace {

constexpr std::size_t kKeyBytes = 32;

/// This service is called and calls nobody, so that it needs no key of its own.
std::vector<settings::Setting> verification_settings() {
  auto table = settings::token_settings();
  std::erase_if(table, [](const auto& row) { return row.name == "SERVICE_KEY_FILE"; });
  return table;
}

}  // namespace

std::vector<settings::Setting> settings_table() {
  return settings::join({
      settings::service_settings(),
      settings::storage_settings(),
      verification_settings(),
      {
          {.name = "ACCESS_TOKEN_TTL_S",
           .kind = Kind::integer,
           .default_value = "900",
           .meaning = "Seconds that an access token lives.",
           .min = 1,
           .max = 86'400},
          {.name = "REFRESH_TOKEN_TTL_S",
           .kind = Kind::integer,
           .default_value = "2592000",
           .meaning = "Seconds that a refresh token lives, and an unused session with it.",
           .min = 1,
           .max = 31'536'000},
          {.name = "KEY_ENCRYPTION_KEY",
           .meaning = "32 bytes in base64 that seal the signing keys in the database.",
           .secret = true},
          {.name = "SIGNING_KEY_TTL_S",
           .kind = Kind::integer,
           .default_value = "2592000",
           .meaning = "Seconds for which a key signs access tokens before the next one does.",
           .min = 600,
           .max = 31'536'000},
          {.name = "PASSWORD_THREADS",
           .kind = Kind::integer,
           .default_value = "2",
           .meaning = "Passwords that are hashed at once, in 19 MiB each.",
           .min = 1,
           .max = 64},
          {.name = "MAIL_FOLDER",
           .default_value = "",
           .meaning = "Folder that mails are put into, for a mail server; empty: none are sent.",
           .may_be_empty = true},
          {.name = "MAIL_FROM",
           .default_value = "Mercato <no-reply@mercato.example>",
           .meaning = "What mails say they are from."},
          {.name = "SIGN_IN_LIMITS",
           .kind = Kind::boolean,
           .default_value = "true",
           .meaning = "Whether failed sign-ins are counted, and slowed down when they are many."},
      },
  });
}

std::string key_encryption_key(const settings::Settings& settings) {
  auto key = mercato::crypto::parse_base64(settings.text("KEY_ENCRYPTION_KEY"));
  if (!key || key->size() != kKeyBytes) {
    throw settings::SettingsError({"KEY_ENCRYPTION_KEY: must be 32 bytes in base64"});
  }
  return std::move(*key);
}

}  // namespace user
