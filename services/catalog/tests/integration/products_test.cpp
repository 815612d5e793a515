#include <functional>
#include <future>
#include <set>
#include <vector>

#include <support/await.hpp>
#include <support/catch.hpp>

#include "deployment.hpp"

using namespace catalog::test;
using mercato::test::await;

namespace {

std::vector<std::string> walk(const Deployment& shop, const std::string& query) {
  std::vector<std::string> seen;
  std::string cursor;
  do {
    const auto page = parse(shop.get("/api/v1/products?limit=7&" + query + cursor));
    for (const auto& product : page.at("data")) seen.push_back(product.at("sku"));
    const auto& next = page.at("next_cursor");
    cursor = next.is_null() ? "" : "&cursor=" + next.get<std::string>();
  } while (!cursor.empty());
  return seen;
}

std::string import_lines(int count, int price) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    text += R"({"sku":"BULK-)" + std::to_string(i) + R"(","name":"Bulk )" + std::to_string(i) +
            R"(","price":{"amount":)" + std::to_string(price) + R"(,"currency":"GBP"},"on_hand":)" +
            std::to_string(i % 10) + R"(,"attributes":{"lot":"7"}})" + "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("a product is made, read, edited under its ETag and archived", "[product][integration]") {
  auto& shop = deployment();
  const auto made = shop.admin(
      "POST", "/api/v1/products",
      R"({"sku":"MUG-1","name":"Mug","price":{"amount":1250,"currency":"GBP"},"on_hand":3,)"
      R"("attributes":{"colour":"blue","size":"M"}})");
  REQUIRE(made.status == 201);
  const auto path = made.header("Location");
  CHECK(path == "/api/v1/products/" + parse(made).at("id").get<std::string>());

  const auto read = shop.get(path);
  CHECK(read.status == 200);
  CHECK(read.body == made.body);
  const auto etag = read.header("ETag");
  CHECK(etag == made.header("ETag"));
  // Nothing by which a cache might show a change later than a second after it asked.
  CHECK(read.header("Cache-Control") == "public, max-age=1, stale-if-error=86400");
  CHECK(shop.get("/api/v1/products/by-sku/MUG-1").body == read.body);
  const auto known = shop.get(path, {{"If-None-Match", etag}});
  CHECK(known.status == 304);
  CHECK(known.header("ETag") == etag);

  CHECK(shop.admin("PATCH", path, R"({"name":"Cup"})").status == 428);
  CHECK(shop.admin("PATCH", path, R"({"name":"Cup"})", {{"If-Match", "\"9-3\""}}).status == 412);
  const auto patched =
      shop.admin("PATCH", path, R"({"name":"Cup","attributes":{"size":null,"glaze":"matt"}})",
                 {{"If-Match", etag}, {"Content-Type", "application/merge-patch+json"}});
  REQUIRE(patched.status == 200);
  CHECK(parse(patched).at("name") == "Cup");
  CHECK(parse(patched).at("version") == 2);
  CHECK(parse(patched).at("attributes") == Json{{"colour", "blue"}, {"glaze", "matt"}});
  CHECK(shop.get(path).body == patched.body);
  CHECK(shop.admin("PATCH", path, R"({"name":"Jug"})", {{"If-Match", etag}}).status == 412);

  const auto same = shop.admin("PATCH", path, R"({"name":"Cup"})", {{"If-Match", "*"}});
  CHECK(parse(same).at("version") == 2);

  CHECK(shop.admin("DELETE", path, "", {{"If-Match", "*"}}).status == 204);
  CHECK(parse(shop.get(path)).at("status") == "archived");
  CHECK(walk(shop, "q=MUG-1").empty());
  CHECK(shop.sql("SELECT string_agg(type || ' ' || version, ', ' ORDER BY id) FROM outbox WHERE "
                 "aggregate_id = '" +
                 path.substr(path.rfind('/') + 1) + "'") ==
        "product.created 1, product.updated 2, product.archived 3");
}

