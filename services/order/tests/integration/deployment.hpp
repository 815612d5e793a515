#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <mercato/json/json.hpp>
#include <support/http_peer.hpp>
#include <support/postgres_server.hpp>
#include <support/service_process.hpp>
#include <support/test_keys.hpp>

namespace order::test {

using mercato::test::HttpAnswer;
using mercato::test::PeerAnswer;
using mercato::test::PeerRequest;
using Json = mercato::json::Value;

/// The three neighbours as one small shop, behind real HTTP: stock that can run out, payments that
/// can be declined, and both remember what was undone. What `meddle` returns is sent instead of
/// what they would have said; they have done their work by then if it returns `after`.
class Neighbours {
 public:
  explicit Neighbours(const mercato::test::TestKeys& keys);

  struct Meddling {
    PeerAnswer answer;
    bool work_first = false;
  };
  using Meddle = std::function<std::optional<Meddling>(const PeerRequest&)>;
  void meddle(Meddle meddle);
  void leave_alone() { meddle(nullptr); }

  void set_stock(const std::string& product, std::int64_t available);
  [[nodiscard]] std::int64_t stock(const std::string& product);
  struct Payment {
    std::string id;
    std::int64_t authorized = 0;
    std::int64_t captured = 0;
    std::int64_t refunded = 0;
    bool voided = false;
    std::set<std::string> refund_ids;  // one that is asked for again counts once
  };
  [[nodiscard]] Payment payment(const std::string& order);
  void disable(const std::string& user);

  [[nodiscard]] std::string url() const { return peer_->url(); }
  [[nodiscard]] const mercato::test::HttpPeer& peer() const { return *peer_; }

 private:
  struct Reservation {
    std::map<std::string, std::int64_t> lines;
    std::string state = "held";
  };

  PeerAnswer answer(const PeerRequest& request);
  PeerAnswer work(const PeerRequest& request);
  PeerAnswer offers(const Json& body);
  PeerAnswer reserve(const Json& body);
  PeerAnswer settle_reservation(const std::string& order, const std::string& action,
                                const Json& body);
  PeerAnswer authorize(const Json& body);
  PeerAnswer settle_payment(const std::string& order, const std::string& action, const Json& body);

  std::string jwks_;
  std::mutex mutex_;
  Meddle meddle_;
  std::map<std::string, std::int64_t> stock_;
  std::map<std::string, Reservation> reservations_;
  std::map<std::string, Payment> payments_;
  std::map<std::string, bool> disabled_;
  std::unique_ptr<mercato::test::HttpPeer> peer_;
};

/// The real service on a database of its own, between neighbours played by the test.
class Deployment {
 public:
  explicit Deployment(std::map<std::string, std::string> settings = {});

  struct Caller {
    std::string id;
    std::string bearer;
  };
  [[nodiscard]] Caller customer() const;
  [[nodiscard]] Caller admin() const;

  [[nodiscard]] HttpAnswer get(const Caller& caller, const std::string& path,
                               const mercato::test::HeaderList& more = {}) const;
  [[nodiscard]] HttpAnswer send(const Caller& caller, const std::string& method,
                                const std::string& path, const std::string& body = {}) const;
  [[nodiscard]] HttpAnswer post(const Caller& caller, const std::string& path,
                                const std::string& body = {},
                                const mercato::test::HeaderList& more = {}) const;
  /// POST /orders for one product.
  [[nodiscard]] HttpAnswer place(const Caller& caller, const std::string& key,
                                 const std::string& body,
                                 const std::string& prefer = "wait=4") const;
  /// The status of an order now.
  [[nodiscard]] std::string status_of(const Caller& caller, const std::string& order) const;
  [[nodiscard]] std::string sql(const std::string& statement) const;
  [[nodiscard]] mercato::test::ServiceProcess::Finished run(
      const std::vector<std::string>& arguments) const;

  mercato::test::TestKeys keys;
  Neighbours neighbours;
  std::string database_url;
  std::map<std::string, std::string> environment;
  std::optional<mercato::test::ServiceProcess> service;
};

/// The one that the tests of this binary share, but for those with settings of their own.
[[nodiscard]] Deployment& deployment();
/// A body for POST /orders.
[[nodiscard]] std::string order_body(const std::string& product, std::int64_t quantity,
                                     const std::string& payment_method = "pm_card_visa");
/// A product's id that no other test uses.
[[nodiscard]] std::string new_product();
[[nodiscard]] Json parse(const HttpAnswer& answer);

}  // namespace order::test
