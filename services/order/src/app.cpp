#include "app.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <mercato/auth/authenticator.hpp>
#include <mercato/events/outbox.hpp>
#include <mercato/events/outbox_feed.hpp>
#include <mercato/process/from_settings.hpp>
#include <mercato/process/readiness.hpp>
#include <mercato/redis/client.hpp>
#include <mercato/resilience/backoff.hpp>

#include "clients/http_catalog.hpp"
#include "clients/http_payment.hpp"
#include "clients/http_products.hpp"
#include "clients/http_user.hpp"
#include "clients/http_webhooks.hpp"
#include "clients/shared_products.hpp"
#include "http/order_answers.hpp"
#include "http/routes.hpp"
#include "settings.hpp"
#include "storage/figures.hpp"
#include "storage/pg_cart_repository.hpp"
#include "storage/pg_checkout_store.hpp"
#include "storage/pg_delivery_store.hpp"
#include "storage/pg_inactive_users.hpp"
#include "storage/pg_order_repository.hpp"
#include "storage/pg_refund_store.hpp"
#include "storage/pg_webhook_repository.hpp"
#include "workers/erasure.hpp"
#include "workers/event_consumers.hpp"
#include "workers/housekeeping.hpp"
#include "workers/saga_recovery.hpp"
#include "workers/webhook_couriers.hpp"

