#include <support/catch.hpp>

#include <algorithm>
#include <future>
#include <set>
#include <thread>
#include <vector>

#include <support/await.hpp>

#include "deployment.hpp"

using namespace order::test;
using mercato::test::await;

namespace {

/// Runs `work` on that many threads at once.
template <class Work>
auto at_once(std::size_t count, Work work) {
  std::vector<std::future<HttpAnswer>> running;
  for (std::size_t i = 0; i < count; ++i) {
    running.push_back(std::async(std::launch::async, [work, i] { return work(i); }));
  }
  std::vector<HttpAnswer> answers;
  for (auto& each : running) answers.push_back(each.get());
  return answers;
}

std::int64_t count_of(const std::vector<HttpAnswer>& answers, int status) {
  return std::count_if(answers.begin(), answers.end(),
                       [status](const auto& answer) { return answer.status == status; });
}

Neighbours::Meddle instead_of(const std::string& what, PeerAnswer answer, bool work_first) {
  return [=](const PeerRequest& request) -> std::optional<Neighbours::Meddling> {
    if (request.target.find(what) == std::string::npos) return std::nullopt;
    return Neighbours::Meddling{answer, work_first};
  };
}

}  // namespace

TEST_CASE("an order goes through on the real service and database", "[order][integration]") {
  auto& shop = deployment();
  const auto ada = shop.customer();
  const auto mug = new_product();
  shop.neighbours.set_stock(mug, 5);

  const auto answer = shop.place(ada, "first", order_body(mug, 2));

  REQUIRE(answer.status == 201);
  const auto order = parse(answer);
  const auto id = order.at("id").get<std::string>();
  CHECK(answer.header("Location") == "/api/v1/orders/" + id);
  CHECK(order.at("status") == "confirmed");
  CHECK(order.at("total") == Json{{"amount", 2500}, {"currency", "GBP"}});
  CHECK(order.at("lines").at(0).at("name") == "Müg \"blue\"");
  CHECK(order.at("lines").at(0).at("line_total").at("amount") == 2500);
  CHECK(order.at("refunded").is_null());
  CHECK(shop.neighbours.stock(mug) == 3);

  REQUIRE(await([&] { return shop.neighbours.payment(id).captured == 2500; }));
  REQUIRE(await([&] { return shop.sql("SELECT count(*) FROM saga") == "0"; }));
  const auto read = shop.get(ada, "/api/v1/orders/" + id);
  CHECK(parse(read).at("payment").at("status") == "captured");
  CHECK(shop.get(ada, "/api/v1/orders/" + id, {{"If-None-Match", read.header("ETag")}}).status ==
        304);

  std::vector<std::string> steps;
  const auto timeline = parse(shop.get(ada, "/api/v1/orders/" + id + "/timeline"));
  for (const auto& entry : timeline.at("data")) {
    CHECK(entry.at("outcome") == "ok");
    CHECK(entry.at("trace_id").get<std::string>().size() == 32);
    steps.push_back(entry.at("step"));
  }
  CHECK(steps == std::vector<std::string>{"place_order", "check_buyer", "reserve_stock",
                                          "authorize_payment", "commit_stock", "confirm_order",
                                          "capture_payment"});
  CHECK(shop.sql("SELECT string_agg(type || ' ' || version, ', ' ORDER BY id) FROM outbox "
                 "WHERE aggregate_id = '" +
                 id + "'") == "order.created 1, order.confirmed 2");
}

TEST_CASE("the same request again gets the same bytes, marked as a replay",
          "[order][integration]") {
  auto& shop = deployment();
  const auto ada = shop.customer();
  const auto mug = new_product();
  shop.neighbours.set_stock(mug, 5);
  const auto first = shop.place(ada, "again", order_body(mug, 1));
  const auto second = shop.place(ada, "\"again\"", order_body(mug, 1));
  CHECK(second.status == 201);
  CHECK(second.body == first.body);
  CHECK(second.header("Location") == first.header("Location"));
  CHECK(second.header("Idempotent-Replayed") == "true");
  CHECK(first.header("Idempotent-Replayed").empty());
  CHECK(shop.place(ada, "again", order_body(mug, 2)).status == 422);
  CHECK(shop.place(shop.customer(), "again", order_body(mug, 1)).status == 201);
  CHECK(shop.neighbours.stock(mug) == 3);
}

