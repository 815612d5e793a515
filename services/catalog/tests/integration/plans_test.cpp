#include <support/catch.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <mercato/db/pool.hpp>

#include "deployment.hpp"
#include "storage/figures.hpp"
#include "storage/pg_product_repository.hpp"
#include "storage/pg_reservation_store.hpp"
#include "storage/pg_sales_ranks.hpp"
#include "storage/product_lists.hpp"

using namespace catalog;
using namespace catalog::test;
namespace db = mercato::db;

namespace {

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
      transaction.execute_script(
          "SET LOCAL plan_cache_mode = force_custom_plan;"
          "SET LOCAL enable_seqscan = on");
    }
    transaction.execute_script("PREPARE planned AS " + std::string(statement.sql));
    std::string plan;
    for (const auto& row :
         transaction.execute_script("EXPLAIN (ANALYZE, BUFFERS) EXECUTE planned " + values)) {
      plan += db::text(row, "\"QUERY PLAN\"") + "\n";
    }
    transaction.execute_script("DEALLOCATE planned");
    return plan;
  });
}

/// The number after the last `words` before `end`.
long number_before(const std::string& plan, const std::string& words, std::size_t end) {
  return std::stol(plan.substr(plan.rfind(words, end) + words.size()));
}

/// How many rows were read in vain at the most, by any step of the plan. It tells how many each
/// time that the step was carried out, rounded.
long most_removed(const std::string& plan) {
  long most = 0;
  for (const std::string removed : {"Rows Removed by Filter: ", "Rows Removed by Join Filter: "}) {
    for (auto at = plan.find(removed); at != std::string::npos; at = plan.find(removed, at + 1)) {
      const auto each = std::max(1L, std::stol(plan.substr(at + removed.size())));
      most = std::max(most, each * number_before(plan, " loops=", at));
    }
  }
  return most;
}

/// How many blocks the whole plan looked at.
long blocks_read(const std::string& plan) {
  const auto at = plan.find("Buffers: shared");
  const auto line = plan.substr(at, plan.find('\n', at) - at);
  long blocks = 0;
  for (const std::string found : {" hit=", " read="}) {
    const auto number = line.find(found);
    if (number != std::string::npos) blocks += std::stol(line.substr(number + found.size()));
  }
  return blocks;
}

/// What is asked of one run of a list.
struct PageQuery {
  storage::Run run;
  ProductFilter filter = {};
  storage::SearchTerms terms = {};
  std::vector<CategoryId> categories = {};
  std::optional<Position> after = std::nullopt;
  std::size_t limit = 51;
};

std::string plan_of(db::Pool& pool, const PageQuery& page) {
  const auto list = storage::statement_of({.run = page.run,
                                           .reach = storage::Reach::all,
                                           .filter = page.filter,
                                           .categories = page.categories,
                                           .terms = page.terms,
                                           .sales = 1,
                                           .after = page.after,
                                           .limit = page.limit});
  return list.statement.name + ("\n" + plan_of(pool, list.statement, list.parameters));
}

/// How much a page reads in vain.
long read_in_vain(db::Pool& pool, const PageQuery& page) {
  const auto plan = plan_of(pool, page);
  UNSCOPED_INFO(plan);
  return most_removed(plan);
}

/// How many blocks of products and of their indexes all statements looked at so far, those of the
/// pool's only connection included, which would else tell a second later.
std::int64_t blocks_of_products(db::Pool& pool) {
  pool.transact([](db::Transaction& transaction) {
    transaction.execute_script("SELECT pg_stat_force_next_flush()");
    return true;
  });
  return pool.transact([](db::Transaction& transaction) {
    const auto rows = transaction.execute_script(
        "SELECT (heap_blks_hit + heap_blks_read + idx_blks_hit + idx_blks_read)::bigint AS blocks "
        "FROM pg_statio_user_tables WHERE relname = 'product'");
    return db::integer(rows[0], "blocks");
  });
}

ProductId product(int n) {
  const auto digits = std::to_string(n);
  return ProductId(*mercato::Uuid::parse("0192f0c0-0000-7000-8000-" +
                                         std::string(12 - digits.size(), '0') + digits));
}

