#include "rotate_keys.hpp"

#include <chrono>
#include <cstddef>
#include <iostream>

#include <mercato/clock/clock.hpp>
#include <mercato/db/pool.hpp>
#include <mercato/process/from_settings.hpp>

#include "security/signing_keys.hpp"
#include "settings.hpp"
#include "storage/pg_signing_key_repository.hpp"

namespace user {
namespace {

void print(const std::vector<security::SigningKey>& keys) {
  for (const auto& key : keys) {
    std::cout << key.kid << " signs from " << mercato::to_rfc3339(key.signs_from) << '\n';
  }
  std::cout.flush();
  for (std::size_t i = 0; i + 1 < keys.size(); ++i) {
    if (!keys[i].to_withdraw) continue;
    std::cerr << keys[i].kid << " is still good, since not everybody has seen the next key yet; "
              << "running processes withdraw it by themselves at "
              << mercato::to_rfc3339(keys[i + 1].signs_from) << ", or within half a minute after\n";
  }
}

}  // namespace

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
  print(repository.list());
  return 0;
}

}  // namespace user