TEST_CASE("an edit that waits for another one keeps the category that was given meanwhile",
          "[product][integration]") {
  auto& shop = deployment();
  REQUIRE(shop.admin("POST", "/api/v1/categories", R"({"name":"Given"})").status == 201);
  const auto patch = [&](const std::string& body) {
    return [&shop, body](const std::string& path) {
      return shop.admin("PATCH", path, body, {{"If-Match", "*"}});
    };
  };
  const std::vector<std::function<HttpAnswer(const std::string&)>> edits = {
      patch(R"({"name":"Renamed"})"), patch("{}"),
      [&](const auto& path) { return shop.admin("DELETE", path, "", {{"If-Match", "*"}}); }};
  for (std::size_t i = 0; i < edits.size(); ++i) {
    INFO("edit " << i);
    const auto product = shop.product("GIVEN-" + std::to_string(i), 1);
    const auto path = "/api/v1/products/" + product;
    // As another edit does it, which is not over yet.
    const auto first =
        "UPDATE product SET version = version + 1, category_id ="
        " (SELECT id FROM category WHERE slug = 'given') WHERE id = '" + product + "'";
    std::future<HttpAnswer> second;
    shop.holding(first, [&] {
      second = std::async(std::launch::async, [&] { return edits[i](path); });
      CHECK(await([&] { return shop.blocked() == 1; }));
    });
    CHECK(second.get().status < 300);
    CHECK(parse(shop.get(path)).at("category") == "given");
  }
}

TEST_CASE("a product that cannot be made is refused with the reason", "[product][integration]") {
  auto& shop = deployment();
  static_cast<void>(shop.product("TAKEN", 0));
  const auto with = [&](const std::string& sku, const std::string& more) {
    return shop.admin(
        "POST", "/api/v1/products",
        R"({"sku":")" + sku + R"(","name":"x","price":{"amount":1,"currency":"GBP"})" + more + "}");
  };
  CHECK(code_of(with("TAKEN", "")) == "sku_taken");
  const auto lost = with("LOST", R"(,"category":"nowhere")");
  CHECK(lost.status == 422);
  CHECK(parse(lost).at("errors").at(0).at("code") == "category_not_found");
  CHECK(with("MORE", R"(,"colour":"blue")").status == 422);

  CHECK(shop.get("/api/v1/products/by-sku/NOWHERE").status == 404);
  CHECK(shop.get("/api/v1/products/mug").status == 404);
  CHECK(shop.get("/api/v1/products?limit=0").status == 400);
  CHECK(shop.get("/api/v1/products?sort=colour").status == 400);
  CHECK(shop.get("/api/v1/products?cursor=nonsense").status == 400);
}

TEST_CASE("only admins edit, and only neighbours reserve", "[product][integration]") {
  auto& shop = deployment();
  const auto as = [&](const std::string& bearer, const std::string& path) {
    return shop.service
        ->call({.method = "POST",
                .target = path,
                .headers = {{"Authorization", bearer}},
                .body = "{}"})
        .status;
  };
  const auto customer = shop.keys.bearer(mercato::Uuid::v7());
  CHECK(as(customer, "/api/v1/products") == 403);
  CHECK(as("Bearer nonsense", "/api/v1/products") == 401);
  CHECK(as(shop.admin_bearer, "/internal/v1/reservations") != 422);
  CHECK(as(shop.keys.peer_bearer("order", "payment"), "/internal/v1/reservations") == 401);
  CHECK(as(shop.keys.peer_bearer("order", "catalog"), "/internal/v1/reservations") == 422);
}

TEST_CASE("every order of a list walks over each product once", "[product][integration]") {
  auto& shop = deployment();
  REQUIRE(shop.admin("POST", "/api/v1/categories", R"({"name":"Walked"})").status == 201);
  std::multiset<std::string> skus;
  for (int i = 0; i < 23; ++i) {
    const auto sku = "WALK-" + std::to_string(i);
    skus.insert(sku);
    static_cast<void>(shop.product(sku, i % 2, R"(,"category":"walked")"));
  }
  for (const auto* sort : {"newest", "price", "-price", "name", "bestselling"}) {
    INFO(sort);
    const auto seen = walk(shop, "category=walked&sort=" + std::string(sort));
    CHECK(std::multiset<std::string>(seen.begin(), seen.end()) == skus);
  }
  const auto newest = parse(shop.get("/api/v1/products?category=walked&limit=100")).at("data");
  for (std::size_t i = 1; i < newest.size(); ++i) {
    // By id, which starts with the time: two of one millisecond may stand either way.
    CHECK(newest[i - 1].at("id") > newest[i].at("id"));
  }
  const auto found = walk(shop, "category=walked&q=product");
  CHECK(std::multiset<std::string>(found.begin(), found.end()) == skus);
  CHECK(walk(shop, "category=walked&in_stock=true").size() == 11);
  CHECK(walk(shop, "category=walked&min_price=1251").empty());
  CHECK(walk(shop, "category=walked&currency=EUR").empty());

  const auto next = parse(shop.get("/api/v1/products?limit=1&sort=name")).at("next_cursor");
  CHECK(code_of(shop.get("/api/v1/products?limit=1&sort=price&cursor=" +
                         next.get<std::string>())) == "invalid_cursor");
}

