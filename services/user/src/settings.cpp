#include "settings.hpp"

#include <utility>

#include <mercato/crypto/crypto.hpp>

namespace user {

namespace settings = mercato::settings;
using settings::Kind;

namespace {

constexpr std::size_t kKeyBytes = 32;

// Key sets are cached for a minute, by clients and by those who ask for them: a new key is seen for
// more than twice that before it signs, and an old one that much longer than its last token.
constexpr std::chrono::minutes kKeySeen{5};

std::vector<settings::Setting> mail_settings() {
  return {
      {.name = "MAIL_FOLDER",
       .default_value = "",
       .meaning = "Folder that mails are put into, where there is no SMTP_URL; empty: none are.",
       .may_be_empty = true},
      {.name = "SMTP_URL",
       .default_value = "",
       .meaning = "Mail server that mails are handed to: smtp://host:port, or smtps://…",
       .may_be_empty = true},
      {.name = "SMTP_USER",
       .default_value = "",
       .meaning = "Name to sign in to the mail server with; empty: without.",
       .may_be_empty = true},
      {.name = "SMTP_PASSWORD",
       .default_value = "",
       .meaning = "Password that goes with SMTP_USER.",
       .secret = true,
       .may_be_empty = true},
      {.name = "SMTP_REQUIRE_TLS",
       .kind = Kind::boolean,
       .default_value = "true",
       .meaning = "Whether mails to smtp:// are encrypted by STARTTLS, or else not sent."},
      {.name = "SMTP_AUTHORITIES_FILE",
       .default_value = "",
       .meaning = "PEM file of the authorities to trust; empty: the system's.",
       .may_be_empty = true},
      {.name = "MAIL_FROM",
       .default_value = "Mercato <no-reply@mercato.example>",
       .meaning = "What mails say they are from."},
  };
}

}  // namespace

std::vector<settings::Setting> settings_table() {
  return settings::join({
      settings::service_settings(),
      settings::storage_settings(),
      settings::token_settings(),
      mail_settings(),
      {
          {.name = "ORDER_URL",
           .meaning = "Where the order service is, for exports; several addresses with commas."},
          {.name = "PAYMENT_URL",
           .meaning = "Where the payment service is, for exports; several addresses with commas."},
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
          {.name = "SIGN_IN_LIMITS",
           .kind = Kind::boolean,
           .default_value = "true",
           .meaning =
               "Whether failed sign-ins, and mails that an address asks for, are counted, and "
               "slowed down when they are many."},
      },
  });
}

std::string key_encryption_key(const settings::Settings& settings) {
  const auto key = mercato::crypto::parse_base64(settings.text("KEY_ENCRYPTION_KEY"));
  if (!key || key->size() != kKeyBytes) {
    throw settings::SettingsError({"KEY_ENCRYPTION_KEY: must be 32 bytes in base64"});
  }
  return *key;
}

security::KeySchedule key_schedule(const settings::Settings& settings) {
  return {settings.seconds("SIGNING_KEY_TTL_S"), kKeySeen,
          settings.seconds("ACCESS_TOKEN_TTL_S") + kKeySeen};
}

}  // namespace user
