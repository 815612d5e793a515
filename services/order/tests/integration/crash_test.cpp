#include <support/catch.hpp>

#include <future>
#include <thread>

#include <mercato/id/uuid.hpp>
#include <support/await.hpp>
#include <support/http_call.hpp>
#include <support/socket.hpp>

#include "deployment.hpp"
#include "gate.hpp"

using namespace order::test;
using mercato::test::await;
using mercato::test::HttpCall;
using mercato::test::MessageReader;
using mercato::test::PostgresServer;
using mercato::test::Socket;
using namespace std::chrono_literals;

namespace {

/// A connection that is kept, as the gateway keeps its own.
class KeptConnection {
 public:
  explicit KeptConnection(const Deployment& shop)
      : socket_(Socket::connect(shop.service->port(), 5s).value()) {}
  KeptConnection(const KeptConnection&) = delete;
  KeptConnection& operator=(const KeptConnection&) = delete;

  HttpAnswer call(const HttpCall& http_call) {
    socket_.send(serialize(http_call, true));
    return reader_.read_answer(http_call.timeout);
  }
  HttpAnswer place(const Deployment::Caller& caller, const std::string& body,
                   const std::string& prefer) {
    return call({.method = "POST",
                 .target = "/api/v1/orders",
                 .headers = {{"Authorization", caller.bearer},
                             {"Idempotency-Key", mercato::Uuid::v7().str()},
                             {"Prefer", prefer}},
                 .body = body});
  }

 private:
  Socket socket_;
  MessageReader reader_{socket_};
};

/// An order that is parked, since the catalog reserved other lines than were asked for, and goes on
/// doing so until the neighbours are left alone. Its id.
std::string park_an_order(Deployment& shop, const Deployment::Caller& buyer) {
  const auto mug = new_product();
  shop.neighbours.set_stock(mug, 5);
  shop.neighbours.meddle([](const PeerRequest& request) -> std::optional<Neighbours::Meddling> {
    if (request.target != "/internal/v1/reservations") return std::nullopt;
    return Neighbours::Meddling{{201, R"({"lines":[]})"}, false};
  });
  const auto answer = shop.place(buyer, "parked", order_body(mug, 2), "wait=1");
  REQUIRE(answer.status == 202);
  return parse(answer).at("id").get<std::string>();
}

}  // namespace

TEST_CASE("an order outlives kill -9 at any step", "[crash][integration]") {
  Deployment shop;
  const auto ada = shop.customer();
  for (const std::string step : {"/reservations", "/payments", "/commit", "/capture"}) {
    const auto mug = new_product();
    shop.neighbours.set_stock(mug, 5);
    Gate gate;
    shop.neighbours.meddle(gate.closed(step));
    const auto key = "crash" + step;
    auto placing =
        std::async(std::launch::async, [&] { return shop.place(ada, key, order_body(mug, 2)); });
    REQUIRE(gate.await_reached());
    shop.service->kill();
    const auto cut_off = placing.get();
    gate.open();
    shop.neighbours.leave_alone();
    shop.service->start();

    // The buyer asks again with the same key until there is an answer.
    HttpAnswer answer;
    REQUIRE(await([&] {
      answer = shop.place(ada, key, order_body(mug, 2), "wait=10");
      return answer.status == 201 || answer.status == 202;
    }));
    const auto id = parse(answer).at("id").get<std::string>();
    REQUIRE(await([&] { return shop.status_of(ada, id) == "confirmed"; }));
    REQUIRE(await([&] { return shop.neighbours.payment(id).captured == 2500; }));
    CHECK(shop.neighbours.stock(mug) == 3);
    if (cut_off.status == 201) CHECK(answer.body == cut_off.body);
    CHECK(shop.sql("SELECT count(*) FROM orders WHERE id = '" + id + "'") == "1");
  }
  REQUIRE(await([&] { return shop.sql("SELECT count(*) FROM saga") == "0"; }));
  CHECK(shop.sql("SELECT count(*) FROM orders") == "4");
}

TEST_CASE("SIGTERM ends waits with 202 and gives the work back", "[crash][integration]") {
  Deployment shop;
  const auto ada = shop.customer();
  const auto mug = new_product();
  shop.neighbours.set_stock(mug, 5);
  shop.neighbours.meddle([](const PeerRequest& request) -> std::optional<Neighbours::Meddling> {
    if (request.target != "/internal/v1/payments") return std::nullopt;
    return Neighbours::Meddling{{202, R"({"status":"unknown"})"}, false};
  });
  auto placing = std::async(std::launch::async,
                            [&] { return shop.place(ada, "term", order_body(mug, 2), "wait=10"); });
  REQUIRE(await([&] { return shop.sql("SELECT count(*) FROM saga WHERE attempt > 1") == "1"; }));

  CHECK(shop.service->terminate() == 0);
  CHECK(placing.get().status == 202);
  CHECK(shop.sql("SELECT count(*) FROM saga WHERE lease IS NOT NULL") == "0");

  shop.neighbours.leave_alone();
  shop.service->start();
  CHECK(await([&] { return shop.sql("SELECT status FROM orders") == "confirmed"; }));
}

