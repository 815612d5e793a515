#include "storage/pg_product_repository.hpp"

#include <algorithm>
#include <utility>

#include <mercato/error/error.hpp>

#include "storage/product_rows.hpp"
#include "storage/search_text.hpp"

namespace catalog::storage {
namespace {

namespace db = mercato::db;

std::optional<Product> first(const db::Result& rows) {
  if (rows.empty()) return std::nullopt;
  return read_product(rows[0]);
}

ProductState read_state(const db::Row& row) {
  return {db::id<ProductId>(row, "id"), db::integer(row, "version"), db::integer(row, "available")};
}

std::optional<ProductState> first_state(const db::Result& rows) {
  if (rows.empty()) return std::nullopt;
  return read_state(rows[0]);
}

[[noreturn]] void refuse_category() {
  throw mercato::validation_failed({{"/category", "category_not_found", "No such category."}});
}

}  // namespace

constexpr db::Statement kFind{
    "find_product", "SELECT " CATALOG_PRODUCT_COLUMNS " FROM " CATALOG_PRODUCT_TABLES
                    " WHERE p.id = $1"};

std::optional<Product> PgProductRepository::find(ProductId id) {
  return first(pool_.execute(kFind, id));
}

#define CATALOG_STATE_OF \
  "SELECT p.id, p.version, s.on_hand - s.reserved AS available" \
  " FROM product p JOIN stock s ON s.product_id = p.id WHERE "

constexpr db::Statement kFindState{"find_product_state", CATALOG_STATE_OF "p.id = $1"};

std::optional<ProductState> PgProductRepository::find_state(ProductId id) {
  return first_state(pool_.execute(kFindState, id));
}

constexpr db::Statement kFindStateBySku{"find_product_state_by_sku", CATALOG_STATE_OF "p.sku = $1"};

std::optional<ProductState> PgProductRepository::find_state_by_sku(const std::string& sku) {
  return first_state(pool_.execute(kFindStateBySku, sku));
}

constexpr db::Statement kFindMany{
    "find_products", "SELECT " CATALOG_PRODUCT_COLUMNS " FROM " CATALOG_PRODUCT_TABLES
                     " WHERE p.id = ANY ($1::uuid[])"};

std::vector<Product> PgProductRepository::find_many(const std::vector<ProductId>& ids) {
  std::vector<Product> products;
  products.reserve(ids.size());
  for (const auto& row : pool_.execute(kFindMany, db::array(ids))) {
    products.push_back(read_product(row));
  }
  return products;
}

constexpr db::Statement kBranch{"list_category_branch", R"(
  WITH RECURSIVE branch AS (
    SELECT id FROM category WHERE slug = $1
     UNION SELECT child.id FROM category child JOIN branch ON child.parent_id = branch.id)
  SELECT id FROM branch ORDER BY id)"};

std::vector<CategoryId> PgProductRepository::branch_of(const std::string& slug) {
  std::vector<CategoryId> branch;
  for (const auto& row : pool_.execute(kBranch, slug)) {
    branch.push_back(db::id<CategoryId>(row, "id"));
  }
  return branch;
}

// Words are only ever added: with those up to the one that was the last when the walk began, a text
// is forgiven in the same way until it ends. What is excluded twice is asked for.
constexpr db::Statement kTerms{"read_search_terms", R"(
  SELECT generation, exact, querytree(exact::tsquery) = 'T' AS only_excludes
    FROM (SELECT coalesce($2::bigint, (SELECT max(id) FROM search_word), 0) AS generation,
                 regexp_replace(websearch_to_tsquery('catalog', apart($1))::text,
                                '(^|[ (])(!!)+', '\1', 'g') AS exact) AS terms)"};

constexpr db::Statement kForgive{"forgive_search_terms", R"(
  SELECT coalesce($2::tsquery || near.query, $2)::text AS forgiving,
         coalesce(near.query, '')::text AS near,
         coalesce(near.query && !!$2::tsquery, '')::text AS only_near
    FROM (SELECT forgiving_query($1, $3)) AS near (query))"};

SearchTerms PgProductRepository::read_terms(const std::string& text, std::int64_t& generation) {
  const auto wanted = generation == 0 ? std::nullopt : std::optional(generation);
  const auto [websearch, is_plain] = read_search_text(text);
  const auto rows = pool_.execute(kTerms, websearch, wanted);
  generation = db::integer(rows[0], "generation");
  const auto exact = db::text(rows[0], "exact");
  return {text, is_plain, db::boolean(rows[0], "only_excludes"), exact, exact, {}, {}};
}

void PgProductRepository::forgive(SearchTerms& terms, std::int64_t generation) {
  if (!terms.is_plain) return;
  const auto rows = pool_.execute(kForgive, terms.text, terms.exact, generation);
  terms.forgiving = db::text(rows[0], "forgiving");
  terms.near = db::text(rows[0], "near");
  terms.only_near = db::text(rows[0], "only_near");
}

constexpr db::Statement kGeneration{"find_sales_generation", R"(
  SELECT id FROM sales_generation WHERE $1::bigint IS NULL OR id = $1 ORDER BY id DESC LIMIT 1)"};

std::int64_t PgProductRepository::sales_generation(std::optional<std::int64_t> wanted) {
  const auto rows = pool_.execute(kGeneration, wanted);
  if (!rows.empty()) return db::integer(rows[0], "id");
  const auto* const why = "The cursor is too old: begin again.";
  throw mercato::Error(mercato::ErrorKind::bad_request, "invalid_cursor", why,
                       {{"?cursor", "invalid_format", why}});
}

db::Result PgProductRepository::read_run(RunQuery query) {
  const auto read = [&](Reach reach) {
    query.reach = reach;
    const auto [statement, parameters] = statement_of(query);
    return pool_.execute_with(mercato::Deadline::never(), statement, parameters);
  };
  if (may_be_common(query.run, query.terms)) {
    auto rows = read(Reach::first);
    if (db::row_count(rows) == query.limit) return rows;
  }
  return read(Reach::all);
}

ProductPage PgProductRepository::list(const ProductFilter& filter,
                                      const std::optional<Position>& after, std::size_t limit) {
  std::vector<CategoryId> categories;
  if (filter.category && (categories = branch_of(*filter.category)).empty()) return {};
  std::int64_t words = after ? after->words : 0;
  SearchTerms terms;
  if (filter.text) terms = read_terms(*filter.text, words);
  const bool is_relevance = filter.sort == ProductSort::relevance;
  if (filter.text && !is_relevance) forgive(terms, words);
  std::int64_t sales = 0;
  if (filter.sort == ProductSort::bestselling) {
    sales = sales_generation(after ? std::optional(after->sales) : std::nullopt);
  }

  const auto& runs = runs_of(is_relevance && !filter.text ? ProductSort::newest : filter.sort);
  ProductPage page;
  Position last;
  for (std::size_t run = after ? after->run : 0; run < runs.size(); ++run) {
    if (runs[run] == Run::near_in_name || runs[run] == Run::near_in_anything) {
      if (terms.near.empty()) forgive(terms, words);  // not before all that is exact was found
      if (terms.near.empty()) break;
    }
    // What no part of a product has, its name does not have either: all were found by that.
    if (runs[run] == Run::in_anything && terms.only_excludes) break;
    // One more than is shown tells whether there is another page.
    const auto missing = limit + 1 - page.products.size();
    const auto rows = read_run({runs[run], Reach::all, filter, categories, terms, sales,
                                after && after->run == run ? after : std::nullopt, missing});
    for (const auto& row : rows) {
      if (page.products.size() == limit) {
        page.next = last;
        return page;
      }
      page.products.push_back(read_state(row));
      last = {sales, words, run, db::text(row, "key"), page.products.back().id};
    }
  }
  return page;
}

constexpr db::Statement kInsertProduct{"insert_product", R"(
  WITH made AS (
    INSERT INTO product (id, sku, name, description, category_id, price, currency, image_url,
                         attributes, trace_id)
    SELECT $1, $2, $3, $4, c.id, $6, $7, $8, $9::jsonb, $11
      FROM (SELECT) AS one LEFT JOIN category c ON c.slug = $5
     WHERE $5::text IS NULL OR c.id IS NOT NULL
    RETURNING id),
  first_stock AS (
    INSERT INTO stock (product_id, on_hand) SELECT id, $10 FROM made RETURNING product_id)
  INSERT INTO stock_movement (product_id, kind, delta)
  SELECT product_id, 'initial', $10 FROM first_stock
  RETURNING product_id)"};

Product insert_product(db::Transaction& transaction, const NewProduct& product,
                       const std::string& trace_id) {
  const auto id = ProductId::make();
  try {
    const auto made = transaction.execute(
        kInsertProduct, id, product.sku, product.name, product.description, product.category,
        product.price.amount_minor, product.price.currency, product.image_url,
        attributes_json(product.attributes), product.on_hand.value_or(0), trace_id);
    if (made.empty()) refuse_category();
  } catch (const db::ConstraintViolation& violation) {
    if (violation.constraint() != "product_sku_taken") throw;
    throw mercato::Error(mercato::ErrorKind::conflict, "sku_taken",
                         "Another product has this SKU.");
  }
  return read_product(transaction.execute(kFind, id)[0]);
}

// Not FOR UPDATE: a reservation's reference to the product need not wait for an edit of it. What is
// joined to the product is read by a statement of its own: one that waited for the lock sees the
// product as it is then, and all else as it was before, so that a new category would be none.
constexpr db::Statement kLock{"lock_product",
                              "SELECT id FROM product WHERE id = $1 FOR NO KEY UPDATE"};

constexpr db::Statement kUpdate{"update_product", R"(
  UPDATE product p
     SET name = $2, description = $3, category_id = c.id, price = $5, currency = $6,
         image_url = $7, attributes = $8::jsonb, status = $9, trace_id = $10,
         version = p.version + 1, updated_at = now()
    FROM (SELECT) AS one LEFT JOIN category c ON c.slug = $4
   WHERE p.id = $1 AND ($4::text IS NULL OR c.id IS NOT NULL))"};

std::optional<Product> PgProductRepository::update(
    ProductId id, const std::string& trace_id,
    const std::function<Product(const Product&)>& change) {
  return pool_.transact([&](db::Transaction& transaction) -> std::optional<Product> {
    if (transaction.execute(kLock, id).empty()) return std::nullopt;
    const auto current = read_product(transaction.execute(kFind, id)[0]);
    const auto changed = change(current);
    if (same_content(current, changed)) return current;
    const auto rows = transaction.execute(
        kUpdate, id, changed.name, changed.description, changed.category,
        changed.price.amount_minor, changed.price.currency, changed.image_url,
        attributes_json(changed.attributes), changed.archived ? "archived" : "active", trace_id);
    if (db::affected_rows(rows) == 0) refuse_category();
    return first(transaction.execute(kFind, id));
  });
}

}  // namespace catalog::storage
