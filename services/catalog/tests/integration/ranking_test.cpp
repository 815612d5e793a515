#include <support/catch.hpp>

#include <chrono>
#include <string>
#include <vector>

#include <mercato/db/pool.hpp>
#include <support/await.hpp>

#include "deployment.hpp"
#include "storage/pg_sales_ranks.hpp"

using namespace catalog::test;
using catalog::storage::make_sales_generation;
using mercato::test::await;

namespace {

using Skus = std::vector<std::string>;

/// As an order event that was applied does it, when the next ranks are due.
void sell(const Deployment& shop, const std::string& product, int quantity) {
  shop.sql("UPDATE sales_generation SET made_at = made_at - interval '10 seconds';"
           "INSERT INTO product_sales AS s (product_id, sold) VALUES ('" + product + "', " +
           std::to_string(quantity) +
           ") ON CONFLICT (product_id) DO UPDATE SET sold = s.sold + excluded.sold");
}

struct Page {
  Skus skus;
  std::string next;
};

Page page(const Deployment& shop, const std::string& more) {
  const auto body = parse(shop.get("/api/v1/products?sort=bestselling" + more));
  Page result;
  for (const auto& product : body.at("data")) result.skus.push_back(product.at("sku"));
  if (!body.at("next_cursor").is_null()) {
    result.next = "&cursor=" + body.at("next_cursor").get<std::string>();
  }
  return result;
}

}  // namespace

TEST_CASE("what sold most comes first, and a walk keeps the ranks it began with",
          "[ranking][integration]") {
  const Deployment shop;
  const auto one = shop.product("ONE", 1);
  const auto two = shop.product("TWO", 1);
  const auto three = shop.product("THREE", 1);
  static_cast<void>(shop.product("NONE", 1));
  CHECK(page(shop, "").skus.size() == 4);
  sell(shop, two, 7);
  sell(shop, one, 5);
  const Skus by_sales{"TWO", "ONE", "NONE", "THREE"};
  CHECK(await([&] { return page(shop, "").skus == by_sales; }));

  auto walk = page(shop, "&limit=1");
  CHECK(walk.skus == Skus{"TWO"});
  sell(shop, one, 10);
  sell(shop, three, 6);
  CHECK(await([&] { return page(shop, "").skus == Skus{"ONE", "TWO", "THREE", "NONE"}; }));
  walk = page(shop, "&limit=1" + walk.next);
  CHECK(walk.skus == Skus{"ONE"});
  walk = page(shop, "&limit=1" + walk.next);
  CHECK(walk.skus == Skus{"NONE"});
  walk = page(shop, "&limit=1" + walk.next);
  CHECK(walk.skus == Skus{"THREE"});
  CHECK(walk.next.empty());
}

TEST_CASE("a walk that began long ago is told to begin again", "[ranking][integration]") {
  const Deployment shop;
  const auto one = shop.product("ONE", 1);
  const auto two = shop.product("TWO", 1);
  sell(shop, one, 1);
  CHECK(await([&] { return page(shop, "").skus == Skus{"ONE", "TWO"}; }));
  const auto walk = page(shop, "&limit=1");
  shop.sql("UPDATE sales_generation SET made_at = made_at - interval '11 minutes'");
  sell(shop, two, 2);
  CHECK(await([&] { return page(shop, "").skus == Skus{"TWO", "ONE"}; }));
  CHECK(page(shop, "&limit=1" + walk.next).skus == Skus{"TWO"});

  shop.sql("UPDATE sales_generation SET made_at = made_at - interval '16 minutes'");
  sell(shop, one, 9);
  CHECK(await([&] { return page(shop, "").skus == Skus{"ONE", "TWO"}; }));
  // Old ranks are cleared away a little later.
  const auto walk_on = [&] {
    return shop.get("/api/v1/products?sort=bestselling&limit=1" + walk.next);
  };
  REQUIRE(await([&] { return walk_on().status == 400; }));
  const auto problem = parse(walk_on());
  CHECK(problem.at("code") == "invalid_cursor");
  CHECK(problem.at("errors").at(0).at("pointer") == "?cursor");
}

TEST_CASE("ranks are made anew only a while after the last ones", "[ranking][integration]") {
  Deployment shop;
  const auto one = shop.product("ONE", 1);
  shop.service->terminate();  // which makes some, too
  mercato::db::Pool pool(pool_options(shop));
  const auto make = [&] { return make_sales_generation(pool, std::chrono::hours(1), 100); };
  sell(shop, one, 1);
  shop.sql("UPDATE sales_generation SET made_at = now()");
  CHECK(make() == 0);
  CHECK(shop.sql("SELECT count(*) FROM sales_change") == "1");
  shop.sql("UPDATE sales_generation SET made_at = now() - interval '1 hour'");
  CHECK(make() == 1);
  CHECK(shop.sql("SELECT count(*) FROM sales_rank") == "1");
  CHECK(shop.sql("SELECT count(*) FROM sales_change") == "0");
}

TEST_CASE("ranks are made anew after the database's clock was set back", "[ranking][integration]") {
  Deployment shop;
  const auto one = shop.product("ONE", 1);
  shop.service->terminate();
  mercato::db::Pool pool(pool_options(shop));
  const auto make = [&] { return make_sales_generation(pool, std::chrono::hours(1), 100); };
  sell(shop, one, 1);
  shop.sql("UPDATE sales_generation SET made_at = now() + interval '1 day'");
  CHECK(make() == 1);
  // The one that lies ahead does not make the next ones come any sooner, either.
  sell(shop, one, 1);
  CHECK(make() == 0);
}

TEST_CASE("more changes than are ranked at once are ranked one after the other",
          "[ranking][integration]") {
  Deployment shop;
  shop.service->terminate();
  shop.sql("INSERT INTO product_sales (product_id, sold) "
           "SELECT gen_random_uuid(), n FROM generate_series(1, 25) AS n");
  mercato::db::Pool pool(pool_options(shop));
  const auto make = [&] { return make_sales_generation(pool, std::chrono::seconds(0), 10); };
  CHECK(make() == 10);
  CHECK(make() == 10);
  CHECK(make() == 5);
  CHECK(make() == 0);
  CHECK(shop.sql("SELECT count(*) FROM sales_rank JOIN product_sales USING (product_id, sold)") ==
        "25");
}

TEST_CASE("ranks that are over are cleared away though nothing is sold", "[ranking][integration]") {
  const Deployment shop;
  shop.sql(R"(
    INSERT INTO sales_generation (id, made_at) VALUES (2, now() - interval '1 hour');
    INSERT INTO sales_rank (product_id, sold, since, until)
    SELECT gen_random_uuid(), 1, 1, 2 FROM generate_series(1, 10))");
  CHECK(await([&] { return shop.sql("SELECT count(*) FROM sales_rank") == "0"; }));
  CHECK(await([&] { return shop.sql("SELECT count(*) FROM sales_generation") == "1"; }));
}