TEST_CASE("a process that drains settles the orders that it still takes", "[crash][integration]") {
  Deployment shop({{"DRAIN_IDLE_S", std::string("60")}});
  const auto ada = shop.customer();
  const auto mug = new_product();
  shop.neighbours.set_stock(mug, 5);
  std::optional<KeptConnection> idle(shop);  // for as long as this is open, it drains
  KeptConnection probe(shop);
  KeptConnection one(shop);
  KeptConnection another(shop);
  CHECK_FALSE(shop.service->terminate(0ms));
  REQUIRE(await([&] { return probe.call({.target = "/livez"}).header("Connection") == "close"; }));

  CHECK(one.place(ada, order_body(mug, 1), "wait=4").status == 201);  // leaves the capture to it
  CHECK(another.place(ada, order_body(mug, 1), "wait=0").status == 202);  // leaves everything to it
  CHECK(await([&] {
    return shop.sql("SELECT string_agg(status || ' ' || payment_status, ', ') FROM orders") ==
           "confirmed captured, confirmed captured";
  }));
  CHECK(shop.service->running());

  idle.reset();
  CHECK(shop.service->terminate() == 0);
  CHECK(shop.sql("SELECT (SELECT count(*) FROM saga) + (SELECT count(*) FROM instance)") == "0");
}

TEST_CASE("while the database is away orders are refused, and those under way answered 202",
          "[crash][integration]") {
  PostgresServer server;
  const auto url = server.create_database();
  Deployment shop({{"DATABASE_URL", url}});
  shop.database_url = url;
  const auto ada = shop.customer();
  const auto mug = new_product();
  shop.neighbours.set_stock(mug, 5);
  Gate gate;
  shop.neighbours.meddle(gate.closed("/payments"));
  auto placing = std::async(std::launch::async,
                            [&] { return shop.place(ada, "down", order_body(mug, 2), "wait=2"); });
  REQUIRE(gate.await_reached());
  server.kill();
  gate.open();
  const auto begun = std::chrono::steady_clock::now();
  const auto refused = shop.place(ada, "new", order_body(mug, 1), "wait=10");
  CHECK(refused.status == 503);
  CHECK(std::chrono::steady_clock::now() - begun < 5s);  // nobody waited for what will not come
  const auto answer = placing.get();
  REQUIRE(answer.status == 202);

  shop.neighbours.leave_alone();
  server.restart();
  const auto id = parse(answer).at("id").get<std::string>();
  REQUIRE(await([&] { return shop.status_of(ada, id) == "confirmed"; }));
  // The answer that was sent without the database is the one that stays.
  HttpAnswer replay;
  REQUIRE(await([&] {
    replay = shop.place(ada, "down", order_body(mug, 2));
    return replay.status != 503;
  }));
  CHECK(replay.status == 202);
  CHECK(replay.body == answer.body);
}

TEST_CASE("a 202 that was sent without the database outlives kill -9", "[crash][integration]") {
  PostgresServer server;
  const auto url = server.create_database();
  Deployment shop({{"DATABASE_URL", url}});
  shop.database_url = url;
  const auto ada = shop.customer();
  const auto mug = new_product();
  shop.neighbours.set_stock(mug, 5);
  Gate gate;
  shop.neighbours.meddle(gate.closed("/payments"));
  auto placing = std::async(std::launch::async,
                            [&] { return shop.place(ada, "gone", order_body(mug, 2), "wait=1"); });
  REQUIRE(gate.await_reached());
  server.kill();
  gate.open();
  const auto answer = placing.get();
  REQUIRE(answer.status == 202);
  shop.service->kill();
  shop.neighbours.leave_alone();

  // The service may come before its database, and does not answer for it until it is there.
  shop.service->start(false);
  CHECK_FALSE(shop.service->await_ready(std::chrono::milliseconds(700)));
  CHECK(shop.service->running());
  server.restart();
  REQUIRE(shop.service->await_ready());
  const auto id = parse(answer).at("id").get<std::string>();
  REQUIRE(await([&] { return shop.status_of(ada, id) == "confirmed"; }));
  HttpAnswer replay;
  REQUIRE(await([&] {
    replay = shop.place(ada, "gone", order_body(mug, 2));
    return replay.status != 503 && replay.status != 409;
  }));
  CHECK(replay.status == 202);
  CHECK(replay.body == answer.body);
}

