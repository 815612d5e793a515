#include <support/catch.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <string>
#include <utility>

#include <mercato/crypto/crypto.hpp>
#include <support/await.hpp>
#include <support/http_peer.hpp>
#include <support/redis_server.hpp>

#include "clients/http_webhooks.hpp"
#include "deployment.hpp"

using namespace order::test;
using namespace std::chrono_literals;
using mercato::test::await;
using mercato::test::HttpPeer;

namespace {

constexpr const char* kEndpoints = "/api/v1/webhook-endpoints";

std::map<std::string, std::string> on_loopback() {
  return {{"SEALING_KEY", mercato::crypto::base64(std::string(32, 's'))},
          {"WEBHOOK_ADDRESSES", "loopback"},
          {"WEBHOOK_PLAIN_HTTP", "true"},
          {"WEBHOOK_FIRST_RETRY_S", "1"},
          {"WEBHOOK_TIMEOUT_MS", "2000"}};
}

Deployment& with_loopback() {
  static Deployment shared(on_loopback());
  return shared;
}

PeerAnswer status(int code) {
  return {code, ""};
}

std::string endpoint_body(const std::string& url, const std::string& events) {
  return R"({"url":")" + url + R"(","events":[)" + events + "]}";
}

struct Endpoint {
  std::string path;
  std::string secret;
};

Endpoint add(Deployment& shop, const std::string& url,
             const std::string& events = R"("order.confirmed")") {
  const auto answer = shop.post(shop.admin(), kEndpoints, endpoint_body(url, events));
  REQUIRE(answer.status == 201);
  const auto body = parse(answer);
  return {std::string(kEndpoints) + "/" + body.at("id").get<std::string>(),
          body.at("secret").get<std::string>()};
}

std::string buy(Deployment& shop) {
  const auto product = new_product();
  shop.neighbours.set_stock(product, 10);
  const auto answer = shop.place(shop.customer(), "k", order_body(product, 1));
  REQUIRE(answer.status == 201);
  return parse(answer).at("id").get<std::string>();
}

Json deliveries(Deployment& shop, const Endpoint& endpoint) {
  return parse(shop.get(shop.admin(), endpoint.path + "/deliveries")).at("data");
}

bool await_delivery(Deployment& shop, const Endpoint& endpoint, const std::string& state) {
  return await(
      [&] {
        const auto log = deliveries(shop, endpoint);
        return !log.empty() && log.at(0).at("status") == state;
      },
      20s);
}

std::string code_of(const HttpAnswer& answer) {
  const auto body = parse(answer);
  return body.contains("errors") ? body.at("errors").at(0).at("code").get<std::string>()
                                 : body.at("code").get<std::string>();
}

}  // namespace

TEST_CASE("a merchant's system is told of what it asked for, signed", "[webhooks][integration]") {
  auto& shop = with_loopback();
  const HttpPeer merchant([](const PeerRequest&) { return status(204); });
  const auto endpoint =
      add(shop, merchant.url() + "/hook?shop=1", R"("order.confirmed","order.cancelled")");
  const auto order = buy(shop);
  REQUIRE(merchant.await_requests(1));
  const auto heard = merchant.requests().at(0);
  CHECK(heard.target == "/hook?shop=1");
  const auto id = heard.header("webhook-id");
  CHECK(heard.header("webhook-signature") ==
        order::clients::webhook_signature(endpoint.secret, id, heard.header("webhook-timestamp"),
                                          heard.body));
  const auto message = mercato::json::parse(heard.body);
  CHECK(message.at("id") == id);
  CHECK(message.at("type") == "order.confirmed");
  CHECK(message.at("data").at("order_id") == order);
  REQUIRE(await_delivery(shop, endpoint, "succeeded"));
  const auto log = deliveries(shop, endpoint);
  REQUIRE(log.size() == 1);
  CHECK(log.at(0).at("event_id") == id);
  CHECK(log.at(0).at("attempts") == 1);
  CHECK(log.at(0).at("response_status") == 204);
  CHECK(log.at(0).at("next_attempt_at").is_null());
}

TEST_CASE("a secret is told once, and kept sealed", "[webhooks][integration]") {
  auto& shop = with_loopback();
  const auto admin = shop.admin();
  const auto body = endpoint_body("http://127.0.0.1:9/", R"("order.shipped","order.shipped")");
  const auto made = shop.post(admin, kEndpoints, body, {{"Idempotency-Key", "hook"}});
  REQUIRE(made.status == 201);
  const auto again = shop.post(admin, kEndpoints, body, {{"Idempotency-Key", "hook"}});
  CHECK(again.status == 201);
  CHECK(again.body == made.body);
  CHECK(again.header("Idempotent-Replayed") == "true");
  const auto endpoint = parse(made);
  CHECK(endpoint.at("events") == Json::array({"order.shipped"}));
  CHECK(made.header("Location") ==
        std::string(kEndpoints) + "/" + endpoint.at("id").get<std::string>());
  const auto read = shop.get(admin, made.header("Location"));
  CHECK(read.status == 200);
  CHECK_FALSE(parse(read).contains("secret"));
  CHECK(shop.get(admin, made.header("Location"), {{"If-None-Match", read.header("ETag")}}).status ==
        304);
  CHECK(shop.sql("SELECT count(*) FROM idempotency_key WHERE encode(body, 'escape') LIKE "
                 "'%whsec_%'") == "0");
  CHECK(shop.sql("SELECT count(*) FROM webhook_endpoint WHERE encode(sealed_secret, "
                 "'escape') LIKE '%whsec_%'") == "0");
}