TEST_CASE("fifty requests at once with one key make one order", "[order][integration]") {
  auto& shop = deployment();
  const auto ada = shop.customer();
  const auto mug = new_product();
  shop.neighbours.set_stock(mug, 50);
  const auto answers =
      at_once(50, [&](std::size_t) { return shop.place(ada, "fifty", order_body(mug, 1)); });
  std::set<std::string> bodies;
  for (const auto& answer : answers) {
    if (answer.status == 201) bodies.insert(answer.body);
    if (answer.status == 409) {
      CHECK(parse(answer).at("code") == "request_in_progress");
      CHECK(answer.header("Retry-After") == "1");
    }
  }
  CHECK(count_of(answers, 201) + count_of(answers, 409) == 50);
  CHECK(bodies.size() == 1);
  CHECK(shop.neighbours.stock(mug) == 49);
}

TEST_CASE("a hundred buyers of the last one: one gets it", "[order][integration]") {
  auto& shop = deployment();
  const auto mug = new_product();
  shop.neighbours.set_stock(mug, 1);
  const auto answers = at_once(100, [&](std::size_t i) {
    return shop.place(shop.customer(), "last-" + std::to_string(i), order_body(mug, 1), "wait=10");
  });
  CHECK(count_of(answers, 201) == 1);
  CHECK(count_of(answers, 409) == 99);
  CHECK(shop.neighbours.stock(mug) == 0);
}

TEST_CASE("refusals say what is wrong, and are kept", "[order][integration]") {
  auto& shop = deployment();
  const auto ada = shop.customer();
  const auto mug = new_product();
  shop.neighbours.set_stock(mug, 1);

  const auto sold_out = shop.place(ada, "much", order_body(mug, 2));
  REQUIRE(sold_out.status == 409);
  CHECK(sold_out.header("Content-Type") == "application/problem+json");
  CHECK(parse(sold_out).at("lines").at(0).at("available") == 1);
  const auto order = parse(sold_out).at("order_id").get<std::string>();
  const auto read = parse(shop.get(ada, "/api/v1/orders/" + order));
  CHECK(read.at("status") == "rejected");
  CHECK(read.at("reject_reason") == "out_of_stock");
  CHECK(read.at("total").is_null());
  CHECK(shop.place(ada, "much", order_body(mug, 2)).body == sold_out.body);

  const auto declined = shop.place(ada, "poor", order_body(mug, 1, "pm_card_chargeDeclined"));
  CHECK(declined.status == 402);
  CHECK(parse(declined).at("decline_code") == "card_declined");
  CHECK(shop.neighbours.stock(mug) == 1);

  const auto eve = shop.customer();
  shop.neighbours.disable(eve.id);
  CHECK(parse(shop.place(eve, "eve", order_body(mug, 1))).at("code") == "user_disabled");
  CHECK(shop.sql("SELECT count(*) FROM idempotency_key WHERE subject = '" + eve.id + "'") == "0");
}

