#include "settings.hpp"

#include <mercato/events/consumer.hpp>

namespace catalog {

namespace settings = mercato::settings;
using settings::Kind;

std::vector<settings::Setting> settings_table() {
  return settings::join({
      settings::service_settings(),
      settings::storage_settings(),
      settings::token_settings(),
      mercato::events::consumer_settings(),
      {
          {.name = "JWKS_URL", .meaning = "The key set of the token issuer."},
          {.name = "ORDER_URL",
           .default_value = "",
           .meaning = "Addresses of the order service, whose events are counted as sales, "
                      "separated by commas; empty: none are.",
           .may_be_empty = true},
          {.name = "USER_URL",
           .default_value = "",
           .meaning = "Addresses of the user service, separated by commas: answers kept for an "
                      "account are forgotten when it is deleted; empty: two days later.",
           .may_be_empty = true},
          {.name = "SHOP_CURRENCY",
           .default_value = "GBP",
           .meaning = "What prices are compared in unless a request says otherwise (ISO 4217)."},
          {.name = "PRODUCT_CACHE_ENTRIES",
           .kind = Kind::integer,
           .default_value = "10000",
           .meaning = "Products kept in memory as they are sent, about 1 KiB each; 0 keeps none.",
           .min = 0,
           .max = 10'000'000},
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
