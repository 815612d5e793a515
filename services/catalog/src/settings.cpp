#include "settings.hpp"

namespace catalog {

namespace settings = mercato::settings;
using settings::Kind;

std::vector<settings::Setting> settings_table() {
  return settings::join({
      settings::service_settings(),
      settings::storage_settings(),
      settings::token_settings(),
      {
          {.name = "JWKS_URL", .meaning = "The key set of the token issuer."},
          {.name = "SHOP_CURRENCY",
           .default_value = "GBP",
           .meaning = "What prices are compared in unless a request says otherwise (ISO 4217)."},
          {.name = "RESERVATION_TTL_S",
           .kind = Kind::integer,
           .default_value = "900",
           .meaning = "Seconds for which stock is held for an order that is not paid yet.",
           .min = 1,
           .max = 86'400},
      },
  });
}

}  // namespace catalog
