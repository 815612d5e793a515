#include "settings.hpp"

#include <mercato/events/consumer.hpp>

namespace order {

namespace settings = mercato::settings;
using settings::Kind;

std::vector<settings::Setting> settings_table() {
  return settings::join({
      settings::service_settings(),
      settings::storage_settings(),
      settings::token_settings(),
      mercato::events::consumer_settings(),
      {
          {.name = "HTTP_WORKERS",
           .kind = Kind::integer,
           .default_value = "16",
           .meaning = "Threads that answer requests; at most three quarters drive a checkout.",
           .min = 1,
           .max = 512},
          {.name = "DB_POOL_SIZE",
           .kind = Kind::integer,
           .default_value = "12",
           .meaning = "Connections to the database.",
           .min = 1,
           .max = 200},
          {.name = "JWKS_URL", .meaning = "The key set of the token issuer."},
          {.name = "USER_URL", .meaning = "Addresses of the user service, separated by commas."},
          {.name = "CATALOG_URL", .meaning = "Addresses of the catalog, separated by commas."},
          {.name = "PAYMENT_URL",
           .meaning = "Addresses of the payment service, separated by commas."},
          {.name = "RECOVERY_WORKERS",
           .kind = Kind::integer,
           .default_value = "8",
           .meaning = "Threads that drive checkouts, undos and refunds outside of requests.",
           .min = 1,
           .max = 256},
          {.name = "CAPTURE_WORKERS",
           .kind = Kind::integer,
           .default_value = "4",
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
  });
}

}  // namespace order
