#include "app.hpp"

#include <utility>

#include <mercato/auth/authenticator.hpp>
#include <mercato/auth/pg_key_set_store.hpp>
#include <mercato/events/outbox.hpp>
#include <mercato/idempotency/idempotency.hpp>
#include <mercato/redis/client.hpp>

#include "http/routes.hpp"
#include "storage/pg_category_repository.hpp"
#include "storage/pg_product_importer.hpp"
#include "storage/pg_product_repository.hpp"
#include "storage/pg_reservation_store.hpp"
#include "storage/pg_stock_repository.hpp"
#include "workers/housekeeping.hpp"
#include "workers/reservation_expiry.hpp"

namespace catalog {
namespace {

namespace auth = mercato::auth;
namespace db = mercato::db;
namespace http = mercato::http;
using mercato::settings::Settings;

db::PoolOptions pool_options(const Settings& settings) {
  db::PoolOptions options;
  options.url = settings.text("DATABASE_URL");
  options.application_name = "catalog";
  options.size = static_cast<std::size_t>(settings.integer("DB_POOL_SIZE"));
  return options;
}

auth::AuthenticatorOptions auth_options(const Settings& settings, db::Pool& pool) {
  auth::AuthenticatorOptions options;
  options.service = "catalog";
  options.token_issuer = settings.text("TOKEN_ISSUER");
  options.token_audience = settings.text("TOKEN_AUDIENCE");
  options.jwks_url = settings.text("JWKS_URL");
  options.service_key_set_file = settings.text("SERVICE_KEY_SET_FILE");
  options.store = std::make_shared<auth::PgKeySetStore>(pool);
  return options;
}

mercato::redis::ClientOptions redis_options(const Settings& settings) {
  mercato::redis::ClientOptions options;
  options.url = settings.text("REDIS_URL");
  return options;
}

class CatalogApp : public mercato::process::App {
 public:
  explicit CatalogApp(const Settings& settings)
      : pool_(pool_options(settings)),
        redis_(redis_options(settings)),
        authenticator_(auth_options(settings, pool_)),
        reservations_(pool_, settings.seconds("RESERVATION_TTL_S")),
        product_handlers_(products_, importer_, settings.text("SHOP_CURRENCY")),
        relay_("catalog", settings.text("DATABASE_URL"), pool_, redis_) {}

  ~CatalogApp() override { stop(); }

  void start() override {
    expiry_.start();
    housekeeping_.start();
    relay_.start();
  }

  void stop() override {
    expiry_.stop();
    housekeeping_.stop();
    relay_.stop();
  }

  http::Router routes() override {
    return api::routes(product_handlers_, category_handlers_, stock_handlers_,
                       reservation_handlers_);
  }
  http::Authenticate authenticate() override {
    return [this](const http::Request& request, http::Access access) {
      return authenticator_.authenticate(request, access);
    };
  }
  http::Readiness ready() override {
    if (pool_.healthy()) return {};
    return {false, "database"};
  }

 private:
  db::Pool pool_;
  mercato::redis::Client redis_;
  auth::Authenticator authenticator_;
  mercato::idempotency::Guard guard_{pool_};

  storage::PgProductRepository products_{pool_};
  storage::PgProductImporter importer_{pool_};
  storage::PgCategoryRepository categories_{pool_};
  storage::PgStockRepository stock_{pool_};
  storage::PgReservationStore reservations_;

  api::ProductHandlers product_handlers_;
  api::CategoryHandlers category_handlers_{categories_};
  api::StockHandlers stock_handlers_{stock_, guard_};
  api::ReservationHandlers reservation_handlers_{reservations_, mercato::system_clock()};

  workers::ReservationExpiry expiry_{reservations_};
  workers::Housekeeping housekeeping_{pool_};
  mercato::events::OutboxRelay relay_;
};

}  // namespace

std::unique_ptr<mercato::process::App> make_app(const Settings& settings) {
  return std::make_unique<CatalogApp>(settings);
}

}  // namespace catalog
