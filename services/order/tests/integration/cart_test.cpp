#include <support/catch.hpp>

#include <algorithm>
#include <future>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <support/await.hpp>

#include "deployment.hpp"

using namespace order::test;
using mercato::test::await;

namespace {

HttpAnswer put(Deployment& shop, const Deployment::Caller& caller, const std::string& product,
               const std::string& quantity) {
  return shop.send(caller, "PUT", "/api/v1/cart/items/" + product,
                   R"({"quantity":)" + quantity + "}");
}

std::string from_cart() {
  return R"({"from_cart":true,"payment_method":"pm_card_visa","shipping_address":{"name":"Ada",)"
         R"("line1":"1 High Street","city":"London","postal_code":"N1 1AA","country":"GB"}})";
}

}  // namespace

TEST_CASE("a cart shows what is in it at the prices of now", "[cart][integration]") {
  auto& shop = deployment();
  const auto ada = shop.customer();
  const auto mug = new_product();
  shop.neighbours.set_stock(mug, 5);
  const auto empty = parse(shop.get(ada, "/api/v1/cart"));
  CHECK(empty.at("lines").empty());
  CHECK(empty.at("total").is_null());

  const auto cart = parse(put(shop, ada, mug, "3"));
  CHECK(cart.at("total") == Json{{"amount", 3750}, {"currency", "GBP"}});
  CHECK(cart.at("stale") == false);
  const auto& line = cart.at("lines").at(0);
  CHECK(line.at("sku") == "MUG");
  CHECK(line.at("line_total").at("amount") == 3750);
  CHECK(line.at("available") == 5);
  CHECK(parse(put(shop, ada, mug, "1")).at("lines").at(0).at("quantity") == 1);

  CHECK(put(shop, ada, mug, "0").status == 422);
  CHECK(put(shop, ada, mug, "10001").status == 422);
  CHECK(put(shop, ada, "mug", "1").status == 404);
  CHECK(put(shop, ada, new_product(), "1").status == 404);
  CHECK(shop.send(ada, "DELETE", "/api/v1/cart/items/" + mug).status == 204);
  CHECK(shop.send(ada, "DELETE", "/api/v1/cart").status == 204);
  CHECK(parse(shop.get(ada, "/api/v1/cart")).at("lines").empty());
}

TEST_CASE("of products put in at once only as many as fit are in the cart", "[cart][integration]") {
  auto& shop = deployment();
  const auto ada = shop.customer();
  (void)shop.sql("INSERT INTO cart_line (user_id, product_id, quantity) SELECT '" + ada.id +
                 "', gen_random_uuid(), 1 FROM generate_series(1, 998)");
  std::vector<std::future<HttpAnswer>> putting;
  for (int i = 0; i < 8; ++i) {
    const auto mug = new_product();
    shop.neighbours.set_stock(mug, 5);
    putting.push_back(
        std::async(std::launch::async, [&shop, &ada, mug] { return put(shop, ada, mug, "1"); }));
  }
  int fitted = 0;
  for (auto& each : putting) {
    const auto status = each.get().status;
    CHECK((status == 200 || status == 422));
    if (status == 200) ++fitted;
  }
  CHECK(fitted == 2);
  CHECK(shop.sql("SELECT count(*) FROM cart_line WHERE user_id = '" + ada.id + "'") == "1000");
}

TEST_CASE("a cart stays readable while the catalog is away", "[cart][integration]") {
  auto& shop = deployment();
  const auto ada = shop.customer();
  const auto mug = new_product();
  shop.neighbours.set_stock(mug, 5);
  put(shop, ada, mug, "2");
  shop.neighbours.meddle([](const PeerRequest& request) -> std::optional<Neighbours::Meddling> {
    if (request.target.find("/offers") == std::string::npos) return std::nullopt;
    return Neighbours::Meddling{{503, "{}"}, false};
  });
  const auto cart = parse(shop.get(ada, "/api/v1/cart"));
  shop.neighbours.leave_alone();
  CHECK(cart.at("stale") == true);
  CHECK(cart.at("total").at("amount") == 2500);
  CHECK(cart.at("lines").at(0).at("available").is_null());
}

