#include "storage/pg_product_importer.hpp"

#include <exception>
#include <string>
#include <utility>

#include <mercato/log/log.hpp>

#include "storage/product_rows.hpp"

namespace catalog::storage {
namespace {

namespace db = mercato::db;

// Stands for "not set" in a column of numbers, as the empty text does in one of texts.
constexpr std::int64_t kUnset = -1;

/// Lines as columns. `position` is a line's place in the batch.
struct ImportColumns {
  std::vector<std::int64_t> positions;
  std::vector<ProductId> ids;  // for those that are new
  std::vector<std::string> skus;
  std::vector<std::string> names;
  std::vector<std::string> descriptions;
  std::vector<std::string> categories;
  std::vector<std::int64_t> prices;
  std::vector<std::string> currencies;
  std::vector<std::string> image_urls;
  std::vector<std::string> attributes;

  void add(std::size_t position, const NewProduct& product) {
    positions.push_back(static_cast<std::int64_t>(position));
    ids.push_back(ProductId::make());
    skus.push_back(product.sku);
    names.push_back(product.name);
    descriptions.push_back(product.description);
    categories.push_back(product.category.value_or(""));
    prices.push_back(product.price.amount_minor);
    currencies.push_back(product.price.currency);
    image_urls.push_back(product.image_url.value_or(""));
    attributes.push_back(attributes_json(product.attributes));
  }
};

/// What stock lines set, of products that are there.
struct StockColumns {
  std::vector<std::int64_t> positions;
  std::vector<std::string> skus;
  std::vector<std::int64_t> on_hand;

  void add(std::size_t position, const NewProduct& product) {
    positions.push_back(static_cast<std::int64_t>(position));
    skus.push_back(product.sku);
    on_hand.push_back(product.on_hand.value_or(kUnset));
  }
};

std::size_t position_of(const db::Row& row) {
  return static_cast<std::size_t>(db::integer(row, "position"));
}

}  // namespace

// Locks the stock that is about to be set, by product id as every sale does, and finds the lines
// that cannot be taken.
constexpr db::Statement kCheckLines{"check_import_lines", R"(
  WITH w AS MATERIALIZED (
    SELECT position, sku, nullif(category, '') AS category, nullif(on_hand, -1) AS on_hand
      FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[])
           AS w (position, sku, category, on_hand)),
  held AS MATERIALIZED (
    SELECT p.sku, s.reserved FROM product p JOIN stock s ON s.product_id = p.id
     WHERE p.sku IN (SELECT sku FROM w WHERE on_hand IS NOT NULL)
     ORDER BY s.product_id FOR UPDATE OF s)
  SELECT w.position, w.category IS NOT NULL AND c.id IS NULL AS no_category,
         coalesce(w.on_hand < held.reserved, false) AS too_few
    FROM w LEFT JOIN category c ON c.slug = w.category LEFT JOIN held ON held.sku = w.sku
   WHERE (w.category IS NOT NULL AND c.id IS NULL) OR w.on_hand < held.reserved
   ORDER BY w.position)"};

