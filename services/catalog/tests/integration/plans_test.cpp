#include <support/catch.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <mercato/db/pool.hpp>

#include "deployment.hpp"
#include "storage/figures.hpp"
#include "storage/pg_reservation_store.hpp"
#include "storage/pg_sales_ranks.hpp"
#include "storage/product_lists.hpp"

using namespace catalog;
using namespace catalog::test;
namespace db = mercato::db;

namespace {

db::PoolOptions pool_options(const Deployment& shop) {
  db::PoolOptions options;
  options.url = shop.database_url;
  options.application_name = "test";
  options.wait_timeout = std::chrono::seconds(10);
  return options;
}

/// How PostgreSQL carries out a statement in the service: planned for its parameters, or for any.
std::string plan_of(db::Pool& pool, const db::Statement& statement,
                    const std::vector<db::Parameter>& parameters = {}) {
  std::string values;
  for (const auto& parameter : parameters) {
    values += (values.empty() ? "('" : ", '") + std::string(parameter.text()) + "'";
  }
  if (!values.empty()) values += ")";
  return pool.transact([&](db::Transaction& transaction) {
    if (statement.plan_anew) {
      transaction.execute_script("SET LOCAL plan_cache_mode = force_custom_plan;"
                                 "SET LOCAL enable_seqscan = on");
    }
    transaction.execute_script("PREPARE planned AS " + std::string(statement.sql));
    std::string plan;
    for (const auto& row :
         transaction.execute_script("EXPLAIN (ANALYZE) EXECUTE planned " + values)) {
      plan += db::text(row, "\"QUERY PLAN\"") + "\n";
    }
    transaction.execute_script("DEALLOCATE planned");
    return plan;
  });
}

/// How many rows were read in vain at the most, by any step of the plan.
long most_removed(const std::string& plan) {
  const std::string removed = "Rows Removed by Filter: ";
  long most = 0;
  for (auto at = plan.find(removed); at != std::string::npos; at = plan.find(removed, at + 1)) {
    most = std::max(most, std::stol(plan.substr(at + removed.size())));
  }
  return most;
}

/// How much the first page of a run reads in vain.
long read_in_vain(db::Pool& pool, storage::Run run, const ProductFilter& filter,
                  const storage::SearchTerms& terms, std::size_t limit) {
  const std::vector<CategoryId> categories;
  const auto list = storage::statement_of({.run = run,
                                           .reach = storage::Reach::all,
                                           .filter = filter,
                                           .categories = categories,
                                           .terms = terms,
                                           .sales = 1,
                                           .after = std::nullopt,
                                           .limit = limit});
  const auto plan = plan_of(pool, list.statement, list.parameters);
  UNSCOPED_INFO(list.statement.name << "\n" << plan);
  return most_removed(plan);
}

}  // namespace

TEST_CASE("a currency that few or no products have is not looked for among all of them",
          "[product][integration]") {
  const Deployment shop;
  shop.sql(R"(
    WITH made AS (
      INSERT INTO product (id, sku, name, price, currency)
      SELECT gen_random_uuid(), 'PLAN-' || i, 'Planned ' || i, i,
             CASE WHEN i <= 3 THEN 'EUR' ELSE 'GBP' END
        FROM generate_series(1, 5000) AS i RETURNING id)
    INSERT INTO stock (product_id, on_hand) SELECT id, 1 FROM made)");
  shop.sql("ANALYZE product, stock");
  db::Pool pool(pool_options(shop));

  for (const auto run : {storage::Run::newest, storage::Run::name, storage::Run::unsold,
                         storage::Run::price, storage::Run::price_descending}) {
    for (const std::string currency : {"EUR", "USD"}) {
      ProductFilter filter;
      filter.currency = currency;
      INFO(currency);
      CHECK(read_in_vain(pool, run, filter, {}, 51) < 100);
    }
  }
}

