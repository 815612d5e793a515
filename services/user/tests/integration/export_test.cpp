#include <support/catch.hpp>

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <support/await.hpp>
#include <support/http_peer.hpp>

#include "user_service.hpp"

using namespace user::test;
using mercato::test::HttpPeer;
using mercato::test::PeerAnswer;
using mercato::test::PeerRequest;

namespace {

/// The number in the query behind that, which is 0 if it is not there.
int number_behind(const std::string& target, const std::string& name) {
  const auto at = target.find(name);
  return at == std::string::npos ? 0 : std::stoi(target.substr(at + name.size()));
}

// What an order service gives at once, or little more.
constexpr std::size_t kPageBytes = std::size_t{1024} * 1024;

/// An order service that holds so many orders of everybody, each with as many long lines.
HttpPeer::Handler order_service(int orders = 51, std::size_t lines = 0) {
  const Json line = {{"product_id", std::string(36, 'p')}, {"name", std::string(200, 'n')},
                     {"sku", std::string(64, 's')},        {"quantity", 1}};
  // Made once: the exporter waits for what is made for each request.
  const auto rest =
      "\",\"timeline\":[],\"lines\":" + mercato::json::dump(std::vector<Json>(lines, line)) + "}";
  return [=](const PeerRequest& request) -> PeerAnswer {
    if (request.target.find("/cart") != std::string::npos) {
      return {.body = R"({"lines":[],"total":null,"stale":false})"};
    }
    const int begin = number_behind(request.target, "cursor=");
    const int end = std::min(orders, begin + number_behind(request.target, "limit="));
    std::string data;
    int i = begin;
    for (; i < end && data.size() < kPageBytes; ++i) {
      data += (i == begin ? "{\"id\":\"o" : ",{\"id\":\"o") + std::to_string(i) + rest;
    }
    const auto next = i < orders ? '"' + std::to_string(i) + '"' : "null";
    return {.body = "{\"data\":[" + data + "],\"next_cursor\":" + next + "}"};
  };
}

/// A payment service that holds one payment for each order it is asked about.
PeerAnswer payment_service(const PeerRequest& request) {
  auto ids = request.target.substr(request.target.find("order_ids=") + 10) + ",";
  auto data = Json::array();
  for (auto comma = ids.find(','); comma != std::string::npos; comma = ids.find(',')) {
    data.push_back({{"order_id", ids.substr(0, comma)}});
    ids.erase(0, comma + 1);
  }
  return {.body = mercato::json::dump({{"data", std::move(data)}})};
}

const Json kAddress = {{"name", "Ada Lovelace"},
                       {"line1", "12 St James's Square"},
                       {"city", "London"},
                       {"postal_code", "SW1Y 4JH"},
                       {"country", "GB"}};

}  // namespace

TEST_CASE("a customer gets all that any service holds about them", "[export]") {
  HttpPeer order(order_service());
  HttpPeer payment(payment_service);
  UserService service(
      UserService::Environment{{"ORDER_URL", order.url()}, {"PAYMENT_URL", payment.url()}});
  const auto user = service.customer();
  const auto admin = service.admin();
  REQUIRE(service.call("POST", "/api/v1/users/me/addresses", kAddress, user.access_token).status ==
          201);
  REQUIRE(service.call("PATCH", "/api/v1/users/" + user.id, {{"role", "admin"}}, admin.access_token)
              .status == 200);

  const auto answer = service.call("GET", "/api/v1/users/me/export", nullptr, user.access_token);
  REQUIRE(answer.status == 200);
  CHECK(answer.http.header("Content-Type") == "application/json");
  CHECK(answer.http.header("Cache-Control") == "no-store");
  const auto& body = answer.body;
  CHECK(body.at("user").at("email") == user.email);
  CHECK(body.at("addresses").at(0).at("line1") == "12 St James's Square");
  CHECK(body.at("sessions").at(0).at("current") == true);
  CHECK(body.at("audit_entries").at(0).at("changes").contains("role"));
  CHECK(body.at("audit_entries").size() == 1);
  CHECK(body.at("cart").at("lines").empty());
  REQUIRE(body.at("orders").size() == 51);
  REQUIRE(body.at("payments").size() == 51);
  CHECK(body.at("orders").at(50).at("id") == "o50");
  CHECK(body.at("payments").at(50).at("order_id") == "o50");

  const auto asked = order.requests();
  REQUIRE(!asked.empty());
  CHECK(asked.front().target == "/internal/v1/users/" + user.id + "/cart");
  CHECK(asked.front().header("Authorization").rfind("Bearer ", 0) == 0);
  CHECK(asked.size() == 2);
  CHECK(payment.requests().size() == 1);
}

TEST_CASE("an export that takes long holds up nobody else's", "[export]") {
  std::atomic<bool> open{false};
  std::atomic<bool> first{true};
  const auto answer = order_service();
  HttpPeer order([&](const PeerRequest& request) {
    if (!first.exchange(false)) return answer(request);
    const bool opened = mercato::test::await([&] { return open.load(); }, std::chrono::seconds(30));
    return opened ? answer(request) : PeerAnswer{.status = 504, .body = "{}"};
  });
  HttpPeer payment(payment_service);
  const UserService service(
      UserService::Environment{{"ORDER_URL", order.url()}, {"PAYMENT_URL", payment.url()}});
  const auto ada = service.customer();
  const auto bob = service.customer();
  std::thread waiting([&] {
    static_cast<void>(service.call("GET", "/api/v1/users/me/export", nullptr, ada.access_token));
  });
  const bool waits = order.await_requests(1);
  CHECK(waits);
  CHECK(service.call("GET", "/api/v1/users/me/export", nullptr, bob.access_token).status == 200);
  open = true;
  waiting.join();
}

