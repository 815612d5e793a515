#include "app.hpp"

#include <algorithm>
#include <string>

#include <mercato/auth/authenticator.hpp>
#include <mercato/events/outbox.hpp>
#include <mercato/events/outbox_feed.hpp>
#include <mercato/process/from_settings.hpp>
#include <mercato/process/readiness.hpp>
#include <mercato/redis/client.hpp>
#include <mercato/resilience/backoff.hpp>

#include "clients/http_provider.hpp"
#include "domain/payment_operations.hpp"
#include "http/routes.hpp"
#include "storage/figures.hpp"
#include "storage/pg_dispute_store.hpp"
#include "storage/pg_ledger.hpp"
#include "storage/pg_payment_store.hpp"
#include "storage/pg_provider_events.hpp"
#include "workers/settlement.hpp"

namespace payment {
namespace {

namespace auth = mercato::auth;
namespace db = mercato::db;
namespace http = mercato::http;
namespace process = mercato::process;
using mercato::settings::Settings;
using std::chrono::milliseconds;

/// One try per call: what to do after a lost answer depends on what a read then tells.
http::ClientOptions provider_options(const Settings& settings) {
  http::ClientOptions options;
  options.name = "provider";
  options.base_urls = settings.list("PROVIDER_URL");
  options.total_timeout = settings.milliseconds("PROVIDER_TIMEOUT_MS");
  options.max_connections = 64;
  options.max_tries = 1;
  options.authorization = [bearer = "Bearer " + settings.text("PROVIDER_API_KEY")] {
    return bearer;
  };
  return options;
}

/// Full jitter, capped at 2 s while the work is young: a customer may be waiting. Old work is asked
/// for less often.
milliseconds retry_delay(int tries, std::chrono::seconds age) {
  const milliseconds cap = age < std::chrono::minutes(30) ? milliseconds(2'000)
                                                          : milliseconds(30'000);
  return mercato::resilience::full_jitter(static_cast<std::size_t>(std::max(tries - 1, 0)),
                                          milliseconds(200), cap);
}

/// More than are settled between an authorisation and its capture, or until the provider's webhook.
constexpr std::size_t kRecentPayments = 2'000;
/// Batches keep the locks short.
constexpr std::size_t kPruneBatch = 1'000;

/// A part of the HTTP workers, but one at least.
Slots part_of_workers(const Settings& settings, std::size_t quarters) {
  const auto workers = static_cast<std::size_t>(settings.integer("HTTP_WORKERS"));
  return Slots(std::max<std::size_t>(workers * quarters / 4, 1));
}

class PaymentApp : public process::App {
 public:
  explicit PaymentApp(const Settings& settings)
      : pool_(process::pool_options(settings, "payment")),
        authenticator_(process::authenticator_options(settings, "payment", pool_)),
        provider_(provider_options(settings)),
        room_{part_of_workers(settings, 3), part_of_workers(settings, 2)},
        settle_(store_, provider_, settings.seconds("PAYMENT_PATIENCE_S"), retry_delay),
        settlement_(store_, settle_, disputes_, follow_,
                    static_cast<std::size_t>(settings.integer("SETTLEMENT_WORKERS"))),
        webhook_handlers_(events_, recent_, settings.text("PROVIDER_WEBHOOK_SECRET"),
                          [this] { settlement_.wake(); }, clock_),
        redis_(process::redis_options(settings)),
        relay_("payment", settings.text("DATABASE_URL"), pool_, redis_) {}

  ~PaymentApp() override { stop(); }

  void start() override {
    settlement_.start();
    pruning_.start();
    balancing_.start();
    relay_.start();
    figures_.start();
  }

  void stop() override {
    settlement_.stop();
    pruning_.stop();
    balancing_.stop();
    figures_.stop();
    relay_.stop();
  }

  http::Router routes() override {
    return api::routes({internal_handlers_, payment_handlers_, ledger_handlers_, webhook_handlers_,
                        export_handlers_, feed_});
  }
  http::Authenticate authenticate() override { return authenticator_.callback(); }
  http::Readiness ready() override { return process::readiness_of(pool_); }

 private:
  const mercato::Clock& clock_ = mercato::system_clock();
  db::Pool pool_;
  auth::Authenticator authenticator_;

  storage::PgPaymentStore store_{pool_};
  storage::PgDisputeStore disputes_{pool_};
  storage::PgLedger ledger_{pool_};
  storage::PgProviderEvents events_{pool_};
  clients::HttpProvider provider_;

  ProviderRoom room_;
  RecentPayments recent_{kRecentPayments};
  SettlePayment settle_;
  PaymentOperations operations_{store_, settle_, provider_, room_, recent_, clock_,
                                [this] { settlement_.wake(); }};
  FollowDispute follow_{disputes_, provider_, retry_delay};
  workers::Settlement settlement_;
  process::Loop pruning_{"provider event pruning", [this] {
    return events_.prune(kPruneBatch) == kPruneBatch ? milliseconds(100) : milliseconds(600'000);
  }};
  process::Loop balancing_{"ledger balances", [this] {
    return ledger_.advance_checkpoint() ? milliseconds(100) : milliseconds(600'000);
  }};

  api::InternalHandlers internal_handlers_{operations_};
  api::PaymentHandlers payment_handlers_{store_};
  api::LedgerHandlers ledger_handlers_{ledger_};
  api::ExportHandlers export_handlers_{store_};
  api::WebhookHandlers webhook_handlers_;
  mercato::events::OutboxFeed feed_{"payment", pool_};

  mercato::redis::Client redis_;
  mercato::events::OutboxRelay relay_;
  process::DatabaseFigures figures_{pool_, storage::figures()};
};

}  // namespace

std::unique_ptr<process::App> make_app(const Settings& settings) {
  return std::make_unique<PaymentApp>(settings);
}

}  // namespace payment