TEST_CASE("a word that no product has is not looked for among all of them",
          "[search][integration]") {
  const Deployment shop;
  shop.sql(R"(
    WITH made AS (
      INSERT INTO product (id, sku, name, description, price, currency)
      SELECT gen_random_uuid(), 'PLAN-' || i, 'Planned ' || i % 40, repeat('As usual. ', 100), i,
             'GBP'
        FROM generate_series(1, 5000) AS i RETURNING id)
    INSERT INTO stock (product_id, on_hand) SELECT id, 1 FROM made)");
  shop.sql("ANALYZE product, stock");
  db::Pool pool(pool_options(shop));

  for (const auto run : {storage::Run::newest, storage::Run::name, storage::Run::sold,
                         storage::Run::unsold, storage::Run::price}) {
    ProductFilter filter;
    filter.text = "zebra";
    storage::SearchTerms terms;
    terms.text = terms.exact = terms.forgiving = "zebra";
    CHECK(read_in_vain(pool, run, filter, terms, 2) < 100);
  }
}

TEST_CASE("stock is compared with reservations by reading it from end to end",
          "[stock][integration]") {
  const Deployment shop;
  shop.sql(R"(
    WITH made AS (
      INSERT INTO product (id, sku, name, price, currency)
      SELECT gen_random_uuid(), 'SHELF-' || i, 'Shelved', 1, 'GBP'
        FROM generate_series(1, 2000) AS i RETURNING id)
    INSERT INTO stock (product_id, on_hand) SELECT id, 1 FROM made)");
  shop.sql("ANALYZE stock");
  db::Pool pool(pool_options(shop));
  for (const auto& figure : storage::figures()) {
    if (std::string(figure.name) != "catalog_reserved_mismatches") continue;
    const auto plan = plan_of(pool, figure.query);
    INFO(plan);
    CHECK(plan.find("Seq Scan on stock") != std::string::npos);
  }
}

TEST_CASE("sales ranks that are over are found among many that are not", "[ranking][integration]") {
  const Deployment shop;
  shop.sql(R"(
    INSERT INTO sales_generation (id, made_at)
    SELECT id, now() - interval '1 hour' FROM generate_series(2, 30) AS id;
    INSERT INTO sales_rank (product_id, sold, since)
    SELECT gen_random_uuid(), i, 1 FROM generate_series(1, 5000) AS i;
    INSERT INTO sales_rank (product_id, sold, since, until)
    SELECT gen_random_uuid(), id, 1, id FROM generate_series(2, 30) AS id)");
  shop.sql("ANALYZE sales_rank, sales_generation");
  db::Pool pool(pool_options(shop));
  const auto plan = plan_of(pool, storage::kPruneSalesGenerations, {900, 10'000});
  INFO(plan);
  CHECK(plan.find("Seq Scan on sales_rank ") == std::string::npos);
  CHECK(plan.find("using sales_rank_ended on") != std::string::npos);
  CHECK(shop.sql("SELECT count(*) FROM sales_rank") == "5000");
}

TEST_CASE("the rank that ends is found among all that a product had", "[ranking][integration]") {
  const Deployment shop;
  shop.sql(R"(
    UPDATE sales_generation SET id = 90, made_at = now() + interval '1 hour';
    INSERT INTO sales_rank (product_id, sold, since, until)
    SELECT lpad(to_hex(p), 32, '0')::uuid, g, g,
           CASE WHEN g < 90 THEN g + 1 ELSE 9223372036854775807 END
      FROM generate_series(1, 50) AS p, generate_series(1, 90) AS g;
    INSERT INTO product_sales (product_id, sold)
    SELECT product_id, 100 FROM sales_rank WHERE since = 90;)");
  shop.sql("ANALYZE sales_rank, product_sales, sales_change");
  db::Pool pool(pool_options(shop));
  const auto plan = plan_of(pool, storage::kMakeSalesGeneration, {-7200});
  INFO(plan);
  CHECK(plan.find("using sales_rank_current on") != std::string::npos);
  CHECK(most_removed(plan) == 0);
  CHECK(shop.sql("SELECT count(*) FROM sales_rank WHERE since = 90 AND until = 91") == "50");
}

TEST_CASE("holds whose time is over are found among many that last", "[stock][integration]") {
  const Deployment shop;
  shop.sql(R"(
    INSERT INTO reservation (order_id, status, expires_at)
    SELECT gen_random_uuid(), 'held', now() + interval '1 hour' FROM generate_series(1, 5000))");
  shop.sql("ANALYZE reservation");
  db::Pool pool(pool_options(shop));
  const Hold first;
  const auto plan =
      plan_of(pool, storage::kListDueHolds, {first.expires_at, first.order, std::size_t{100}});
  INFO(plan);
  CHECK(plan.find("using reservation_due on") != std::string::npos);
  CHECK(most_removed(plan) < 100);
}
