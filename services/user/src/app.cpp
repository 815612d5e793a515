#include "app.hpp"

#include <string>
#include <utility>

#include <mercato/auth/authenticator.hpp>
#include <mercato/events/outbox.hpp>
#include <mercato/events/outbox_feed.hpp>
#include <mercato/idempotency/idempotency.hpp>
#include <mercato/process/database_figures.hpp>
#include <mercato/redis/client.hpp>

#include "clients/mail_folder.hpp"
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
namespace redis = mercato::redis;
using mercato::settings::Settings;

// Key sets are cached for a minute, by clients and by those who ask for them; a new key is seen for
// more than twice that before it signs, and an old one that much longer than its last token.
constexpr std::chrono::minutes kKeySeen{5};

db::PoolOptions pool_options(const Settings& settings) {
  db::PoolOptions options;
  options.url = settings.text("DATABASE_URL");
  options.application_name = "user";
  options.size = static_cast<std::size_t>(settings.integer("DB_POOL_SIZE"));
  return options;
}

redis::ClientOptions redis_options(const Settings& settings) {
  redis::ClientOptions options;
  options.url = settings.text("REDIS_URL");
  return options;
}

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

storage::KeySchedule key_schedule(const Settings& settings) {
  return {settings.seconds("SIGNING_KEY_TTL_S"), kKeySeen,
          settings.seconds("ACCESS_TOKEN_TTL_S") + kKeySeen};
}

api::PasswordLaneOptions lane_options(const Settings& settings) {
  api::PasswordLaneOptions options;
  options.threads = static_cast<std::size_t>(settings.integer("PASSWORD_THREADS"));
  return options;
}

/// For load tests, which fail on purpose.
class NoLimits : public SignInLimits {
 public:
  std::optional<std::chrono::seconds> begin(const PasswordAttempt&) override { return {}; }
  void succeeded(const PasswordAttempt&) override {}
};

class UserApp : public mercato::process::App {
 public:
  UserApp(const Settings& settings, const std::string& key_encryption_key)
      : pool_(pool_options(settings)),
        redis_(redis_options(settings)),
        sessions_(pool_, settings.seconds("REFRESH_TOKEN_TTL_S")),
        account_tokens_(pool_, key_encryption_key),
        signing_keys_(pool_, key_encryption_key, key_schedule(settings)),
        limits_(settings.boolean("SIGN_IN_LIMITS") ? static_cast<SignInLimits&>(redis_limits_)
                                                   : no_limits_),
        access_tokens_(keys_, token_options(settings), clock_),
        refresh_tokens_(key_encryption_key),
        authenticator_(auth_options(settings, keys_)),
        lane_(lane_options(settings)),
        mails_are_sent_(!settings.text("MAIL_FOLDER").empty()),
        mail_folder_(settings.text("MAIL_FOLDER"), settings.text("MAIL_FROM")),
        relay_("user", settings.text("DATABASE_URL"), pool_, redis_) {}

  ~UserApp() override { stop(); }

  void start() override {
    key_rotation_.start();
    housekeeping_.start();
    relay_.start();
    figures_.start();
    if (mails_are_sent_) mail_delivery_.start();
  }

  void stop() override {
    mail_delivery_.stop();
    figures_.stop();
    relay_.stop();
    housekeeping_.stop();
    key_rotation_.stop();
  }

  http::Router routes() override {
    return api::routes({user_handlers_, session_handlers_, recovery_handlers_, address_handlers_,
                        audit_handlers_, key_handlers_, feed_});
  }
  http::Authenticate authenticate() override {
    return [this](const http::Request& request, http::Access access) {
      return authenticator_.authenticate(request, access);
    };
  }
  http::Readiness ready() override {
    if (!pool_.healthy()) return {false, "database"};
    if (!keys_.published()) return {false, "signing keys"};
    return {};
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

  RegisterUser register_user_{users_, passwords_, account_tokens_};
  ResetPassword reset_password_{account_tokens_, passwords_};
  ChangePassword change_password_{users_, passwords_, limits_};
  SignIn sign_in_{{users_, sessions_, passwords_, limits_, access_tokens_, refresh_tokens_}};
  RefreshSession refresh_session_{sessions_, access_tokens_, refresh_tokens_};

  api::PasswordLane lane_;  // its threads use all of the above
  api::UserHandlers user_handlers_{register_user_, change_password_, users_, lane_};
  api::SessionHandlers session_handlers_{sign_in_, refresh_session_, sessions_, lane_};
  api::RecoveryHandlers recovery_handlers_{account_tokens_, reset_password_, lane_};
  api::AddressHandlers address_handlers_{
      addresses_, [this](const http::Request& request, const api::AddressWork& work) {
        return run_keyed(request, work);
      }};
  api::AuditHandlers audit_handlers_{audit_log_};
  api::KeyHandlers key_handlers_{keys_};
  mercato::events::OutboxFeed feed_{"user", pool_};

  workers::KeyRotation key_rotation_{signing_keys_, keys_};
  workers::Housekeeping housekeeping_{pool_, sessions_, account_tokens_};
  const bool mails_are_sent_;
  clients::MailFolder mail_folder_;
  workers::MailDelivery mail_delivery_{account_tokens_, mail_folder_};
  mercato::events::OutboxRelay relay_;
  mercato::process::DatabaseFigures figures_{pool_, {}};
};

}  // namespace

std::unique_ptr<mercato::process::App> make_app(const Settings& settings) {
  return std::make_unique<UserApp>(settings, key_encryption_key(settings));
}

}  // namespace user
