#include "settings.hpp"

#include <utility>

#include <mercato/crypto/crypto.hpp>
#include <mercato/events/consumer.hpp>

namespace order {

namespace settings = mercato::settings;
using settings::Kind;

namespace {

std::vector<settings::Setting> webhook_settings() {
  return {
      {.name = "SEALING_KEY",
       .default_value = "",
       .meaning = "32 bytes in base64 that seal the secrets of webhooks; without it none are made.",
       .secret = true},
      {.name = "WEBHOOK_ADDRESSES",
       .default_value = "internet",
       .meaning = "Where webhooks may lead: the internet, `loopback` too, or `any` address.",
       .choices = {"internet", "loopback", "any"}},
      {.name = "WEBHOOK_PLAIN_HTTP",
       .kind = Kind::boolean,
       .default_value = "false",
       .meaning = "Whether webhooks may be http; else only https."},
      {.name = "WEBHOOK_AUTHORITIES_FILE",
       .default_value = "",
       .meaning = "PEM file of the authorities that webhooks trust; empty: the system's."},
      {.name = "WEBHOOK_TIMEOUT_MS",
       .kind = Kind::integer,
       .default_value = "10000",
       .meaning = "Milliseconds that an endpoint has to answer.",
       .min = 100,
       .max = 20'000},
      {.name = "STREAMS_PER_CALLER",
       .kind = Kind::integer,
       .default_value = "100",
       .meaning = "Event streams that one caller may have open; there is room for 1,000 in all.",
       .min = 1,
       .max = 1'000},
      {.name = "WEBHOOK_FIRST_RETRY_S",
       .kind = Kind::integer,
       .default_value = "5",
       .meaning = "Seconds before the first retry; each one waits four times longer, up to 8 h.",
       .min = 1,
       .max = 3'600},
      {.name = "WEBHOOK_RETRY_FOR_S",
       .kind = Kind::integer,
       .default_value = "259200",
       .meaning = "Seconds after which a delivery is given up.",
       .min = 1,
       .max = 2'592'000},
      {.name = "WEBHOOK_KEEP_S",
       .kind = Kind::integer,
       .default_value = "2592000",
       .meaning = "Seconds for which deliveries are kept in the log.",
       .min = 86'400,
       .max = 31'536'000},
      {.name = "WEBHOOK_THREADS",
       .kind = Kind::integer,
       .default_value = "32",
       .meaning = "Threads that deliver webhooks at most; they are made when they are needed.",
       .min = 1,
       .max = 256},
  };
}

}  // namespace

std::vector<settings::Setting> settings_table() {
  return settings::join({
      settings::service_settings(),
      settings::storage_settings(),
      settings::token_settings(),
      mercato::events::consumer_settings(),
      {
          {.name = "HTTP_WORKERS",
           .kind = Kind::integer,
           .default_value = "32",
           .meaning = "Threads that answer requests; at most three quarters drive a checkout.",
           .min = 1,
           .max = 512},
          {.name = "DB_POOL_SIZE",
           .kind = Kind::integer,
           .default_value = "12",
           .meaning = "Connections to the database.",
           .min = 2,
           .max = 200},
          {.name = "JWKS_URL", .meaning = "The key set of the token issuer."},
          {.name = "USER_URL", .meaning = "Addresses of the user service, separated by commas."},
          {.name = "CATALOG_URL", .meaning = "Addresses of the catalog, separated by commas."},
          {.name = "PAYMENT_URL",
           .meaning = "Addresses of the payment service, separated by commas."},
          {.name = "RECOVERY_WORKERS",
           .kind = Kind::integer,
           .default_value = "24",
           .meaning = "Threads that drive checkouts, undos and refunds outside of requests.",
           .min = 1,
           .max = 256},
          {.name = "CAPTURE_WORKERS",
           .kind = Kind::integer,
           .default_value = "8",
           .meaning = "Threads that capture the payments of confirmed orders.",
           .min = 1,
           .max = 64},
          {.name = "PAYMENT_PATIENCE_S",
           .kind = Kind::integer,
           .default_value = "900",
           .meaning = "Seconds after which an order that cannot be paid is rejected.",
           .min = 1,
           .max = 86'400},
          {.name = "IDEMPOTENCY_KEEP_S",
           .kind = Kind::integer,
           .default_value = "172800",
           .meaning = "Seconds for which answers are kept under their Idempotency-Key.",
           .min = 86'400,
           .max = 31'536'000},
          {.name = "ADDRESS_KEEP_S",
           .kind = Kind::integer,
           .default_value = "2592000",
           .meaning = "Seconds for which a deleted user's address outlives the end of an order.",
           .min = 0,
           .max = 315'360'000},
      },
      webhook_settings(),
  });
}

std::string sealing_key(const settings::Settings& settings) {
  const auto& text = settings.text("SEALING_KEY");
  if (text.empty()) return {};
  auto key = mercato::crypto::parse_base64(text);
  if (!key || key->size() != 32) {
    throw settings::SettingsError({"SEALING_KEY: must be 32 bytes in base64"});
  }
  return std::move(*key);
}

mercato::http::Callable webhook_addresses(const settings::Settings& settings) {
  const auto& text = settings.text("WEBHOOK_ADDRESSES");
  if (text == "any") return mercato::http::Callable::anything;
  return text == "loopback" ? mercato::http::Callable::internet_and_loopback
                            : mercato::http::Callable::internet;
}

}  // namespace order
