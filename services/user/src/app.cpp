#include "app.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <mercato/auth/authenticator.hpp>
#include <mercato/events/outbox.hpp>
#include <mercato/events/outbox_feed.hpp>
#include <mercato/idempotency/idempotency.hpp>
#include <mercato/process/database_figures.hpp>
#include <mercato/process/from_settings.hpp>
#include <mercato/process/readiness.hpp>
#include <mercato/redis/client.hpp>

#include "clients/http_holdings.hpp"
#include "clients/mail_folder.hpp"
#include "clients/smtp_mailer.hpp"
#include "http/routes.hpp"
#include "security/argon2_passwords.hpp"
#include "security/jwt_access_tokens.hpp"
#include "security/sealed_refresh_tokens.hpp"
#include "settings.hpp"
#include "storage/pg_account_tokens.hpp"
#include "storage/pg_address_repository.hpp"
#include "storage/pg_audit_log.hpp"
#include "storage/pg_signing_key_repository.hpp"
#include "storage/pg_user_repository.hpp"
#include "storage/redis_sign_in_limits.hpp"
#include "workers/housekeeping.hpp"
#include "workers/key_rotation.hpp"
#include "workers/mail_delivery.hpp"

namespace user {
namespace {

namespace auth = mercato::auth;
namespace db = mercato::db;
namespace http = mercato::http;
namespace idempotency = mercato::idempotency;
namespace process = mercato::process;
namespace redis = mercato::redis;
using mercato::settings::Settings;

auth::AuthenticatorOptions auth_options(const Settings& settings,
                                        const security::SigningKeys& keys) {
  auth::AuthenticatorOptions options;
  options.service = "user";
  options.token_issuer = settings.text("TOKEN_ISSUER");
  options.token_audience = settings.text("TOKEN_AUDIENCE");
  options.own_keys = [&keys] { return keys.published(); };
  options.service_key_set_file = settings.text("SERVICE_KEY_SET_FILE");
  return options;
}

security::AccessTokenOptions token_options(const Settings& settings) {
  return {settings.text("TOKEN_ISSUER"), settings.text("TOKEN_AUDIENCE"),
          settings.seconds("ACCESS_TOKEN_TTL_S")};
}

api::LaneOptions password_lane(const Settings& settings) {
  api::LaneOptions options;
  options.threads = static_cast<std::size_t>(settings.integer("PASSWORD_THREADS"));
  options.niceness = 5;  // a flood of sign-ins takes what the other work leaves of the processors
  options.busy = "Too many people sign in at this moment. Try again.";
  return options;
}

api::LaneOptions export_lane() {
  api::LaneOptions options;
  options.threads = 3;
  options.max_waiting = 20;
  return options;
}

/// Null if mails are not to be sent.
std::unique_ptr<Mailer> make_mailer(const Settings& settings) {
  const auto& from = settings.text("MAIL_FROM");
  if (!settings.text("SMTP_URL").empty()) {
    return std::make_unique<clients::SmtpMailer>(clients::SmtpOptions{
        settings.text("SMTP_URL"), from, settings.text("SMTP_USER"), settings.text("SMTP_PASSWORD"),
        settings.boolean("SMTP_REQUIRE_TLS"), settings.text("SMTP_AUTHORITIES_FILE")});
  }
  const auto& folder = settings.text("MAIL_FOLDER");
  return folder.empty() ? nullptr : std::make_unique<clients::MailFolder>(folder, from);
}

/// For load tests, which fail on purpose.
class NoLimits : public SignInLimits {
 public:
  std::optional<TooManyFailures> begin(const PasswordAttempt&) override { return {}; }
  void succeeded(const PasswordAttempt&) override {}
};

class UserApp : public process::App {
 public:
  UserApp(const Settings& settings, const std::string& key_encryption_key)
      : pool_(process::pool_options(settings, "user")),
        redis_(process::redis_options(settings)),
        sessions_(pool_, settings.seconds("REFRESH_TOKEN_TTL_S")),
        account_tokens_(pool_, key_encryption_key),
        signing_keys_(pool_, key_encryption_key, key_schedule(settings)),
        limits_(settings.boolean("SIGN_IN_LIMITS") ? static_cast<SignInLimits&>(redis_limits_)
                                                   : no_limits_),
        access_tokens_(keys_, token_options(settings), clock_),
        refresh_tokens_(key_encryption_key),
        authenticator_(auth_options(settings, keys_)),
        service_tokens_("user", settings.text("SERVICE_KEY_FILE"),
                        settings.text("SERVICE_KEY_SET_FILE")),
        held_elsewhere_(
            process::neighbour_options(settings, service_tokens_, "order", "ORDER_URL"),
            process::neighbour_options(settings, service_tokens_, "payment", "PAYMENT_URL")),
        password_lane_(password_lane(settings)),
        recovery_handlers_(account_tokens_, reset_password_, password_lane_,
                           settings.boolean("SIGN_IN_LIMITS")),
        mailer_(make_mailer(settings)),
        relay_("user", settings.text("DATABASE_URL"), pool_, redis_) {
    if (mailer_) mail_delivery_.emplace(account_tokens_, *mailer_);
  }