namespace order {
namespace {

namespace auth = mercato::auth;
namespace db = mercato::db;
namespace http = mercato::http;
namespace process = mercato::process;
using mercato::settings::Settings;
using std::chrono::milliseconds;

constexpr const char* kApplication = "order";

http::ClientOptions neighbour(const Settings& settings, auth::ServiceTokens& tokens,
                              const std::string& name, const char* urls, milliseconds timeout) {
  auto options = process::neighbour_options(settings, tokens, name, urls);
  options.total_timeout = timeout;
  return options;
}

/// Events are fetched in the background, and have a breaker and metrics of their own.
http::ClientOptions producer(const Settings& settings, auth::ServiceTokens& tokens,
                             const std::string& name, const char* urls) {
  auto options = neighbour(settings, tokens, name, urls, milliseconds(3'000));
  options.name = name + "_events";
  return options;
}

/// Carts are rather stale than late.
http::ClientOptions products_options(const Settings& settings, auth::ServiceTokens& tokens) {
  auto options = neighbour(settings, tokens, "catalog", "CATALOG_URL", milliseconds(800));
  options.name = "catalog_products";
  return options;
}

http::StrangerClientOptions webhook_options(const Settings& settings) {
  http::StrangerClientOptions options;
  options.callable = webhook_addresses(settings);
  options.plain_http = settings.boolean("WEBHOOK_PLAIN_HTTP");
  options.total_timeout = settings.milliseconds("WEBHOOK_TIMEOUT_MS");
  options.authorities_file = settings.text("WEBHOOK_AUTHORITIES_FILE");
  return options;
}

/// A number from [0, 1).
double dice() {
  constexpr int kSides = 1'000;
  const auto cast =
      mercato::resilience::full_jitter(0, milliseconds(kSides - 1), milliseconds(kSides - 1));
  return static_cast<double>(cast.count()) / kSides;
}

/// Full jitter, capped at 3 s while the work is young: whatever was away is back in use within
/// seconds. Old work is asked for less often.
milliseconds retry_delay(int attempt, std::chrono::seconds age) {
  const milliseconds cap =
      age < std::chrono::minutes(30) ? milliseconds(3'000) : milliseconds(8'000);
  return mercato::resilience::full_jitter(static_cast<std::size_t>(attempt - 1), milliseconds(100),
                                          cap);
}

/// As many as may wait for a worker of the HTTP server.
constexpr std::size_t kMostWaiting = 256;

std::size_t inline_slots(const Settings& settings) {
  const auto workers = static_cast<std::size_t>(settings.integer("HTTP_WORKERS"));
  return std::max<std::size_t>(workers * 3 / 4, 1);
}

/// Sixteen checkouts keep two processors busy, the databases' share included. More do more where it
/// is the provider they wait for, which shows when it is tried; at most as many as have a thread.
constexpr std::size_t kLeastAtOnce = 16;
std::size_t most_at_once(const Settings& settings) {
  return inline_slots(settings) + static_cast<std::size_t>(settings.integer("RECOVERY_WORKERS"));
}

class OrderApp : public process::App {
 public:
  explicit OrderApp(const Settings& settings)
      : // Its sessions are named after this process, so that another one sees when it is gone.
        pool_(process::pool_options(settings, std::string(kApplication) + "-" + instance_.str())),
        sealer_(sealing_key(settings)),
        authenticator_(process::authenticator_options(settings, "order", pool_)),
        tokens_("order", settings.text("SERVICE_KEY_FILE"), settings.text("SERVICE_KEY_SET_FILE")),
        users_(neighbour(settings, tokens_, "user", "USER_URL", milliseconds(2'000)), clock_),
        stock_(neighbour(settings, tokens_, "catalog", "CATALOG_URL", milliseconds(3'000))),
        products_(products_options(settings, tokens_)),
        payments_(neighbour(settings, tokens_, "payment", "PAYMENT_URL", milliseconds(5'000))),
        at_once_(kLeastAtOnce, most_at_once(settings)),
        streams_(orders_, clock_, static_cast<std::size_t>(settings.integer("STREAMS_PER_CALLER"))),
        steps_(checkouts_, users_, shared_products_, stock_, payments_, clock_,
               settings.seconds("PAYMENT_PATIENCE_S")),
        runners_(static_cast<std::size_t>(settings.integer("RECOVERY_WORKERS")),
                 static_cast<std::size_t>(settings.integer("CAPTURE_WORKERS"))),
        inline_slots_(inline_slots(settings)),
        crowd_(kMostWaiting, static_cast<std::size_t>(settings.integer("RECOVERY_WORKERS"))),
        redis_(process::redis_options(settings)),
        relay_("order", settings.text("DATABASE_URL"), pool_, redis_),
        webhooks_(pool_, answers_, sealer_, settings.seconds("WEBHOOK_RETRY_FOR_S")),
        deliveries_(pool_, sealer_, settings.seconds("WEBHOOK_RETRY_FOR_S")),
        merchants_(webhook_options(settings)),
        deliver_webhook_(deliveries_, merchants_, clock_, settings.seconds("WEBHOOK_FIRST_RETRY_S"),
                         dice),
        couriers_(deliveries_, deliver_webhook_, webhook_queue_,
                  static_cast<std::size_t>(settings.integer("WEBHOOK_THREADS"))),
        housekeeping_(
            sagas_, answers_, deliveries_,
            {settings.seconds("IDEMPOTENCY_KEEP_S"), settings.seconds("WEBHOOK_KEEP_S")}),
        erasure_(inactive_users_, settings.seconds("ADDRESS_KEEP_S")),
        consumers_(pool_, redis_, producer(settings, tokens_, "user", "USER_URL"),
                   producer(settings, tokens_, "catalog", "CATALOG_URL"),
                   [this](UserId user) { users_.forget(user); },
                   settings.milliseconds("EVENT_COMPARE_MS")) {
    try {
      sagas_.renew_instance();  // before anything is leased to it
      sagas_.forget_gone_instances(kApplication);
    } catch (const std::exception&) {
      // Without a database nothing can be leased; the heartbeat goes on trying.
    }
  }

  ~OrderApp() override {
    stop();
    recovery_.stop();
    runners_.stop();
    parked_.stop();
    housekeeping_.stop();
    try {
      sagas_.end_instance();
    } catch (const std::exception&) {
      // Without a database the leases run out by themselves.
    }
  }

  void start() override {
    housekeeping_.start();
    runners_.start(drive_saga_, capture_payment_);
    recovery_.start();
    parked_.start();
    streams_.start();
    relay_.start();
    figures_.start();
    consumers_.start();
    erasure_.start();
    couriers_.start();
  }

  // Sagas are run until after the drain: orders still come on open connections, and nobody else
  // takes up what is leased to a process that lives.
  void stop() override {
    couriers_.stop();
    parked_.drain();
    erasure_.stop();
    consumers_.stop();
    figures_.stop();
    relay_.stop();
  }

  http::Router routes() override {
    return api::routes({order_handlers_, refund_handlers_, cart_handlers_, webhook_handlers_,
                        operator_handlers_, export_handlers_, feed_, inactive_users_});
  }
  http::Authenticate authenticate() override { return authenticator_.callback(); }
  http::Readiness ready() override { return process::readiness_of(pool_); }

 private:
  const mercato::Clock& clock_ = mercato::system_clock();
  const mercato::Uuid instance_ = mercato::Uuid::v7();
  db::Pool pool_;
  storage::Sealer sealer_;
  auth::Authenticator authenticator_;
  auth::ServiceTokens tokens_;

  storage::PgAnswerStore answers_{pool_, instance_, sealer_};
  storage::PgOrderRepository orders_{pool_, instance_};
  storage::PgCartRepository carts_{pool_};
  storage::PgCheckoutStore checkouts_{pool_, answers_, instance_, clock_};
  storage::PgSagaStore sagas_{pool_, instance_};
  storage::PgRefundStore refunds_{pool_, answers_, instance_};
  storage::PgInactiveUsers inactive_users_{pool_};

  clients::HttpUser users_;
  clients::HttpCatalog stock_;
  clients::HttpProducts products_;
  clients::SharedProducts shared_products_{products_};
  clients::HttpPayment payments_;

  // Above whatever holds something of them, sagas in line and clients that wait, to outlive it.
  Holds running_;
  Holds open_requests_;
  ConcurrencyLimit at_once_;
  api::OrderAnswers writer_;
  api::ParkedClients parked_{answers_, orders_, writer_, clock_, [this] { recovery_.wake(); }};
  api::OrderStreams streams_;
  CheckoutSteps steps_;
  workers::SagaRunners runners_;
  Slots inline_slots_;
  Crowd crowd_;

  UndoOrder undo_order_{sagas_, stock_, payments_, parked_, clock_, retry_delay};
  PlaceOrder place_order_{{checkouts_, orders_, carts_, sagas_, answers_, writer_, parked_, steps_,
                           undo_order_, runners_, running_, open_requests_, inline_slots_, crowd_,
                           at_once_, clock_, retry_delay}};
  CapturePayment capture_payment_{sagas_,   orders_, sagas_,     payments_,
                                  runners_, clock_,  retry_delay};
  RefundOrder refund_order_{
      {refunds_, orders_, sagas_, stock_, payments_, running_, clock_, retry_delay}};
  CancelOrder cancel_order_{orders_, undo_order_, parked_, running_, clock_};
  ShipOrder ship_order_{orders_, payments_, clock_};
  DeliverOrder deliver_order_{orders_, clock_};
  GetCart get_cart_{carts_, products_};
  PutCartItem put_cart_item_{carts_, products_};
  DriveSaga drive_saga_{place_order_, capture_payment_, undo_order_, refund_order_, sagas_};

  api::KeyedAnswers keyed_answers_{answers_};
  api::OrderHandlers order_handlers_{place_order_, cancel_order_,  ship_order_, deliver_order_,
                                     orders_,      keyed_answers_, parked_,     streams_};
  api::OperatorHandlers operator_handlers_{sagas_, pool_, keyed_answers_};
  api::RefundHandlers refund_handlers_{refund_order_, refunds_, orders_, answers_,
                                       keyed_answers_};
  api::CartHandlers cart_handlers_{get_cart_, put_cart_item_, carts_};
  api::ExportHandlers export_handlers_{orders_, refunds_, get_cart_};
  mercato::events::OutboxFeed feed_{"order", pool_};

  workers::SagaRecovery recovery_{sagas_, runners_, running_, [this] { return parked_.any(); },
                                  clock_};
  mercato::redis::Client redis_;
  mercato::events::OutboxRelay relay_;

  storage::PgWebhookRepository webhooks_;
  storage::PgDeliveryStore deliveries_;
  clients::HttpWebhooks merchants_;
  DeliverWebhook deliver_webhook_;
  workers::WebhookQueue webhook_queue_{redis_};
  workers::WebhookCouriers couriers_;
  CreateWebhookEndpoint create_webhook_endpoint_{webhooks_, answers_, merchants_,
                                                 clients::make_webhook_secret, clock_};
  api::WebhookHandlers webhook_handlers_{create_webhook_endpoint_, webhooks_, keyed_answers_,
                                         [this] { couriers_.wake(); }};

  workers::Housekeeping housekeeping_;
  workers::Erasure erasure_;
  workers::EventConsumers consumers_;
  process::DatabaseFigures figures_{pool_, storage::figures()};
};

}  // namespace

std::unique_ptr<process::App> make_app(const Settings& settings) {
  return std::make_unique<OrderApp>(settings);
}

}  // namespace order