constexpr db::Statement kUpsert{"import_products", R"(
  WITH w AS MATERIALIZED (
    SELECT w.position, w.id, w.sku, w.name, w.description, c.id AS category_id, w.price, w.currency,
           nullif(w.image_url, '') AS image_url, w.attributes::jsonb AS attributes
      FROM unnest($1::bigint[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[],
                  $7::bigint[], $8::text[], $9::text[], $10::text[])
           AS w (position, id, sku, name, description, category, price, currency, image_url,
                 attributes)
      LEFT JOIN category c ON c.slug = nullif(w.category, '')),
  written AS (
    INSERT INTO product AS p (id, sku, name, description, category_id, price, currency, image_url,
                              attributes, trace_id)
    SELECT id, sku, name, description, category_id, price, currency, image_url, attributes, $11
      FROM w ORDER BY sku
    ON CONFLICT (sku) DO UPDATE
       SET name = excluded.name, description = excluded.description,
           category_id = excluded.category_id, price = excluded.price,
           currency = excluded.currency, image_url = excluded.image_url,
           attributes = excluded.attributes, trace_id = excluded.trace_id,
           version = p.version + 1, updated_at = now()
     WHERE (p.name, p.description, p.category_id, p.price, p.currency, p.image_url, p.attributes)
           IS DISTINCT FROM (excluded.name, excluded.description, excluded.category_id,
                             excluded.price, excluded.currency, excluded.image_url,
                             excluded.attributes)
    RETURNING p.id, p.sku, p.version = 1 AS created)
  SELECT w.position, written.id, written.created FROM written JOIN w ON w.sku = written.sku
   ORDER BY w.position)"};

constexpr db::Statement kFirstStock{"import_first_stock", R"(
  WITH w AS MATERIALIZED (
    SELECT id, on_hand FROM unnest($1::uuid[], $2::bigint[]) AS w (id, on_hand)),
  stocked AS (INSERT INTO stock (product_id, on_hand) SELECT id, on_hand FROM w ORDER BY id)
  INSERT INTO stock_movement (product_id, kind, delta) SELECT id, 'initial', on_hand FROM w)"};

// What is on hand is read under the lock: a product that somebody else made while we did, and sold
// from already, was not there to be locked before.
constexpr db::Statement kSetStock{"import_stock", R"(
  WITH target AS MATERIALIZED (
    SELECT w.position, s.product_id, w.on_hand, s.on_hand AS old, w.on_hand < s.reserved AS too_few
      FROM unnest($1::bigint[], $2::text[], $3::bigint[]) AS w (position, sku, on_hand)
      JOIN product p ON p.sku = w.sku JOIN stock s ON s.product_id = p.id
     ORDER BY s.product_id FOR UPDATE OF s),
  written AS (
    UPDATE stock s SET on_hand = target.on_hand FROM target
     WHERE s.product_id = target.product_id AND target.on_hand <> target.old
       AND NOT target.too_few),
  moved AS (
    INSERT INTO stock_movement (product_id, kind, delta)
    SELECT product_id, 'import', on_hand - old FROM target WHERE on_hand <> old AND NOT too_few)
  SELECT position, too_few FROM target WHERE on_hand <> old ORDER BY position)"};

namespace {

/// One batch within its transaction.
class BatchImport {
 public:
  BatchImport(db::Transaction& transaction, const std::vector<NewProduct>& batch,
              const std::string& trace_id)
      : transaction_(transaction),
        batch_(batch),
        trace_id_(trace_id),
        results_(batch.size(), ImportedAs::unchanged) {}

  std::vector<LineResult> run() {
    check();
    upsert();
    set_stock();
    return std::move(results_);
  }

 private:
  [[nodiscard]] bool is_taken(std::size_t position) const {
    return std::holds_alternative<ImportedAs>(results_[position]);
  }
  [[nodiscard]] bool is_new(std::size_t position) const {
    const auto* as = std::get_if<ImportedAs>(&results_[position]);
    return as && *as == ImportedAs::created;
  }

  void check() {
    StockColumns lines;
    std::vector<std::string> categories;
    for (std::size_t i = 0; i < batch_.size(); ++i) {
      lines.add(i, batch_[i]);
      categories.push_back(batch_[i].category.value_or(""));
    }
    for (const auto& row :
         transaction_.execute(kCheckLines, db::array(lines.positions), db::array(lines.skus),
                              db::array(categories), db::array(lines.on_hand))) {
      results_[position_of(row)] =
          db::boolean(row, "no_category")
              ? LineFault{"category_not_found", "No such category."}
              : LineFault{"insufficient_stock", "on_hand is below what is reserved."};
    }
  }

  void upsert() {
    ImportColumns lines;
    for (std::size_t i = 0; i < batch_.size(); ++i) {
      if (is_taken(i)) lines.add(i, batch_[i]);
    }
    std::vector<ProductId> made;
    std::vector<std::int64_t> first_stock;
    for (const auto& row : transaction_.execute(
             kUpsert, db::array(lines.positions), db::array(lines.ids), db::array(lines.skus),
             db::array(lines.names), db::array(lines.descriptions), db::array(lines.categories),
             db::array(lines.prices), db::array(lines.currencies), db::array(lines.image_urls),
             db::array(lines.attributes), trace_id_)) {
      const auto position = position_of(row);
      const bool created = db::boolean(row, "created");
      results_[position] = created ? ImportedAs::created : ImportedAs::updated;
      if (!created) continue;
      made.push_back(db::id<ProductId>(row, "id"));
      first_stock.push_back(batch_[position].on_hand.value_or(0));
    }
    if (!made.empty()) {
      transaction_.execute(kFirstStock, db::array(made), db::array(first_stock));
    }
  }

  void set_stock() {
    StockColumns lines;
    for (std::size_t i = 0; i < batch_.size(); ++i) {
      if (is_taken(i) && !is_new(i) && batch_[i].on_hand) lines.add(i, batch_[i]);
    }
    if (lines.skus.empty()) return;
    for (const auto& row :
         transaction_.execute(kSetStock, db::array(lines.positions), db::array(lines.skus),
                              db::array(lines.on_hand))) {
      // Made and reserved by others since it was checked: the next try sees that in time.
      if (db::boolean(row, "too_few")) throw db::Conflict();
      auto& as = std::get<ImportedAs>(results_[position_of(row)]);
      if (as == ImportedAs::unchanged) as = ImportedAs::updated;
    }
  }

  db::Transaction& transaction_;
  const std::vector<NewProduct>& batch_;
  const std::string& trace_id_;
  std::vector<LineResult> results_;
};

}  // namespace

constexpr db::Statement kIndexWaitingWords{"index_waiting_words", R"(
  SELECT gin_clean_pending_list('product_words') + gin_clean_pending_list('product_name_words')
         AS pages)"};
constexpr db::Statement kAnalyze{"analyze_products", "ANALYZE product, stock, search_word"};

std::vector<LineResult> PgProductImporter::upsert(const std::vector<NewProduct>& batch,
                                                  const std::string& trace_id,
                                                  mercato::Deadline deadline) {
  return pool_.transact(
      [&](db::Transaction& transaction) {
        return BatchImport(transaction, batch, trace_id).run();
      },
      deadline);
}

// PostgreSQL does both by itself within a minute; until then a search takes four times as long.
void PgProductImporter::tidy_up() {
  try {
    pool_.execute(kIndexWaitingWords);
    pool_.execute(kAnalyze);
  } catch (const std::exception& error) {
    mercato::log::warn("products are not tidied up after an import", {{"error", error.what()}});
  }
}

}  // namespace catalog::storage
