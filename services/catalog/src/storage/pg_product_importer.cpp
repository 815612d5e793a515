#include "storage/pg_product_importer.hpp"

#include <set>
#include <utility>

#include <mercato/json/json.hpp>

#include "storage/product_rows.hpp"

namespace catalog::storage {
namespace {

namespace db = mercato::db;
namespace json = mercato::json;

#define CATALOG_IMPORT_LINES                                                                      \
  "jsonb_to_recordset($1::jsonb) AS w (position int, id uuid, sku text, name text,"               \
  " description text, category text, price bigint, currency text, image_url text,"                \
  " attributes jsonb, on_hand bigint)"

json::Value to_json(const NewProduct& product, std::size_t position) {
  json::Value line{{"position", position},
                   {"id", ProductId::make().str()},
                   {"sku", product.sku},
                   {"name", product.name},
                   {"description", product.description},
                   {"price", product.price.amount_minor},
                   {"currency", product.price.currency}};
  if (product.category) line["category"] = *product.category;
  if (product.image_url) line["image_url"] = *product.image_url;
  if (product.on_hand) line["on_hand"] = *product.on_hand;
  auto attributes = json::Value::object();
  for (const auto& [name, value] : product.attributes) attributes[name] = value;
  line["attributes"] = std::move(attributes);
  return line;
}

// Locks the stock that is about to be set, by product id as every sale does, and finds the lines
// that cannot be taken.
constexpr db::Statement kCheckLines{
    "check_import_lines",
    "WITH w AS (SELECT * FROM " CATALOG_IMPORT_LINES "), held AS MATERIALIZED ("
    " SELECT p.sku, s.reserved FROM product p JOIN stock s ON s.product_id = p.id"
    "  WHERE p.sku IN (SELECT sku FROM w) ORDER BY s.product_id FOR UPDATE OF s)"
    " SELECT w.position, w.category IS NOT NULL AND c.id IS NULL AS no_category,"
    " coalesce(w.on_hand < held.reserved, false) AS too_few"
    " FROM w LEFT JOIN category c ON c.slug = w.category LEFT JOIN held ON held.sku = w.sku"
    " ORDER BY w.position"};

constexpr db::Statement kUpsert{
    "import_products",
    "WITH w AS (SELECT * FROM " CATALOG_IMPORT_LINES "), written AS ("
    " INSERT INTO product AS p (id, sku, name, description, category_id, price, currency,"
    "   image_url, attributes, trace_id)"
    " SELECT w.id, w.sku, w.name, w.description, c.id, w.price, w.currency, w.image_url,"
    "   w.attributes, $2 FROM w LEFT JOIN category c ON c.slug = w.category ORDER BY w.sku"
    " ON CONFLICT (sku) DO UPDATE SET name = excluded.name, description = excluded.description,"
    "   category_id = excluded.category_id, price = excluded.price, currency = excluded.currency,"
    "   image_url = excluded.image_url, attributes = excluded.attributes,"
    "   trace_id = excluded.trace_id, version = p.version + 1, updated_at = now()"
    " WHERE (p.name, p.description, p.category_id, p.price, p.currency, p.image_url, p.attributes)"
    "   IS DISTINCT FROM (excluded.name, excluded.description, excluded.category_id,"
    "   excluded.price, excluded.currency, excluded.image_url, excluded.attributes)"
    " RETURNING p.sku, p.version = 1 AS created)"
    " SELECT w.position, written.created FROM written JOIN w ON w.sku = written.sku"
    " ORDER BY w.position"};

constexpr db::Statement kSetStock{
    "import_stock",
    "WITH target AS (SELECT w.position, p.id, w.on_hand, s.on_hand AS old"
    "   FROM " CATALOG_IMPORT_LINES " JOIN product p ON p.sku = w.sku"
    "   LEFT JOIN stock s ON s.product_id = p.id"
    "   WHERE s.product_id IS NULL OR w.on_hand <> s.on_hand),"
    " written AS (INSERT INTO stock (product_id, on_hand)"
    "   SELECT id, coalesce(on_hand, 0) FROM target ORDER BY id"
    "   ON CONFLICT (product_id) DO UPDATE SET on_hand = excluded.on_hand RETURNING product_id),"
    " moved AS (INSERT INTO stock_movement (product_id, kind, delta)"
    "   SELECT id, CASE WHEN old IS NULL THEN 'initial' ELSE 'import' END,"
    "          coalesce(on_hand, 0) - coalesce(old, 0) FROM target)"
    " SELECT target.position FROM target JOIN written ON written.product_id = target.id"
    " ORDER BY target.position"};

std::size_t position_of(const db::Row& row) {
  return static_cast<std::size_t>(db::integer(row, "position"));
}

}  // namespace

std::vector<LineResult> PgProductImporter::upsert(const std::vector<NewProduct>& batch,
                                                  const std::string& trace_id) {
  auto lines = json::Value::array();
  for (std::size_t i = 0; i < batch.size(); ++i) lines.push_back(to_json(batch[i], i));

  return pool_.transact([&](db::Transaction& transaction) {
    std::vector<LineResult> results(batch.size(), ImportedAs::unchanged);
    auto accepted = json::Value::array();
    for (const auto& row : transaction.execute(kCheckLines, json::dump(lines))) {
      const auto position = position_of(row);
      if (db::boolean(row, "no_category")) {
        results[position] = LineFault{"category_not_found", "No such category."};
      } else if (db::boolean(row, "too_few")) {
        results[position] = LineFault{"insufficient_stock", "on_hand is below what is reserved."};
      } else {
        accepted.push_back(lines[position]);
      }
    }
    const auto text = json::dump(accepted);
    for (const auto& row : transaction.execute(kUpsert, text, trace_id)) {
      results[position_of(row)] =
          db::boolean(row, "created") ? ImportedAs::created : ImportedAs::updated;
    }
    for (const auto& row : transaction.execute(kSetStock, text)) {
      auto& result = std::get<ImportedAs>(results[position_of(row)]);
      if (result == ImportedAs::unchanged) result = ImportedAs::updated;
    }
    return results;
  });
}

}  // namespace catalog::storage