TEST_CASE("a category's list holds its descendants' products", "[category][integration]") {
  auto& shop = deployment();
  const auto parent = parse(shop.admin("POST", "/api/v1/categories", R"({"name":"Hot Drinks"})"));
  CHECK(parent.at("slug") == "hot-drinks");
  const auto child = shop.admin(
      "POST", "/api/v1/categories",
      R"({"name":"Green tea","parent_id":")" + parent.at("id").get<std::string>() + R"("})");
  CHECK(child.status == 201);
  static_cast<void>(shop.product("LEAVES", 1, R"(,"category":"green-tea")"));
  CHECK(walk(shop, "category=hot-drinks") == std::vector<std::string>{"LEAVES"});
  CHECK(walk(shop, "category=nowhere").empty());
  const auto again = shop.admin("POST", "/api/v1/categories", R"({"name":"hot drinks"})");
  CHECK(again.status == 409);
  CHECK(code_of(again) == "slug_taken");
  const auto listed = parse(shop.get("/api/v1/categories"));
  CHECK(listed.at("next_cursor").is_null());
  CHECK(listed.at("data").size() >= 2);
}

TEST_CASE("an import creates, leaves alone, and updates", "[import][integration]") {
  auto& shop = deployment();
  const auto import = [&](const std::string& text) {
    const auto answer = shop.admin("POST", "/api/v1/products/import", text, kNdjson);
    INFO(answer.body);
    REQUIRE(answer.status == 200);
    return parse(answer);
  };
  const auto first = import(import_lines(3000, 100));
  CHECK(first.at("created") == 3000);
  CHECK(first.at("failed") == 0);
  const auto second = import(import_lines(3000, 100));
  CHECK(second.at("unchanged") == 3000);
  CHECK(second.at("created") == 0);
  CHECK(shop.sql("SELECT count(*) FROM outbox WHERE data->>'sku' LIKE 'BULK-%'") == "3000");
  const auto third = import(import_lines(10, 200) + import_lines(1, 200) + "nonsense\n" +
                            R"({"sku":"BULK-1","name":"x"})");
  CHECK(third.at("updated") == 10);
  CHECK(third.at("unchanged") == 1);
  CHECK(third.at("failed") == 2);
  CHECK(third.at("errors").at(0).at("line") == 12);
  CHECK(third.at("errors").at(0).at("code") == "malformed_json");
  CHECK(third.at("errors").at(1).at("code") == "required");
  CHECK(shop.broken_stock() == "0");
}

TEST_CASE("only lines are imported, and only changes are merge patches", "[import][integration]") {
  auto& shop = deployment();
  const auto line = import_lines(1, 300);
  for (const auto* type : {"application/json", "application/merge-patch+json", "text/plain"}) {
    INFO(type);
    const auto answer =
        shop.admin("POST", "/api/v1/products/import", line, {{"Content-Type", type}});
    CHECK(answer.status == 415);
    CHECK(code_of(answer) == "unsupported_media_type");
  }
  CHECK(shop.admin("POST", "/api/v1/products", line,
                   {{"Content-Type", "application/merge-patch+json"}}).status == 415);
}

TEST_CASE("an import sets stock, but never below what is reserved", "[import][integration]") {
  auto& shop = deployment();
  const auto id = shop.product("HELD", 5);
  REQUIRE(shop.reserve(new_order(), id, 3).status == 201);
  const auto line = [](int on_hand) {
    return R"({"sku":"HELD","name":"Product HELD","price":{"amount":1250,"currency":"GBP"},)"
           R"("on_hand":)" +
           std::to_string(on_hand) + "}\n";
  };
  const auto answer =
      parse(shop.admin("POST", "/api/v1/products/import", line(2) + line(9), kNdjson));
  CHECK(answer.at("updated") == 1);
  CHECK(answer.at("errors").at(0).at("code") == "insufficient_stock");
  CHECK(shop.stock(id).at("on_hand") == 9);
  CHECK(shop.stock(id).at("available") == 6);
  CHECK(shop.broken_stock() == "0");
}