// Five thousand products, of which each second one was sold. One in five hundred is in the category
// of few, all others in another.
constexpr const char* kFill = R"(
  INSERT INTO category (id, slug, name)
  VALUES ('0192f0c0-0000-7000-8000-000000000000', 'few', 'Few'),
         ('0192f0c0-0000-7000-8000-000000000001', 'many', 'Many');
  INSERT INTO product (id, sku, name, price, currency, category_id)
  SELECT ('0192f0c0-0000-7000-8000-' || lpad(i::text, 12, '0'))::uuid, 'PLAN-' || i,
         'Planned ' || lpad(i::text, 4, '0'), i, 'GBP',
         ('0192f0c0-0000-7000-8000-00000000000' || CASE WHEN i % 500 = 0 THEN 0 ELSE 1 END)::uuid
    FROM generate_series(1, 5000) AS i;
  INSERT INTO stock (product_id, on_hand) SELECT id, 1 FROM product;
  INSERT INTO sales_rank (product_id, sold, since)
  SELECT id, price, 1 FROM product WHERE price % 2 = 0)";

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
      CHECK(read_in_vain(pool, {.run = run, .filter = filter}) < 100);
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
    CHECK(read_in_vain(pool, {.run = run, .filter = filter, .terms = terms, .limit = 2}) < 100);
  }
}

TEST_CASE("a search that only excludes words does not read all products",
          "[search][integration]") {
  const Deployment shop;
  shop.sql(kFill);
  shop.sql("UPDATE product SET description = repeat('As usual. ', 100)");
  shop.sql("VACUUM FULL ANALYZE product, stock, sales_rank");
  auto options = pool_options(shop);
  options.size = 1;
  db::Pool pool(options);
  storage::PgProductRepository products(pool);
  for (const auto sort : {ProductSort::relevance, ProductSort::newest, ProductSort::price,
                          ProductSort::name, ProductSort::bestselling}) {
    for (const auto* const text : {"-zebra -yak", "-zebra -\"grey yak\"", "-zebra"}) {
      INFO(text << " by " << static_cast<int>(sort));
      ProductFilter filter;
      filter.text = text;
      filter.sort = sort;
      if (sort == ProductSort::price) filter.currency = "GBP";
      const auto before = blocks_of_products(pool);
      CHECK(products.list(filter, std::nullopt, 20).products.size() == 20);
      CHECK(blocks_of_products(pool) - before < 150);
    }
  }
}

TEST_CASE("a late page is read from where the page before it ended", "[product][integration]") {
  const Deployment shop;
  shop.sql(kFill);
  shop.sql("ANALYZE product, stock, sales_rank");
  db::Pool pool(pool_options(shop));
  const std::vector<std::pair<storage::Run, std::string>> keys = {
      {storage::Run::newest, ""},           {storage::Run::price, "2500"},
      {storage::Run::sold, "2500"},         {storage::Run::price_descending, "2500"},
      {storage::Run::name, "Planned 2500"}, {storage::Run::unsold, ""}};
  for (const auto& [run, key] : keys) {
    PageQuery page{.run = run, .after = Position{.key = key, .id = product(2500)}};
    if (run == storage::Run::price || run == storage::Run::price_descending) {
      page.filter.currency = "GBP";
    }
    CHECK(read_in_vain(pool, page) < 100);
  }
}

TEST_CASE("few products of a category are not looked for among all others",
          "[product][integration]") {
  const Deployment shop;
  shop.sql(kFill);
  shop.sql("ANALYZE product, stock, sales_rank");
  db::Pool pool(pool_options(shop));
  for (const auto run :
       {storage::Run::newest, storage::Run::price, storage::Run::price_descending,
        storage::Run::name, storage::Run::sold, storage::Run::unsold}) {
    PageQuery page{.run = run, .categories = {CategoryId(product(0).value())}};
    page.filter.category = "few";
    page.filter.currency = "GBP";
    CHECK(read_in_vain(pool, page) < 100);
    page.filter.currency.reset();
    if (run != storage::Run::price && run != storage::Run::price_descending) {
      CHECK(read_in_vain(pool, page) < 100);
    }
  }
}