  ~UserApp() override { stop(); }

  // Without keys it is not ready, and never would be beside the process that it is to replace.
  void prepare() override { key_rotation_.start(); }

  void start() override {
    housekeeping_.start();
    relay_.start();
    figures_.start();
    if (mail_delivery_) mail_delivery_->start();
  }

  void stop() override {
    if (mail_delivery_) mail_delivery_->stop();
    figures_.stop();
    relay_.stop();
    housekeeping_.stop();
    key_rotation_.stop();
  }

  http::Router routes() override {
    return api::routes({user_handlers_, session_handlers_, recovery_handlers_, address_handlers_,
                        audit_handlers_, key_handlers_, export_handlers_, feed_});
  }
  http::Authenticate authenticate() override { return authenticator_.callback(); }
  http::Readiness ready() override {
    auto readiness = process::readiness_of(pool_);
    if (readiness.ready && !keys_.published()) return {false, "signing keys"};
    return readiness;
  }

 private:
  /// An address that is added, and the answer that says so, are stored together.
  http::Response run_keyed(const http::Request& request, const api::AddressWork& work) {
    return guard_.run(request, idempotency::key_of(request), [&](db::Transaction& transaction) {
      storage::PgAddressRepository<db::Transaction> addresses(transaction);
      return work(addresses);
    });
  }

  const mercato::Clock& clock_ = mercato::system_clock();
  db::Pool pool_;
  redis::Client redis_;

  storage::PgUserRepository users_{pool_};
  storage::PgSessionRepository sessions_;
  storage::PgAddressRepository<db::Pool> addresses_{pool_};
  storage::PgAuditLog audit_log_{pool_};
  storage::PgAccountTokens account_tokens_;
  storage::PgSigningKeyRepository signing_keys_;
  idempotency::Guard guard_{pool_};

  storage::LocalSignInLimits local_limits_{clock_};
  storage::RedisSignInLimits redis_limits_{redis_, local_limits_};
  NoLimits no_limits_;
  SignInLimits& limits_;

  security::SigningKeys keys_{clock_};
  security::Argon2Passwords passwords_;
  security::JwtAccessTokens access_tokens_;
  security::SealedRefreshTokens refresh_tokens_;
  auth::Authenticator authenticator_;
  auth::ServiceTokens service_tokens_;
  clients::HttpHoldings held_elsewhere_;

  RegisterUser register_user_{users_, passwords_};
  ResetPassword reset_password_{account_tokens_, passwords_};
  ChangePassword change_password_{users_, passwords_, limits_};
  SignIn sign_in_{{users_, sessions_, passwords_, limits_, access_tokens_, refresh_tokens_}};
  RefreshSession refresh_session_{sessions_, access_tokens_, refresh_tokens_};
  ExportMe export_me_{{users_, addresses_, sessions_, audit_log_, held_elsewhere_}};

  api::Lane password_lane_;  // the lanes' threads use all of the above
  api::Lane export_lane_{export_lane()};
  api::UserHandlers user_handlers_{register_user_, change_password_, users_, password_lane_};
  api::SessionHandlers session_handlers_{sign_in_, refresh_session_, sessions_, password_lane_};
  api::RecoveryHandlers recovery_handlers_;
  api::AddressHandlers address_handlers_{
      addresses_, [this](const http::Request& request, const api::AddressWork& work) {
        return run_keyed(request, work);
      }};
  api::AuditHandlers audit_handlers_{audit_log_};
  api::KeyHandlers key_handlers_{keys_};
  api::ExportHandlers export_handlers_{export_me_, export_lane_};
  mercato::events::OutboxFeed feed_{"user", pool_};

  workers::KeyRotation key_rotation_{signing_keys_, keys_};
  workers::Housekeeping housekeeping_{pool_, sessions_, account_tokens_};
  const std::unique_ptr<Mailer> mailer_;
  std::optional<workers::MailDelivery> mail_delivery_;
  mercato::events::OutboxRelay relay_;
  process::DatabaseFigures figures_{pool_, {}};
};

}  // namespace

std::unique_ptr<process::App> make_app(const Settings& settings) {
  return std::make_unique<UserApp>(settings, key_encryption_key(settings));
}

}  // namespace user
