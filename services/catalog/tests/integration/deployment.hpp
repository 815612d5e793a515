#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <mercato/db/pool.hpp>
#include <mercato/json/json.hpp>
#include <support/http_peer.hpp>
#include <support/postgres_server.hpp>
#include <support/service_process.hpp>
#include <support/test_keys.hpp>

namespace catalog::test {

using mercato::test::HeaderList;
using mercato::test::HttpAnswer;
using Json = mercato::json::Value;

/// The real service on a database of its own, with the token issuer played by the test.
class Deployment {
 public:
  explicit Deployment(std::map<std::string, std::string> settings = {});

  /// Anonymous.
  [[nodiscard]] HttpAnswer get(const std::string& path, HeaderList headers = {}) const;
  /// As an admin.
  [[nodiscard]] HttpAnswer admin(const std::string& method, const std::string& path,
                                 const std::string& body = {}, HeaderList headers = {}) const;
  /// As the order service: POST /internal/v1/reservations…
  [[nodiscard]] HttpAnswer reservation(const std::string& path, const std::string& body = {}) const;
  [[nodiscard]] HttpAnswer reserve(const std::string& order, const std::string& product,
                                   std::int64_t quantity) const;

  /// A new product's id.
  [[nodiscard]] std::string product(const std::string& sku, std::int64_t on_hand,
                                    const std::string& more = {}) const;
  [[nodiscard]] Json stock(const std::string& product) const;
  std::string sql(const std::string& statement) const;
  /// Does `meanwhile` while somebody else's transaction is open in which `statement` was run.
  void holding(const std::string& statement, const std::function<void()>& meanwhile) const;
  /// How many statements wait for a lock.
  [[nodiscard]] int blocked() const;
  /// Stock rows that break invariant I1: 0 unless something is very wrong.
  [[nodiscard]] std::string broken_stock() const;

  mercato::test::TestKeys keys;
  mercato::test::HttpPeer issuer;
  std::string database_url;
  std::string admin_bearer;
  std::optional<mercato::test::ServiceProcess> service;
};

/// The one that the tests of this binary share.
[[nodiscard]] Deployment& deployment();
/// Of a pool of the test's own on the service's database.
[[nodiscard]] mercato::db::PoolOptions pool_options(const Deployment& shop);
[[nodiscard]] std::string new_order();
[[nodiscard]] std::string lines(const std::string& product, std::int64_t quantity);
[[nodiscard]] Json parse(const HttpAnswer& answer);
/// What a problem calls itself.
[[nodiscard]] std::string code_of(const HttpAnswer& answer);
/// The headers of an import.
inline const HeaderList kNdjson{{"Content-Type", "application/x-ndjson"}};

}  // namespace catalog::test