TEST_CASE("the stuck command lists what does not get on and takes it up again",
          "[stuck][integration]") {
  Deployment shop;
  const auto ada = shop.customer();
  const auto id = park_an_order(shop, ada);

  const auto listed = shop.run({"stuck"});
  CHECK(listed.exit_code == 0);
  CHECK(listed.output.find(id) != std::string::npos);
  CHECK(listed.output.find("other lines than the order") != std::string::npos);

  shop.neighbours.leave_alone();
  CHECK(shop.run({"stuck", "--resume", id}).exit_code == 0);
  CHECK(shop.run({"stuck", "--resume", new_product()}).exit_code == 1);
  CHECK(await([&] { return shop.status_of(ada, id) == "confirmed"; }));
}

TEST_CASE("an admin lists what does not get on and has it taken up again",
          "[stuck][integration]") {
  Deployment shop;
  const auto ada = shop.customer();
  const auto order = park_an_order(shop, ada);
  const auto admin = shop.admin();
  const std::string desk = "/api/v1/admin/stuck-orders";
  CHECK(shop.get(admin, desk + "?older_than=soon").status == 400);
  const auto listed = parse(shop.get(admin, desk + "?older_than=0")).at("data");
  REQUIRE(listed.size() == 1);
  CHECK(listed[0].at("order_id") == order);
  CHECK_FALSE(listed[0].at("parked_reason").is_null());

  shop.neighbours.leave_alone();
  CHECK(shop.post(admin, desk + "/" + new_product() + "/resume", "").status == 404);
  const auto resume = desk + "/" + listed[0].at("id").get<std::string>() + "/resume";
  CHECK(shop.post(admin, resume, R"({"now":true})").status == 422);
  CHECK(shop.post(admin, resume, "").status == 200);
  CHECK(await([&] { return shop.status_of(ada, order) == "confirmed"; }));
  CHECK(shop.post(admin, resume, "").status == 404);
}

TEST_CASE("a process that starts takes over at once from one that was killed",
          "[crash][integration]") {
  Deployment shop;
  const auto ada = shop.customer();
  const auto mug = new_product();
  shop.neighbours.set_stock(mug, 5);
  Gate gate;
  shop.neighbours.meddle(gate.closed("/internal/v1/payments"));
  auto placing =
      std::async(std::launch::async, [&] { return shop.place(ada, "killed", order_body(mug, 2)); });
  REQUIRE(gate.await_reached());
  shop.service->kill();
  static_cast<void>(placing.get());
  const auto killed = shop.sql("SELECT lease FROM saga");
  REQUIRE_FALSE(killed.empty());
  gate.open();
  shop.neighbours.leave_alone();
  shop.service->start();
  // Without waiting for the three seconds after which anybody would call it dead.
  CHECK(shop.sql("SELECT count(*) FROM instance WHERE id = '" + killed + "'") == "0");
  CHECK(await([&] { return shop.sql("SELECT status FROM orders") == "confirmed"; }));
}

TEST_CASE("a runner that lost its saga after reserving writes nothing", "[crash][integration]") {
  Deployment shop;
  const auto ada = shop.customer();
  const auto mug = new_product();
  shop.neighbours.set_stock(mug, 5);
  Gate gate;
  const auto held = gate.closed("/internal/v1/payments");
  shop.neighbours.meddle([held](const PeerRequest& request) -> std::optional<Neighbours::Meddling> {
    if (request.target != "/internal/v1/payments") return std::nullopt;
    static_cast<void>(held(request));
    return Neighbours::Meddling{{202, R"({"status":"unknown"})"}, false};
  });
  auto placing = std::async(std::launch::async,
                            [&] { return shop.place(ada, "lost", order_body(mug, 2), "wait=1"); });
  REQUIRE(gate.await_reached());
  // As if another process had taken it over, and were at work.
  static_cast<void>(shop.sql(
      "UPDATE saga SET version = version + 1, lease = NULL, next_run_at = 'infinity'"));
  gate.open();
  CHECK(placing.get().status == 202);
  CHECK(shop.service->terminate() == 0);  // whatever was under way has ended
  CHECK(shop.sql("SELECT count(*) FROM orders WHERE total IS NULL") == "1");
  CHECK(shop.sql("SELECT count(*) FROM order_line WHERE unit_price IS NULL") == "1");

  shop.neighbours.leave_alone();
  static_cast<void>(shop.sql("UPDATE saga SET next_run_at = now()"));
  shop.service->start();
  REQUIRE(await([&] { return shop.sql("SELECT status FROM orders") == "confirmed"; }));
  CHECK(shop.sql("SELECT count(*) FROM order_line WHERE unit_price IS NULL") == "0");
}