TEST_CASE("what was sold out a moment ago is refused, and stored, at once",
          "[order][integration]") {
  auto& shop = deployment();
  const auto ada = shop.customer();
  const auto mug = new_product();
  shop.neighbours.set_stock(mug, 0);
  REQUIRE(shop.place(ada, "first", order_body(mug, 1)).status == 409);

  const auto answers = at_once(20, [&](std::size_t i) {
    return shop.place(ada, "late-" + std::to_string(i / 2), order_body(mug, 1));
  });
  CHECK(count_of(answers, 409) == 20);
  const auto& late = answers.front();
  CHECK(parse(late).at("code") == "out_of_stock");
  CHECK(shop.place(ada, "late-0", order_body(mug, 1)).body == late.body);
  CHECK(shop.sql("SELECT count(*) FROM orders WHERE user_id = '" + ada.id + "'") == "11");

  const auto id = parse(late).at("order_id").get<std::string>();
  const auto order = parse(shop.get(ada, "/api/v1/orders/" + id));
  CHECK(order.at("status") == "rejected");
  CHECK(order.at("reject_reason") == "out_of_stock");
  CHECK(order.at("lines").at(0).at("quantity") == 1);
  CHECK(shop.sql("SELECT string_agg(step, ' ' ORDER BY id) FROM order_step WHERE order_id = '" +
                 id + "'") == "check_buyer reserve_stock");
  CHECK(shop.sql("SELECT string_agg(from_status || '>' || to_status, ' ' ORDER BY seq)"
                 " FROM order_event WHERE order_id = '" +
                 id + "'") == "new>pending pending>rejected");
  CHECK(shop.sql("SELECT string_agg(type || ' ' || version || ' ' || (data->>'status'), ', '"
                 " ORDER BY id) FROM outbox WHERE aggregate_id = '" +
                 id + "'") == "order.created 1 pending, order.rejected 2 rejected");

  shop.neighbours.set_stock(mug, 1);
  CHECK(shop.place(ada, "lucky", order_body(mug, 1)).status == 201);
}