TEST_CASE("what was not taken is offered again, as the same message", "[webhooks][integration]") {
  auto& shop = with_loopback();
  std::atomic<int> asked{0};
  const HttpPeer merchant([&](const PeerRequest&) { return status(++asked < 3 ? 500 : 200); });
  const auto endpoint = add(shop, merchant.url());
  buy(shop);
  REQUIRE(merchant.await_requests(3, 20s));
  const auto heard = merchant.requests();
  CHECK(heard.at(0).header("webhook-id") == heard.at(2).header("webhook-id"));
  CHECK(heard.at(0).body == heard.at(2).body);
  REQUIRE(await_delivery(shop, endpoint, "succeeded"));
  CHECK(deliveries(shop, endpoint).at(0).at("attempts") == 3);
}

TEST_CASE("an endpoint that hangs delays nobody else", "[webhooks][integration]") {
  auto& shop = with_loopback();
  std::promise<void> over;
  const HttpPeer hanging([end = over.get_future().share()](const PeerRequest&) {
    end.wait();
    return status(200);
  });
  const HttpPeer quick([](const PeerRequest&) { return status(200); });
  const auto slow = add(shop, hanging.url());
  const auto fast = add(shop, quick.url());
  for (int i = 0; i < 20; ++i) buy(shop);
  CHECK(quick.await_requests(20));
  CHECK(deliveries(shop, slow).at(0).at("status") == "pending");
  over.set_value();
  CHECK(shop.send(shop.admin(), "DELETE", slow.path).status == 204);
}

TEST_CASE("an endpoint that is gone is left alone until it is asked for by hand",
          "[webhooks][integration]") {
  auto& shop = with_loopback();
  std::atomic<int> code{410};
  const HttpPeer merchant([&](const PeerRequest&) { return status(code); });
  const auto endpoint = add(shop, merchant.url());
  const auto admin = shop.admin();
  buy(shop);
  REQUIRE(await_delivery(shop, endpoint, "failed"));
  CHECK(parse(shop.get(admin, endpoint.path)).at("status") == "disabled");
  code = 200;
  const auto delivery = deliveries(shop, endpoint).at(0).at("id").get<std::string>();
  const auto redeliver = endpoint.path + "/deliveries/" + delivery + "/redeliver";
  CHECK(shop.post(admin, redeliver, R"({"now":true})").status == 422);
  const auto asked = shop.post(admin, redeliver, "", {{"Idempotency-Key", "again"}});
  REQUIRE(asked.status == 200);
  CHECK(parse(asked).at("status") == "pending");
  REQUIRE(await_delivery(shop, endpoint, "succeeded"));
  CHECK(merchant.requests().size() == 2);
  CHECK(parse(shop.get(admin, endpoint.path)).at("status") == "enabled");
  CHECK(shop.post(admin, redeliver, "", {{"Idempotency-Key", "again"}}).body == asked.body);
}

TEST_CASE("a deleted endpoint is told nothing any more", "[webhooks][integration]") {
  auto& shop = with_loopback();
  const HttpPeer merchant([](const PeerRequest&) { return status(500); });
  const auto endpoint = add(shop, merchant.url());
  buy(shop);
  REQUIRE(merchant.await_requests(1));
  const auto admin = shop.admin();
  CHECK(shop.send(admin, "DELETE", endpoint.path).status == 204);
  CHECK(shop.send(admin, "DELETE", endpoint.path).status == 404);
  CHECK(shop.get(admin, endpoint.path).status == 404);
  CHECK(shop.get(admin, endpoint.path + "/deliveries").status == 404);
}

