#include "deployment.hpp"

#include <chrono>
#include <stdexcept>

#include <mercato/id/uuid.hpp>

namespace catalog::test {

using mercato::test::PostgresServer;
using mercato::test::ServiceProcess;

Deployment::Deployment(std::map<std::string, std::string> settings)
    : keys({"catalog", "order", "payment"}),
      issuer([this](const mercato::test::PeerRequest&) {
        mercato::test::PeerAnswer answer;
        answer.body = keys.jwks();
        return answer;
      }),
      database_url(PostgresServer::shared().create_database()),
      admin_bearer(keys.bearer(mercato::Uuid::v7(), "admin")) {
  auto environment = keys.environment("catalog");
  environment["DATABASE_URL"] = database_url;
  environment["REDIS_URL"] = "";
  environment["JWKS_URL"] = issuer.url() + "/.well-known/jwks.json";
  environment["RATE_LIMIT_PER_SECOND"] = "0";
  for (auto& [name, value] : settings) environment[name] = value;
  const auto migrated = ServiceProcess::run(SERVICE_BINARY, {"migrate"}, environment);
  if (migrated.exit_code != 0) throw std::runtime_error(migrated.output);
  service.emplace(SERVICE_BINARY, environment);
}

HttpAnswer Deployment::get(const std::string& path, HeaderList headers) const {
  return service->call({.target = path, .headers = std::move(headers)});
}

HttpAnswer Deployment::admin(const std::string& method, const std::string& path,
                             const std::string& body, HeaderList headers) const {
  headers.emplace_back("Authorization", admin_bearer);
  return service->call({.method = method,
                        .target = path,
                        .headers = std::move(headers),
                        .body = body,
                        .timeout = std::chrono::seconds(120)});
}

HttpAnswer Deployment::reservation(const std::string& path, const std::string& body) const {
  return service->call({.method = "POST",
                        .target = "/internal/v1/reservations" + path,
                        .headers = {{"Authorization", keys.peer_bearer("order", "catalog")}},
                        .body = body});
}

HttpAnswer Deployment::reserve(const std::string& order, const std::string& product,
                               std::int64_t quantity) const {
  return reservation("",
                     R"({"order_id":")" + order + R"(","lines":)" + lines(product, quantity) + "}");
}

std::string Deployment::product(const std::string& sku, std::int64_t on_hand,
                                const std::string& more) const {
  const auto answer = admin("POST", "/api/v1/products",
                            R"({"sku":")" + sku + R"(","name":"Product )" + sku +
                                R"(","price":{"amount":1250,"currency":"GBP"},"on_hand":)" +
                                std::to_string(on_hand) + more + "}");
  if (answer.status != 201) throw std::runtime_error(answer.body);
  return parse(answer).at("id").get<std::string>();
}

Json Deployment::stock(const std::string& product) const {
  return parse(admin("GET", "/api/v1/products/" + product + "/stock"));
}

std::string Deployment::sql(const std::string& statement) const {
  return PostgresServer::sql(database_url, statement);
}

void Deployment::holding(const std::string& statement,
                         const std::function<void()>& meanwhile) const {
  mercato::db::PoolOptions options;
  options.url = database_url;
  options.application_name = "held by the test";
  const mercato::db::Statement held{"hold", statement.c_str()};
  mercato::db::Pool(options).transact([&](mercato::db::Transaction& transaction) {
    transaction.execute(held);
    meanwhile();
  });
}

int Deployment::blocked() const {
  return std::stoi(sql("SELECT count(*) FROM pg_stat_activity"
                       " WHERE datname = current_database() AND wait_event_type = 'Lock'"));
}

std::string Deployment::broken_stock() const {
  // As the README has it.
  return sql(
      "SELECT count(*) FROM ("
      R"(
      SELECT s.product_id, s.on_hand, m.on_hand AS on_hand_moved, s.sold, m.sold AS sold_moved,
             s.reserved, h.held
        FROM stock s
       CROSS JOIN LATERAL (
             SELECT coalesce(sum(delta), 0) AS on_hand,
                    coalesce(-sum(delta) FILTER (WHERE kind IN ('sale', 'restock')), 0) AS sold
               FROM stock_movement WHERE product_id = s.product_id) m
       CROSS JOIN LATERAL (
             SELECT coalesce(sum(l.quantity), 0) AS held
               FROM reservation_line l JOIN reservation r USING (order_id)
              WHERE l.product_id = s.product_id AND r.status = 'held') h
       WHERE s.on_hand <> m.on_hand OR s.sold <> m.sold OR s.reserved <> h.held
          OR s.reserved NOT BETWEEN 0 AND s.on_hand)"
      ") AS broken");
}

Deployment& deployment() {
  static Deployment shared;
  return shared;
}

mercato::db::PoolOptions pool_options(const Deployment& shop) {
  mercato::db::PoolOptions options;
  options.url = shop.database_url;
  options.application_name = "test";
  options.wait_timeout = std::chrono::seconds(10);
  return options;
}

std::string new_order() {
  return mercato::Uuid::v7().str();
}

std::string lines(const std::string& product, std::int64_t quantity) {
  return R"([{"product_id":")" + product + R"(","quantity":)" + std::to_string(quantity) + "}]";
}

std::string code_of(const HttpAnswer& answer) {
  return parse(answer).at("code");
}

Json parse(const HttpAnswer& answer) {
  if (answer.body.empty()) {
    throw std::runtime_error("no body, status " + std::to_string(answer.status));
  }
  return mercato::json::parse(answer.body);
}

}  // namespace catalog::test
