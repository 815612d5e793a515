#include "mercato/process/from_settings.hpp"

#include <memory>
#include <utility>

#include "mercato/auth/pg_key_set_store.hpp"

namespace mercato::process {

db::PoolOptions pool_options(const settings::Settings& settings, std::string application_name) {
  db::PoolOptions options;
  options.url = settings.text("DATABASE_URL");
  options.application_name = std::move(application_name);
  options.size = static_cast<std::size_t>(settings.integer("DB_POOL_SIZE"));
  return options;
}

db::PoolOptions one_connection(const settings::Settings& settings, std::string application_name,
                               std::chrono::milliseconds patience) {
  auto options = pool_options(settings, std::move(application_name));
  options.size = 1;
  options.wait_timeout = patience;
  return options;
}

redis::ClientOptions redis_options(const settings::Settings& settings) {
  redis::ClientOptions options;
  options.url = settings.text("REDIS_URL");
  return options;
}

auth::AuthenticatorOptions authenticator_options(const settings::Settings& settings,
                                                 std::string service, db::Pool& pool) {
  auth::AuthenticatorOptions options;
  options.service = std::move(service);
  options.token_issuer = settings.text("TOKEN_ISSUER");
  options.token_audience = settings.text("TOKEN_AUDIENCE");
  options.jwks_url = settings.text("JWKS_URL");
  options.service_key_set_file = settings.text("SERVICE_KEY_SET_FILE");
  options.store = std::make_shared<auth::PgKeySetStore>(pool);
  return options;
}

http::ClientOptions neighbour_options(const settings::Settings& settings,
                                      auth::ServiceTokens& tokens, const std::string& name,
                                      const std::string& urls) {
  http::ClientOptions options;
  options.name = name;
  options.base_urls = settings.list(urls);
  options.authorization = [&tokens, name] { return tokens.authorization(name); };
  return options;
}

}  // namespace mercato::process
