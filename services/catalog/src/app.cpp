#include "app.hpp"

#include <string>
#include <utility>

#include <mercato/auth/authenticator.hpp>
#include <mercato/events/outbox.hpp>
#include <mercato/events/outbox_feed.hpp>
#include <mercato/idempotency/idempotency.hpp>
#include <mercato/process/from_settings.hpp>
#include <mercato/process/readiness.hpp>
#include <mercato/redis/client.hpp>

#include "http/routes.hpp"
#include "storage/figures.hpp"
#include "storage/pg_category_repository.hpp"
#include "storage/pg_offer_reader.hpp"
#include "storage/pg_product_importer.hpp"
#include "storage/pg_product_repository.hpp"
#include "storage/pg_reservation_store.hpp"
#include "storage/pg_stock_repository.hpp"
#include "workers/event_consumers.hpp"
#include "workers/housekeeping.hpp"
#include "workers/reservation_expiry.hpp"
#include "workers/sales_ranking.hpp"

namespace catalog {
namespace {

namespace auth = mercato::auth;
namespace db = mercato::db;
namespace http = mercato::http;
namespace process = mercato::process;
using mercato::settings::Settings;

/// Nothing is asked of other services but their events, in the background.
http::ClientOptions producer(const Settings& settings, auth::ServiceTokens& tokens,
                             const std::string& name, const char* urls) {
  auto options = process::neighbour_options(settings, tokens, name, urls);
  options.name = name + "_events";
  return options;
}

class CatalogApp : public process::App {
 public:
  explicit CatalogApp(const Settings& settings)
      : pool_(process::pool_options(settings, "catalog")),
        redis_(process::redis_options(settings)),
        authenticator_(process::authenticator_options(settings, "catalog", pool_)),
        tokens_("catalog", settings.text("SERVICE_KEY_FILE"),
                settings.text("SERVICE_KEY_SET_FILE")),
        reservations_(pool_, settings.seconds("RESERVATION_TTL_S")),
        product_handlers_(products_, importer_, guard_, settings.text("SHOP_CURRENCY"),
                          static_cast<std::size_t>(settings.integer("PRODUCT_CACHE_ENTRIES"))),
        relay_("catalog", settings.text("DATABASE_URL"), pool_, redis_),
        consumers_(pool_, redis_, producer(settings, tokens_, "order", "ORDER_URL"),
                   producer(settings, tokens_, "user", "USER_URL"),
                   settings.milliseconds("EVENT_COMPARE_MS")) {}

  ~CatalogApp() override { stop(); }

  void start() override {
    expiry_.start();
    housekeeping_.start();
    relay_.start();
    ranking_.start();
    figures_.start();
    consumers_.start();
  }

  void stop() override {
    expiry_.stop();
    housekeeping_.stop();
    ranking_.stop();
    consumers_.stop();
    figures_.stop();
    relay_.stop();
  }

  http::Router routes() override {
    return api::routes({product_handlers_, category_handlers_, stock_handlers_,
                        reservation_handlers_, offer_handlers_, letter_handlers_, feed_});
  }
  http::Authenticate authenticate() override { return authenticator_.callback(); }
  http::Readiness ready() override { return process::readiness_of(pool_); }

 private:
  db::Pool pool_;
  mercato::redis::Client redis_;
  auth::Authenticator authenticator_;
  auth::ServiceTokens tokens_;
  mercato::idempotency::Guard guard_{pool_};

  storage::PgProductRepository products_{pool_};
  storage::PgProductImporter importer_{pool_};
  storage::PgCategoryRepository categories_{pool_};
  storage::PgStockRepository stock_{pool_};
  storage::PgReservationStore reservations_;

  api::ProductHandlers product_handlers_;
  api::CategoryHandlers category_handlers_{categories_, guard_};
  api::StockHandlers stock_handlers_{stock_, guard_};
  storage::PgOfferReader offers_{pool_};
  api::OfferHandlers offer_handlers_{offers_};
  api::ReservationHandlers reservation_handlers_{reservations_, mercato::system_clock()};
  api::DeadLetterHandlers letter_handlers_{pool_, guard_};
  mercato::events::OutboxFeed feed_{"catalog", pool_};

  workers::ReservationExpiry expiry_{reservations_};
  workers::Housekeeping housekeeping_{pool_};
  workers::SalesRanking ranking_{pool_};
  mercato::events::OutboxRelay relay_;
  workers::EventConsumers consumers_;
  process::DatabaseFigures figures_{pool_, storage::figures()};
};

}  // namespace

std::unique_ptr<process::App> make_app(const Settings& settings) {
  return std::make_unique<CatalogApp>(settings);
}

}  // namespace catalog
