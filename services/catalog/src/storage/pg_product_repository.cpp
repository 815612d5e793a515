#include "storage/pg_product_repository.hpp"

#include <array>
#include <utility>

#include <mercato/error/error.hpp>

#include "storage/product_rows.hpp"

namespace catalog::storage {
namespace {

namespace db = mercato::db;

std::optional<Product> first(const db::Result& rows) {
  if (rows.empty()) return std::nullopt;
  return read_product(rows[0]);
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

constexpr db::Statement kFindBySku{
    "find_product_by_sku", "SELECT " CATALOG_PRODUCT_COLUMNS " FROM " CATALOG_PRODUCT_TABLES
                           " WHERE p.sku = $1"};

std::optional<Product> PgProductRepository::find_by_sku(const std::string& sku) {
  return first(pool_.execute(kFindBySku, sku));
}

namespace {

// One statement for each order of a list. $1 category, $2 min, $3 max, $4 currency, $5 in stock,
// $6 text, $7 key and $8 id of the last row seen, $9 limit. `key` is what the list is ordered by.
struct ListSql {
  std::string name;
  std::string sql;
  db::Statement statement;

  ListSql(std::string list_name, const std::string& key, const std::string& type, bool descending)
      : name(std::move(list_name)),
        sql("WITH RECURSIVE branch AS (SELECT id FROM category WHERE slug = $1"
            " UNION SELECT child.id FROM category child JOIN branch ON child.parent_id = branch.id)"
            " SELECT " CATALOG_PRODUCT_COLUMNS ", (" + key + ")::text AS position FROM "
            CATALOG_PRODUCT_TABLES " WHERE p.status = 'active'"
            " AND ($1::text IS NULL OR p.category_id IN (SELECT id FROM branch))"
            " AND ($2::bigint IS NULL OR p.price >= $2) AND ($3::bigint IS NULL OR p.price <= $3)"
            " AND ($4::text IS NULL OR p.currency = $4)"
            " AND (NOT $5::boolean OR s.on_hand > s.reserved)"
            " AND ($6::text IS NULL OR p.search @@ websearch_to_tsquery('simple', $6)"
            "      OR p.name %> $6 OR p.sku = $6)"
            " AND ($8::uuid IS NULL OR (" + key + ", p.id) " + (descending ? "<" : ">") +
            " ($7::" + type + ", $8))"
            " ORDER BY " + key + (descending ? " DESC, p.id DESC" : ", p.id") + " LIMIT $9"),
        statement{name.c_str(), sql.c_str()} {}
};

const db::Statement& list_statement(ProductSort sort) {
  // An integer rank: equal ones are told apart by id, and a cursor holds it exactly.
  const std::string relevance =
      "(1000 * (ts_rank(p.search, websearch_to_tsquery('simple', coalesce($6, '')))"
      " + word_similarity(coalesce($6, ''), p.name)))::bigint";
  // Newest first is by id: a UUIDv7 starts with the time it was made.
  static const std::array<ListSql, 6> statements = {
      ListSql{"list_products_newest", "0::bigint", "bigint", true},
      ListSql{"list_products_by_price", "p.price", "bigint", false},
      ListSql{"list_products_by_price_down", "p.price", "bigint", true},
      ListSql{"list_products_by_name", "p.name", "text", false},
      ListSql{"list_products_by_relevance", relevance, "bigint", true},
      ListSql{"list_products_bestselling", "s.sold", "bigint", true},
  };
  return statements[static_cast<std::size_t>(sort)].statement;
}

}  // namespace

std::vector<ListedProduct> PgProductRepository::list(const ProductFilter& filter,
                                                     const std::optional<Position>& after,
                                                     std::size_t limit) {
  const auto key = after ? std::optional<std::string>(after->key) : std::nullopt;
  const auto id = after ? std::optional<ProductId>(after->id) : std::nullopt;
  const auto rows =
      pool_.execute(list_statement(filter.sort), filter.category, filter.min_price,
                    filter.max_price, filter.currency, filter.in_stock, filter.text, key, id,
                    limit);
  std::vector<ListedProduct> products;
  products.reserve(limit);
  for (const auto& row : rows) {
    auto product = read_product(row);
    const auto product_id = product.id;
    products.push_back({std::move(product), {db::text(row, "position"), product_id}});
  }
  return products;
}

constexpr db::Statement kInsert{"insert_product", R"(
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

Product PgProductRepository::insert(const NewProduct& product, const std::string& trace_id) {
  const auto id = ProductId::make();
  try {
    return pool_.transact([&](db::Transaction& transaction) {
      const auto made = transaction.execute(
          kInsert, id, product.sku, product.name, product.description, product.category,
          product.price.amount_minor, product.price.currency, product.image_url,
          attributes_json(product.attributes), product.on_hand.value_or(0), trace_id);
      if (made.empty()) refuse_category();
      return read_product(transaction.execute(kFind, id)[0]);
    });
  } catch (const db::ConstraintViolation& violation) {
    if (violation.constraint() != "product_sku_taken") throw;
    throw mercato::Error(mercato::ErrorKind::conflict, "sku_taken",
                         "Another product has this SKU.");
  }
}

constexpr db::Statement kLock{
    "lock_product", "SELECT " CATALOG_PRODUCT_COLUMNS " FROM " CATALOG_PRODUCT_TABLES
                    " WHERE p.id = $1 FOR UPDATE OF p"};

constexpr db::Statement kUpdate{"update_product", R"(
  UPDATE product p
     SET name = $2, description = $3, category_id = c.id, price = $5, currency = $6,
         image_url = $7, attributes = $8::jsonb, status = $9, trace_id = $10,
         version = p.version + 1, updated_at = now()
    FROM (SELECT) AS one LEFT JOIN category c ON c.slug = $4
   WHERE p.id = $1 AND ($4::text IS NULL OR c.id IS NOT NULL)
  RETURNING p.version, p.updated_at)"};

std::optional<Product> PgProductRepository::update(
    ProductId id, const std::string& trace_id,
    const std::function<Product(const Product&)>& change) {
  return pool_.transact([&](db::Transaction& transaction) -> std::optional<Product> {
    const auto current = first(transaction.execute(kLock, id));
    if (!current) return std::nullopt;
    auto changed = change(*current);
    if (same_content(*current, changed)) return current;
    const auto rows = transaction.execute(
        kUpdate, id, changed.name, changed.description, changed.category,
        changed.price.amount_minor, changed.price.currency, changed.image_url,
        attributes_json(changed.attributes), changed.archived ? "archived" : "active", trace_id);
    if (rows.empty()) refuse_category();
    changed.version = db::integer(rows[0], "version");
    changed.updated_at = db::timestamp(rows[0], "updated_at");
    return changed;
  });
}

}  // namespace catalog::storage