TEST_CASE("what was bought leaves the cart, what was added since stays", "[cart][integration]") {
  auto& shop = deployment();
  const auto ada = shop.customer();
  const auto mug = new_product();
  const auto plate = new_product();
  const auto bowl = new_product();
  for (const auto& product : {mug, plate, bowl}) shop.neighbours.set_stock(product, 10);
  put(shop, ada, mug, "2");
  put(shop, ada, plate, "1");
  shop.neighbours.meddle([&](const PeerRequest& request) -> std::optional<Neighbours::Meddling> {
    if (request.target.find("/commit") != std::string::npos) {
      put(shop, ada, plate, "4");
      put(shop, ada, bowl, "1");
    }
    return std::nullopt;
  });
  const auto answer = shop.place(ada, "cart", from_cart());
  shop.neighbours.leave_alone();
  REQUIRE(answer.status == 201);
  CHECK(parse(answer).at("lines").size() == 2);
  CHECK(parse(answer).at("total").at("amount") == 3750);

  const auto cart = parse(shop.get(ada, "/api/v1/cart"));
  REQUIRE(cart.at("lines").size() == 2);
  CHECK(cart.at("lines").at(0).at("quantity") == 3);
  CHECK(cart.at("lines").at(1).at("product_id") == bowl);
}

TEST_CASE("an empty cart cannot be ordered, except by the request that emptied it",
          "[cart][integration]") {
  auto& shop = deployment();
  const auto ada = shop.customer();
  const auto mug = new_product();
  shop.neighbours.set_stock(mug, 5);
  const auto refused = shop.place(ada, "empty", from_cart());
  CHECK(refused.status == 422);
  CHECK(parse(refused).at("errors").at(0).at("code") == "empty_cart");

  put(shop, ada, mug, "2");
  const auto bought = shop.place(ada, "empty", from_cart());
  CHECK(bought.status == 201);
  CHECK(shop.place(ada, "empty", from_cart()).body == bought.body);
  CHECK(shop.place(ada, "again", from_cart()).status == 422);
}

TEST_CASE("one customer cannot take all streams", "[events][integration]") {
  Deployment shop(std::map<std::string, std::string>{{"STREAMS_PER_CALLER", "2"}});
  const auto ada = shop.customer();
  const auto mug = new_product();
  shop.neighbours.set_stock(mug, 5);
  const auto path = shop.place(ada, "streams", order_body(mug, 1)).header("Location");
  std::vector<std::future<HttpAnswer>> open;
  for (int i = 0; i < 3; ++i) {
    open.push_back(std::async(std::launch::async, [&] { return shop.get(ada, path + "/events"); }));
  }
  const auto one_is_over = [&open] {
    return std::any_of(open.begin(), open.end(), [](auto& stream) {
      return stream.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
    });
  };
  REQUIRE(await(one_is_over));
  REQUIRE(
      await([&] { return parse(shop.get(ada, path)).at("payment").at("status") == "captured"; }));
  CHECK(shop.post(ada, path + "/cancel").status == 200);  // ends the others
  std::multiset<int> statuses;
  for (auto& stream : open) statuses.insert(stream.get().status);
  CHECK(statuses == std::multiset<int>{200, 200, 429});
}

TEST_CASE("a stream tells the moves of an order until it is final", "[events][integration]") {
  auto& shop = deployment();
  const auto ada = shop.customer();
  const auto mug = new_product();
  shop.neighbours.set_stock(mug, 5);
  const auto path = shop.place(ada, "stream", order_body(mug, 1)).header("Location");
  CHECK(shop.get(shop.customer(), path + "/events").status == 404);

  auto following = std::async(std::launch::async, [&] { return shop.get(ada, path + "/events"); });
  REQUIRE(
      await([&] { return parse(shop.get(ada, path)).at("payment").at("status") == "captured"; }));
  CHECK(shop.post(ada, path + "/cancel").status == 200);
  const auto stream = following.get();

  CHECK(stream.status == 200);
  CHECK(stream.header("Content-Type").find("text/event-stream") == 0);
  std::size_t last = 0;
  for (const auto* status : {"pending", "confirmed", "cancelling", "cancelled"}) {
    const auto at = stream.body.find(R"("status":")" + std::string(status) + '"', last);
    INFO(status);
    REQUIRE(at != std::string::npos);
    last = at;
  }
  CHECK(stream.body.find("event: order.status") != std::string::npos);

  const auto ids = shop.sql(
      "SELECT string_agg(seq::text, ' ' ORDER BY seq) FROM order_event "
      "WHERE order_id = '" +
      path.substr(path.rfind('/') + 1) + "'");
  const auto resumed = shop.get(ada, path + "/events", {{"Last-Event-ID", ids.substr(0, 1)}});
  CHECK(resumed.body.find("pending") == std::string::npos);
  CHECK(resumed.body.find("confirmed") != std::string::npos);
  const auto over =
      shop.get(ada, path + "/events", {{"Last-Event-ID", ids.substr(ids.rfind(' ') + 1)}});
  CHECK(over.status == 200);
  CHECK(over.body.empty());
}