TEST_CASE("bad requests are told apart from bad luck", "[order][integration]") {
  auto& shop = deployment();
  const auto ada = shop.customer();
  const std::vector<std::pair<std::string, int>> bodies{
      {"", 400},
      {"{", 400},
      {"[]", 422},
      {"{}", 422},
      {"null", 422},
      {"\"x\"", 422},
      {"{\"a\":1,\"a\":2}", 400},
      {std::string(40, '['), 400},
      {"{\"lines\":[{\"product_id\":\"x\",\"quantity\":1e400}]}", 422},
      {order_body("not-a-product", 1), 422},
      {order_body(new_product(), 0), 422},
      {order_body(new_product(), -1), 422},
      {order_body(new_product(), 10'001), 422},
      {order_body(new_product(), 1, ""), 422},
      {order_body(new_product(), 1, "a b"), 422}};
  int number = 0;
  for (const auto& [body, status] : bodies) {
    const auto answer = shop.place(ada, "bad-" + std::to_string(++number), body);
    INFO(body << " -> " << answer.body);
    CHECK(answer.status == status);
    CHECK(answer.header("Content-Type") == "application/problem+json");
  }
  CHECK(shop.post(ada, "/api/v1/orders", order_body(new_product(), 1)).status == 400);
  CHECK(shop.get(ada, "/api/v1/orders?limit=0").status == 400);
  CHECK(shop.get(ada, "/api/v1/orders?cursor=abc").status == 400);
  CHECK(shop.get(ada, "/api/v1/orders?status=lost").status == 400);
  CHECK(shop.get(ada, "/api/v1/orders/42").status == 404);
  CHECK(shop.sql("SELECT count(*) FROM orders WHERE user_id = '" + ada.id + "'") == "0");
}

TEST_CASE("nobody sees another buyer's order", "[order][integration]") {
  auto& shop = deployment();
  const auto ada = shop.customer();
  const auto eve = shop.customer();
  const auto mug = new_product();
  shop.neighbours.set_stock(mug, 5);
  const auto path = shop.place(ada, "mine", order_body(mug, 1)).header("Location");
  for (const auto* rest : {"", "/timeline", "/refunds"}) {
    const auto hidden = parse(shop.get(eve, path + rest));
    const auto absent = parse(shop.get(eve, "/api/v1/orders/" + new_product() + rest));
    CHECK(hidden.at("code") == "not_found");
    CHECK(hidden.at("detail") == absent.at("detail"));
    CHECK(shop.get(shop.admin(), path + rest).status == 200);
  }
  CHECK(shop.post(eve, path + "/cancel").status == 404);
  CHECK(shop.post(eve, path + "/ship").status == 403);
  CHECK(shop.get(eve, "/api/v1/admin/orders").status == 403);
  CHECK(shop.service->call({.target = path}).status == 401);
}

TEST_CASE("a lost answer of any step is asked for again, and counts once", "[order][integration]") {
  auto& shop = deployment();
  const auto ada = shop.customer();
  const auto mug = new_product();
  shop.neighbours.set_stock(mug, 5);
  const auto* step = GENERATE("/reservations", "/payments", "/commit");
  PeerAnswer lost;
  lost.fault = PeerAnswer::Fault::drop;
  shop.neighbours.meddle(instead_of(step, lost, true));

  const auto answer = shop.place(ada, std::string("lost") + step, order_body(mug, 2), "wait=1");
  REQUIRE(answer.status == 202);
  const auto id = parse(answer).at("id").get<std::string>();
  shop.neighbours.leave_alone();

  REQUIRE(await([&] { return shop.status_of(ada, id) == "confirmed"; }));
  CHECK(shop.neighbours.stock(mug) == 3);
  REQUIRE(await([&] { return shop.neighbours.payment(id).captured == 2500; }));
  const auto replay = shop.place(ada, std::string("lost") + step, order_body(mug, 2));
  CHECK(replay.status == 202);
  CHECK(replay.body == answer.body);
}

TEST_CASE("a neighbour's unexpected refusal is no refusal", "[order][integration]") {
  auto& shop = deployment();
  const auto ada = shop.customer();
  const auto mug = new_product();
  shop.neighbours.set_stock(mug, 5);
  shop.neighbours.meddle(instead_of("/payments", {401, R"({"code":"unauthenticated"})"}, false));
  const auto answer = shop.place(ada, "rotated", order_body(mug, 1), "wait=1");
  REQUIRE(answer.status == 202);
  shop.neighbours.leave_alone();
  const auto id = parse(answer).at("id").get<std::string>();
  CHECK(await([&] { return shop.status_of(ada, id) == "confirmed"; }));
}

TEST_CASE("two hundred waiting clients hold no worker", "[order][integration]") {
  auto& shop = deployment();
  const auto ada = shop.customer();
  const auto mug = new_product();
  shop.neighbours.set_stock(mug, 1000);
  shop.neighbours.meddle(instead_of("/payments", {202, R"({"status":"unknown"})"}, false));
  auto waiting = std::async(std::launch::async, [&] {
    return at_once(200, [&](std::size_t i) {
      return shop.place(shop.customer(), "wait-" + std::to_string(i), order_body(mug, 1),
                        "wait=10");
    });
  });
  REQUIRE(await(
      [&] { return shop.sql("SELECT count(*) FROM saga WHERE kind = 'checkout'") == "200"; }));

  const auto begun = std::chrono::steady_clock::now();
  CHECK(shop.get(ada, "/api/v1/orders").status == 200);
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(5));

  shop.neighbours.leave_alone();
  const auto answers = waiting.get();
  CHECK(count_of(answers, 201) + count_of(answers, 202) == 200);
  CHECK(await([&] { return shop.sql("SELECT count(*) FROM saga") == "0"; }));
  CHECK(shop.neighbours.stock(mug) == 800);
}

TEST_CASE("the database itself refuses an illegal move", "[order][integration]") {
  auto& shop = deployment();
  const auto ada = shop.customer();
  const auto mug = new_product();
  shop.neighbours.set_stock(mug, 5);
  const auto id = parse(shop.place(ada, "illegal", order_body(mug, 1))).at("id").get<std::string>();
  for (const auto* status : {"pending", "delivered", "rejected", "cancelled"}) {
    CHECK_THROWS(shop.sql("UPDATE orders SET status = '" + std::string(status) +
                          "', version = version + 1, reject_reason = 'x' WHERE id = '" + id + "'"));
  }
  CHECK_THROWS(shop.sql("UPDATE orders SET refunded = total + 1 WHERE id = '" + id + "'"));
}