TEST_CASE("orders that are many megabytes together are exported", "[export]") {
  HttpPeer order(order_service(26, 1'000));
  HttpPeer payment(payment_service);
  const UserService service(
      UserService::Environment{{"ORDER_URL", order.url()}, {"PAYMENT_URL", payment.url()}});
  const auto user = service.customer();
  const auto answer = service.call("GET", "/api/v1/users/me/export", nullptr, user.access_token);
  REQUIRE(answer.status == 200);
  CHECK(answer.http.body.size() > std::size_t{8} * 1024 * 1024);
  REQUIRE(answer.body.at("orders").size() == 26);
  CHECK(answer.body.at("orders").at(25).at("lines").size() == 1'000);
}

TEST_CASE("an export has what an admin did, and every address there is", "[export]") {
  HttpPeer order(order_service());
  HttpPeer payment(payment_service);
  UserService service(
      UserService::Environment{{"ORDER_URL", order.url()}, {"PAYMENT_URL", payment.url()}});
  const auto user = service.customer();
  const auto admin = service.admin();
  const auto other = service.admin();
  const auto set_role = [&](const SignedInUser& whom, const char* role) {
    return service.call("PATCH", "/api/v1/users/" + whom.id, {{"role", role}}, admin.access_token)
        .status;
  };
  REQUIRE(set_role(user, "admin") == 200);
  REQUIRE(set_role(other, "customer") == 200);
  REQUIRE(set_role(admin, "customer") == 200);  // by and to themselves: once
  service.sql(
      "INSERT INTO address (id, user_id, name, line1, city, postal_code, country) "
      "SELECT gen_random_uuid(), '" +
      admin.id + "', 'A', 'B', 'C', 'D', 'GB' FROM generate_series(1, 101)");
  const auto body =
      service.call("GET", "/api/v1/users/me/export", nullptr, admin.access_token).body;
  std::vector<std::string> whom;
  for (const auto& entry : body.at("audit_entries")) {
    whom.push_back(entry.at("action").get<std::string>() + " " +
                   entry.at("user_id").get<std::string>());
  }
  CHECK(whom == std::vector<std::string>{"update_user " + admin.id, "update_user " + other.id,
                                         "update_user " + user.id, "create_admin " + admin.id});
  CHECK(body.at("addresses").size() == 101);
}

TEST_CASE("an export has the sessions that are over, while they are kept", "[export]") {
  HttpPeer order(order_service());
  HttpPeer payment(payment_service);
  const UserService service(
      UserService::Environment{{"ORDER_URL", order.url()}, {"PAYMENT_URL", payment.url()}});
  const auto user = service.customer();
  const auto session_on = [&](const std::string& device) {
    return service
        .call("POST", "/api/v1/sessions", {{"email", user.email}, {"password", kPassword}}, {},
              {{"User-Agent", device}})
        .text("session_id");
  };
  const auto ended = session_on("ended");
  REQUIRE(service.call("DELETE", "/api/v1/sessions/" + ended, nullptr, user.access_token).status ==
          204);
  service.sql("UPDATE session SET expires_at = now() - interval '1 hour' WHERE id = '" +
              session_on("ran out") + "'");
  static_cast<void>(session_on("live"));

  const auto answer = service.call("GET", "/api/v1/users/me/export", nullptr, user.access_token);
  const auto& sessions = answer.body.at("sessions");
  REQUIRE(sessions.size() == 4);
  CHECK(sessions.at(0).at("user_agent") == "live");
  CHECK(sessions.at(0).at("ended_at").is_null());
  CHECK(sessions.at(1).at("user_agent") == "ran out");
  CHECK(sessions.at(1).at("ended_at").is_string());
  CHECK(sessions.at(2).at("user_agent") == "ended");
  CHECK(sessions.at(2).at("ended_at").is_string());
  CHECK(sessions.at(3).at("current") == true);
}

TEST_CASE("half an export is none", "[export]") {
  HttpPeer order(order_service());
  HttpPeer payment([](const PeerRequest&) { return PeerAnswer{.status = 500, .body = "{}"}; });
  const UserService service(
      UserService::Environment{{"ORDER_URL", order.url()}, {"PAYMENT_URL", payment.url()}});
  const auto user = service.customer();
  const auto answer = service.call("GET", "/api/v1/users/me/export", nullptr, user.access_token);
  CHECK(answer.problem() == "unavailable");
  CHECK(!answer.http.header("Retry-After").empty());
}

TEST_CASE("exports that wait for others hold up nothing else", "[export]") {
  std::atomic<bool> open{false};
  const auto answer = order_service();
  HttpPeer order([&](const PeerRequest& request) {
    const bool opened = mercato::test::await([&] { return open.load(); }, std::chrono::seconds(30));
    return opened ? answer(request) : PeerAnswer{.status = 504, .body = "{}"};
  });
  HttpPeer payment(payment_service);
  const UserService service(UserService::Environment{
      {"ORDER_URL", order.url()}, {"PAYMENT_URL", payment.url()}, {"HTTP_WORKERS", "2"}});
  const auto user = service.customer();
  const auto get = [&](const std::string& path) {
    return service.call("GET", path, nullptr, user.access_token).status;
  };
  std::atomic<int> exported{0};
  std::vector<std::thread> exports;
  for (int i = 0; i < 4; ++i) {
    exports.emplace_back([&] {
      const auto status = get("/api/v1/users/me/export");
      if (status == 200 || status == 503) ++exported;
    });
  }
  REQUIRE(order.await_requests(1));
  for (int i = 0; i < 20; ++i) CHECK(get("/api/v1/users/me") == 200);
  open = true;
  for (auto& thread : exports) thread.join();
  CHECK(exported == 4);
}
