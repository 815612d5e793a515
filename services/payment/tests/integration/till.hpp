#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <mercato/id/uuid.hpp>
#include <mercato/json/json.hpp>
#include <support/http_peer.hpp>
#include <support/postgres_server.hpp>
#include <support/service_process.hpp>
#include <support/test_keys.hpp>
#include <support/workspace.hpp>

namespace payment::test {

using mercato::Uuid;
using mercato::test::HttpAnswer;
using mercato::test::PeerAnswer;
using mercato::test::PeerRequest;
using mercato::test::PostgresServer;
using mercato::test::ServiceProcess;
using Json = mercato::json::Value;

/// The payment service and the provider's stand-in, both real, on a database of their own, with an
/// edge between them where calls can be watched and held up.
class Till {
 public:
  explicit Till(const ServiceProcess::Environment& settings = {});

  HttpAnswer authorize(const std::string& order, const std::string& method,
                       std::int64_t amount = 1250);
  /// `action`: capture or void.
  HttpAnswer act(const std::string& order, const std::string& action);
  HttpAnswer refund(const std::string& order, const std::string& id, std::int64_t amount);
  /// Any body to any path below /internal/v1/payments.
  HttpAnswer post(const std::string& path, const std::string& body);
  /// Asks again, as the order service does, until the answer is final: its status.
  int settle(const std::function<HttpAnswer()>& ask);
  HttpAnswer get(const std::string& path, const std::string& role, Uuid who);
  HttpAnswer webhook(const std::string& body, const std::string& signature);
  /// Signed as the provider does it, `age_s` seconds ago.
  HttpAnswer signed_webhook(const std::string& body, std::int64_t age_s = 0);

  /// Called at the edge, before a call of the service goes on to the provider and before its answer
  /// goes back, with the call's path and which of the two it is. Nothing: no more.
  using AtEdge = std::function<void(const std::string& path, bool answered)>;
  void at_edge(AtEdge at_edge);
  /// A call to the provider past the service: "POST", "/v1/…", form.
  HttpAnswer ask_provider(const std::string& method, const std::string& path,
                          const std::string& form = {});
  /// The provider's list of what was ever made for the order.
  Json intents_of(const std::string& order);
  /// How many of those hold or took money.
  std::size_t live_intents_of(const std::string& order);

  ServiceProcess::Finished run(const std::vector<std::string>& arguments) const;
  std::string sql(const std::string& statement) { return PostgresServer::sql(url_, statement); }
  [[nodiscard]] const std::string& database_url() const { return url_; }
  ServiceProcess& service() { return *service_; }
  ServiceProcess& provider() { return *provider_; }
  [[nodiscard]] Uuid user() const { return user_; }

 private:
  PeerAnswer relay(const PeerRequest& request);
  PeerAnswer pass_on(const PeerRequest& request);

  const Uuid user_ = Uuid::v7();
  mercato::test::TempDirectory directory_;
  mercato::test::TestKeys keys_{{"payment", "order"}};
  std::string url_ = PostgresServer::shared().create_database();
  std::atomic<std::uint16_t> port_{0};
  ServiceProcess::Environment environment_;
  std::mutex mutex_;
  AtEdge at_edge_;
  std::optional<ServiceProcess> provider_;
  std::optional<ServiceProcess> service_;
  /// Serves the token issuer's keys and hands webhooks on: the provider starts first.
  mercato::test::HttpPeer relay_{[this](const PeerRequest& request) { return relay(request); }};
  mercato::test::HttpPeer edge_{[this](const PeerRequest& request) { return pass_on(request); }};
};

[[nodiscard]] std::string new_order();
[[nodiscard]] Json parse(const HttpAnswer& answer);

}  // namespace payment::test
