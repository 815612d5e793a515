#include "stuck.hpp"

#include <charconv>
#include <iostream>
#include <optional>

#include <mercato/json/json.hpp>
#include <mercato/process/from_settings.hpp>

#include "storage/pg_saga_store.hpp"

namespace order {
namespace {

constexpr const char* kUsage = "usage: order-service stuck [--older-than SECONDS] [--resume ID]\n";

std::optional<std::int64_t> parse_seconds(const std::string& text) {
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && seconds >= 0 ? std::optional(seconds) : std::nullopt;
}

void print(const storage::StuckSaga& saga) {
  auto line = mercato::json::Value::object();
  line["id"] = saga.id.str();
  line["order_id"] = saga.order.str();
  line["kind"] = saga.kind;
  line["attempt"] = saga.attempt;
  line["started_at"] = mercato::to_rfc3339(saga.started_at);
  line["parked"] = saga.parked_reason ? mercato::json::Value(*saga.parked_reason)
                                      : mercato::json::Value(nullptr);
  line["last"] = saga.last_detail;
  std::cout << mercato::json::dump(line) << '\n';
}

int resume(storage::PgSagaStore& sagas, const std::string& text) {
  const auto id = SagaId::parse(text);
  if (id && sagas.unpark(*id)) return 0;
  std::cerr << "no parked saga " << text << '\n';
  return 1;
}

}  // namespace

int stuck(const mercato::settings::Settings& settings, const std::vector<std::string>& arguments) {
  mercato::db::Pool pool(
      mercato::process::one_connection(settings, "order-stuck", std::chrono::seconds(5)));
  storage::PgSagaStore sagas(pool, mercato::Uuid::v7());

  std::chrono::seconds age{60};
  for (std::size_t i = 0; i < arguments.size(); i += 2) {
    const auto value = i + 1 < arguments.size() ? arguments[i + 1] : std::string();
    const auto seconds = parse_seconds(value);
    if (arguments[i] == "--resume" && !value.empty()) return resume(sagas, value);
    if (arguments[i] != "--older-than" || !seconds) {
      std::cerr << kUsage;
      return 2;
    }
    age = std::chrono::seconds(*seconds);
  }
  for (const auto& saga : sagas.list_stuck(age)) print(saga);
  return 0;
}

}  // namespace order
