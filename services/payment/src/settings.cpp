#include "settings.hpp"

namespace payment {

namespace settings = mercato::settings;
using settings::Kind;

std::vector<settings::Setting> settings_table() {
  return settings::join({
      settings::service_settings(),
      settings::storage_settings(),
      settings::token_settings(),
      {
          {.name = "HTTP_WORKERS",
           .kind = Kind::integer,
           .default_value = "64",
           .meaning = "Threads that answer requests; at most three quarters wait for the provider.",
           .min = 1,
           .max = 512},
          {.name = "JWKS_URL", .meaning = "The key set of the token issuer."},
          {.name = "PROVIDER_URL", .meaning = "Address of the payment provider."},
          {.name = "PROVIDER_API_KEY", .meaning = "Our key at the provider.", .secret = true},
          {.name = "PROVIDER_WEBHOOK_SECRET",
           .meaning = "What the provider signs its webhooks with.",
           .secret = true},
          {.name = "PROVIDER_TIMEOUT_MS",
           .kind = Kind::integer,
           .default_value = "3000",
           .meaning = "Milliseconds that one call to the provider may take.",
           .min = 100,
           .max = 30'000},
          {.name = "SETTLEMENT_WORKERS",
           .kind = Kind::integer,
           .default_value = "8",
           .meaning = "Threads that find out what the provider did outside of requests.",
           .min = 1,
           .max = 256},
          {.name = "PAYMENT_PATIENCE_S",
           .kind = Kind::integer,
           .default_value = "900",
           .meaning = "Seconds after which a payment that cannot be authorised is voided.",
           .min = 1,
           .max = 86'400},
      },
  });
}

}  // namespace payment
