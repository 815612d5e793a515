#include "rotate_keys.hpp"

#include <chrono>
#include <iostream>

#include <mercato/clock/clock.hpp>
#include <mercato/db/pool.hpp>
#include <mercato/process/from_settings.hpp>

#include "settings.hpp"
#include "storage/pg_signing_key_repository.hpp"

namespace user {
int rotate_keys(const mercato::settings::Settings& settings,
                const std::vector<std::string>& arguments) {
  const bool withdraw = !arguments.empty() && arguments.front() == "--withdraw";
  if (arguments.size() > (withdraw ? 1U : 0U)) {
    std::cerr << "usage: user-service rotate-keys [--withdraw]\n";
    return 2;
  }
  mercato::db::Pool pool(
      mercato::process::one_connection(settings, "user-rotate-keys", std::chrono::seconds(30)));
  storage::PgSigningKeyRepository repository(pool, key_encryption_key(settings),
                                             key_schedule(settings));
  repository.hasten(withdraw);
  for (const auto& key : repository.list()) {
    std::cout << key.kid << " signs from " << mercato::to_rfc3339(key.signs_from) << '\n';
  }
  return 0;
}

}  // namespace user
