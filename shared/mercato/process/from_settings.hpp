#pragma once

#include <chrono>
#include <string>

#include "mercato/auth/authenticator.hpp"
#include "mercato/db/pool.hpp"
#include "mercato/http/client.hpp"
#include "mercato/redis/client.hpp"
#include "mercato/settings/settings.hpp"

/// What a service makes of the settings that all services have. Pure; from any thread.
namespace mercato::process {

/// DATABASE_URL and DB_POOL_SIZE. The database shows `application_name` beside each connection.
[[nodiscard]] db::PoolOptions pool_options(const settings::Settings& settings,
                                           std::string application_name);
/// For a command that runs once, and waits for `patience` for a database that is about to come.
[[nodiscard]] db::PoolOptions one_connection(const settings::Settings& settings,
                                             std::string application_name,
                                             std::chrono::milliseconds patience);

/// REDIS_URL.
[[nodiscard]] redis::ClientOptions redis_options(const settings::Settings& settings);

/// TOKEN_ISSUER, TOKEN_AUDIENCE, JWKS_URL and SERVICE_KEY_SET_FILE, for `service`, which keeps the
/// issuer's last keys in its table trusted_key_set. The pool outlives the authenticator.
[[nodiscard]] auth::AuthenticatorOptions authenticator_options(const settings::Settings& settings,
                                                               std::string service,
                                                               db::Pool& pool);

/// The neighbour `name` at the addresses that the setting `urls` lists, called with our own tokens,
/// which outlive the client.
[[nodiscard]] http::ClientOptions neighbour_options(const settings::Settings& settings,
                                                    auth::ServiceTokens& tokens,
                                                    const std::string& name,
                                                    const std::string& urls);

}  // namespace mercato::process