TEST_CASE("products of a category are not looked for among cheaper ones of others",
          "[product][integration]") {
  const Deployment shop;
  shop.sql(kFill);
  shop.sql("UPDATE product SET category_id = '" + product(0).str() + "' WHERE price > 3000");
  shop.sql("ANALYZE product, stock");
  db::Pool pool(pool_options(shop));
  for (const auto& [run, key] : std::vector<std::pair<storage::Run, std::string>>{
           {storage::Run::price, "4000"}, {storage::Run::name, "Planned 4000"}}) {
    PageQuery page{.run = run, .categories = {CategoryId(product(0).value())}};
    page.filter.category = "few";
    if (run == storage::Run::price) page.filter.currency = "GBP";
    CHECK(read_in_vain(pool, page) < 100);
    page.after = Position{.key = key, .id = product(4000)};
    CHECK(read_in_vain(pool, page) < 100);
  }
}

TEST_CASE("prices of a category are walked only between the bounds that are asked for",
          "[product][integration]") {
  const Deployment shop;
  shop.sql(kFill);
  // Enough prices in the category for its index to have far more blocks than a page reads.
  shop.sql("INSERT INTO product (id, sku, name, price, currency, category_id) "
           "SELECT gen_random_uuid(), 'MORE-' || i, 'More ' || i, 6000 + i, 'GBP', '" +
           product(1).str() + "' FROM generate_series(1, 20000) AS i");
  shop.sql("INSERT INTO stock (product_id, on_hand) "
           "SELECT id, 1 FROM product ON CONFLICT DO NOTHING");
  shop.sql("VACUUM ANALYZE product, stock");
  db::Pool pool(pool_options(shop));
  const auto check = [&](PageQuery page) {
    page.filter.category = "many";
    page.filter.currency = "GBP";
    page.categories = {CategoryId(product(1).value())};
    const auto plan = plan_of(pool, page);
    INFO(plan);
    CHECK(plan.find("product_of_category_by_price") != std::string::npos);
    // Ten match, and for each of them some blocks of two tables and of the index of one are read.
    CHECK(blocks_read(plan) < 120);
  };
  for (const auto run : {storage::Run::price, storage::Run::price_descending}) {
    for (const std::int64_t least : {1'001, 13'001, 25'001}) {
      ProductFilter band;
      band.min_price = least;
      band.max_price = least + 9;
      check({.run = run, .filter = band});
      const Position middle{.key = std::to_string(least + 5), .id = product(0)};
      check({.run = run, .filter = band, .after = middle});
    }
    ProductFilter wide;
    wide.min_price = 1'001;
    wide.max_price = 25'010;
    const bool down = run == storage::Run::price_descending;
    const Position late{.key = down ? "1010" : "25001", .id = product(0)};
    check({.run = run, .filter = wide, .after = late});
    ProductFilter dearest;
    dearest.min_price = 25'991;
    check({.run = run, .filter = dearest});
    ProductFilter cheapest;
    cheapest.max_price = 10;
    check({.run = run, .filter = cheapest});
  }
}

TEST_CASE("a name that thousands have is not compared with each of them", "[search][integration]") {
  const Deployment shop;
  shop.sql(R"(
    WITH made AS (
      INSERT INTO product (id, sku, name, price, currency)
      SELECT gen_random_uuid(), 'PLAN-' || i, 'Gift card', i, 'GBP'
        FROM generate_series(1, 3000) AS i RETURNING id)
    INSERT INTO stock (product_id, on_hand) SELECT id, 1 FROM made)");
  shop.sql("ANALYZE product, stock");
  db::Pool pool(pool_options(shop));
  PageQuery page{.run = storage::Run::in_name};
  page.filter.text = page.terms.text = "gift card";
  page.terms.exact = page.terms.forgiving = "gift & card";
  const auto plan = plan_of(pool, page);
  INFO(plan);
  CHECK(plan.find("product_by_name_in_any_case") == std::string::npos);
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
  Deployment shop;
  shop.service->terminate();  // which makes generations, too
  shop.sql(R"(
    UPDATE sales_generation SET id = 90, made_at = now() - interval '1 hour';
    INSERT INTO sales_rank (product_id, sold, since, until)
    SELECT lpad(to_hex(p), 32, '0')::uuid, g, g,
           CASE WHEN g < 90 THEN g + 1 ELSE 9223372036854775807 END
      FROM generate_series(1, 50) AS p, generate_series(1, 90) AS g;
    INSERT INTO product_sales (product_id, sold)
    SELECT product_id, 100 FROM sales_rank WHERE since = 90;)");
  shop.sql("ANALYZE sales_rank, product_sales, sales_change");
  db::Pool pool(pool_options(shop));
  const auto plan = plan_of(pool, storage::kMakeSalesGeneration, {3, 100});
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
