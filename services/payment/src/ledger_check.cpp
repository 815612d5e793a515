#include "ledger_check.hpp"

#include <chrono>
#include <iostream>

#include <mercato/process/from_settings.hpp>

#include "storage/pg_ledger.hpp"

namespace payment {

int ledger(const mercato::settings::Settings& settings,
           const std::vector<std::string>& arguments) {
  if (arguments.size() != 1 || arguments.front() != "check") {
    std::cerr << "usage: payment-service ledger check\n";
    return 2;
  }
  auto options =
      mercato::process::one_connection(settings, "payment-ledger", std::chrono::seconds(5));
  options.statement_timeout = std::chrono::minutes(5);
  mercato::db::Pool pool(options);
  const auto mistakes = storage::PgLedger(pool).mistakes();
  for (const auto& mistake : mistakes) std::cout << mistake << '\n';
  if (mistakes.empty()) std::cout << "the ledger is balanced\n";
  return mistakes.empty() ? 0 : 1;
}

}  // namespace payment