TEST_CASE("webhooks are for admins, and ask for what there is", "[webhooks][integration]") {
  auto& shop = with_loopback();
  const auto customer = shop.customer();
  const auto admin = shop.admin();
  const auto some = std::string(kEndpoints) + "/" + new_product();
  CHECK(shop.get(customer, kEndpoints).status == 403);
  CHECK(shop.post(customer, kEndpoints, "{}").status == 403);
  CHECK(shop.get(admin, some).status == 404);
  CHECK(shop.get(admin, std::string(kEndpoints) + "/x").status == 404);
  CHECK(shop.post(admin, some + "/deliveries/" + new_product() + "/redeliver").status == 404);
  CHECK(shop.get(admin, std::string(kEndpoints) + "?limit=0").status == 400);
  const auto refusal = [&](const std::string& body) {
    const auto answer = shop.post(admin, kEndpoints, body);
    return std::to_string(answer.status) + " " + code_of(answer);
  };
  const std::string events = R"("order.confirmed")";
  CHECK(refusal("{}") == "422 required");
  CHECK(refusal(endpoint_body("http://127.0.0.1/", "")) == "422 out_of_range");
  CHECK(refusal(endpoint_body("http://127.0.0.1/", R"("order.lost")")) == "422 invalid_format");
  CHECK(refusal(endpoint_body("nonsense", events)) == "422 invalid_format");
  CHECK(refusal(endpoint_body("http://10.0.0.1/", events)) == "422 url_not_allowed");
  CHECK(refusal(endpoint_body("http://169.254.169.254/latest", events)) == "422 url_not_allowed");
  CHECK(refusal(endpoint_body("http://[::ffff:192.168.0.1]/", events)) == "422 url_not_allowed");
}

TEST_CASE("only the internet is called unless a setting says otherwise",
          "[webhooks][integration]") {
  Deployment shop({{"SEALING_KEY", mercato::crypto::base64(std::string(32, 's'))}});
  for (const std::string url : {"https://127.0.0.1/", "https://localhost/", "https://[::1]/",
                                "https://2130706433/", "http://8.8.8.8/"}) {
    INFO(url);
    const auto answer =
        shop.post(shop.admin(), kEndpoints, endpoint_body(url, R"("order.confirmed")"));
    CHECK(answer.status == 422);
    CHECK(code_of(answer) == "url_not_allowed");
  }
  // An address that was allowed once is checked again at each delivery.
  add(shop, "https://8.8.8.8/hook");
  static_cast<void>(shop.sql("UPDATE webhook_endpoint SET url = 'https://127.0.0.1:1/hook'"));
  buy(shop);
  const auto error = [&] {
    return shop.sql("SELECT error FROM webhook_delivery WHERE error IS NOT NULL");
  };
  REQUIRE(await([&] { return !error().empty(); }));
  CHECK(error() == "the address may not be called");
}

TEST_CASE("deliveries survive a Redis that forgets, dies and comes back",
          "[webhooks][integration]") {
  mercato::test::RedisServer redis;
  auto settings = on_loopback();
  settings["REDIS_URL"] = redis.url();
  Deployment shop(settings);
  const HttpPeer merchant([](const PeerRequest&) { return status(200); });
  add(shop, merchant.url());
  buy(shop);
  CHECK(merchant.await_requests(1));
  redis.restart();  // it keeps nothing
  buy(shop);
  CHECK(merchant.await_requests(2));
  redis.kill();
  buy(shop);
  CHECK(merchant.await_requests(3));
  redis.restart();
  buy(shop);
  CHECK(merchant.await_requests(4));
}

TEST_CASE("an attempt that was cut short is repeated as one that failed",
          "[webhooks][integration]") {
  auto settings = on_loopback();
  settings["WEBHOOK_FIRST_RETRY_S"] = "600";
  Deployment shop(settings);
  const HttpPeer merchant([](const PeerRequest&) { return status(200); });
  add(shop, merchant.url());
  buy(shop);
  const auto attempts = [&] {
    return shop.sql("SELECT attempts || ' ' || status FROM webhook_delivery");
  };
  REQUIRE(await([&] { return attempts() == "1 succeeded"; }));
  // As a process leaves it that died while it read the answer.
  static_cast<void>(
      shop.sql("UPDATE webhook_delivery SET status = 'pending', next_attempt_at = now(),"
               " response_status = NULL, leased_until = now() - interval '1 second'"));
  const auto planned = [&] {
    return shop.sql(
        "SELECT attempts || ' ' || error FROM webhook_delivery"
        " WHERE next_attempt_at > now() AND leased_until IS NULL");
  };
  REQUIRE(await([&] { return !planned().empty(); }));
  CHECK(planned() == "1 cut short");
  static_cast<void>(shop.sql("UPDATE webhook_delivery SET next_attempt_at = now()"));
  REQUIRE(await([&] { return attempts() == "2 succeeded"; }));
}

TEST_CASE("a process that dies takes no delivery with it", "[webhooks][integration]") {
  Deployment shop(on_loopback());
  std::atomic<int> code{503};
  const HttpPeer merchant([&](const PeerRequest&) { return status(code); });
  const auto endpoint = add(shop, merchant.url());
  for (int i = 0; i < 5; ++i) buy(shop);
  shop.service->kill();
  code = 200;
  shop.service->start();
  REQUIRE(await(
      [&] {
        const auto log = deliveries(shop, endpoint);
        const auto told = std::count_if(log.begin(), log.end(), [](const Json& delivery) {
          return delivery.at("status") == "succeeded";
        });
        return told == 5;
      },
      60s));
}
