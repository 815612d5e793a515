#include "storage/product_lists.hpp"

#include <deque>
#include <initializer_list>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

namespace catalog::storage {
namespace {

namespace db = mercato::db;

/// How a run is ordered: by `key`, then by id; by id alone if there is no key.
struct Order {
  const char* name;
  const char* key;
  const char* type;
  bool descending;
};

Order order_of(Run run) {
  switch (run) {
    // Newest first is by id: a UUIDv7 starts with the time it was made.
    case Run::newest: return {"newest", nullptr, nullptr, true};
    case Run::price: return {"by_price", "p.price", "bigint", false};
    case Run::price_descending: return {"by_price_down", "p.price", "bigint", true};
    case Run::name: return {"by_name", "p.name", "text", false};
    case Run::sold: return {"sold", "r.sold", "bigint", true};
    case Run::unsold: return {"unsold", nullptr, nullptr, true};
    case Run::same_name: return {"same_name", nullptr, nullptr, true};
    case Run::in_name: return {"in_name", nullptr, nullptr, true};
    case Run::in_anything: return {"in_anything", nullptr, nullptr, true};
    case Run::near_in_name: return {"near_in_name", nullptr, nullptr, true};
    case Run::near_in_anything: return {"near_in_anything", nullptr, nullptr, true};
  }
  throw std::logic_error("no such run");
}

bool is_found_by_words(Run run) {
  return run == Run::in_name || run == Run::in_anything || run == Run::near_in_name ||
         run == Run::near_in_anything;
}

bool is_by_sales(Run run) {
  return run == Run::sold || run == Run::unsold;
}

// As many as Reach::first looks at: a page of a word that one product in a hundred has.
constexpr const char* kFirst = "2000";

std::string all_of(std::initializer_list<std::string_view> conditions) {
  std::string all;
  for (const auto condition : conditions) {
    if (!condition.empty()) all.append(all.empty() ? "" : " AND ").append(condition);
  }
  return all;
}

std::string listed(const std::vector<std::string>& items, const std::string& separator) {
  std::string list;
  for (const auto& item : items) list.append(list.empty() ? "" : separator).append(item);
  return list;
}

/// Row by row, as an index compares.
std::string compared(const std::vector<std::string>& columns, const char* comparison,
                     const std::vector<std::string>& values) {
  return "(" + listed(columns, ", ") + ")" + comparison + "(" + listed(values, ", ") + ")";
}

/// The conditions and parameters of one run as they are put together.
class Builder {
 public:
  explicit Builder(const RunQuery& query) : query_(query), order_(order_of(query.run)) {
    name_ = std::string("list_products_") + order_.name;
    if (query_.reach == Reach::first) called("first");
    within("p.status = 'active'");
    add_run();
    add_filters();
    add_position();
  }

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool plans_anew() const { return plans_anew_; }
  std::vector<db::Parameter> take_parameters() {
    parameters_.emplace_back(query_.limit);
    return std::move(parameters_);
  }

  [[nodiscard]] std::string sql() const {
    const std::string columns = "p.id, p.version, s.on_hand - s.reserved AS available";
    const std::string stock = " JOIN stock s ON s.product_id = p.id";
    const std::string limit = " LIMIT $" + std::to_string(parameters_.size() + 1);
    if (is_found_by_words(query_.run)) return sql_by_words(columns, stock, limit);
    if (query_.filter.text) return sql_with_text(columns, stock, limit);
    return "SELECT " + columns + ", " + key() + " AS key FROM " + tables() + stock + " WHERE " +
           all_of({within_, where_}) + in_order() + limit;
  }

 private:
  [[nodiscard]] std::string key() const { return order_.key ? order_.key : "''"; }
  [[nodiscard]] std::string tables() const {
    return query_.run == Run::sold ? "sales_rank r JOIN product p ON p.id = r.product_id"
                                   : "product p";
  }
  [[nodiscard]] std::string ordered_by(const std::string& key, const std::string& id) const {
    const std::string direction = order_.descending ? " DESC" : "";
    return " ORDER BY " + (order_.key ? key + direction + ", " : "") + id + direction;
  }

  [[nodiscard]] std::string in_order() const {
    const std::string direction = order_.descending ? " DESC" : "";
    auto columns = ordered_columns();
    if (walks_category()) columns.insert(columns.begin(), "p.category_id");
    return " ORDER BY " + listed(columns, direction + ", ") + direction;
  }
  [[nodiscard]] std::vector<std::string> ordered_columns() const {
    std::vector<std::string> columns;
    if (order_.key) columns.emplace_back(order_.key);
    // Not p.id, which is the same: only the table of ranks has both.
    columns.emplace_back(query_.run == Run::sold ? "r.product_id" : "p.id");
    return columns;
  }

  /// A text that many products have is soon come across in any order: Reach::first. Looking that
  /// way for one that few have, or none, is looking at all, and the planner, whose statistics know
  /// only frequent words, would not see it coming: else what matches is read whole, then sorted.
  [[nodiscard]] std::string sql_with_text(const std::string& columns, const std::string& stock,
                                          const std::string& limit) const {
    const std::string from = key() + " AS key FROM " + tables() +
                             (query_.filter.in_stock ? stock : "") + " WHERE ";
    const bool first = query_.reach == Reach::first;
    const std::string found =
        first ? "SELECT p.id, p.version, p.search, " + from + all_of({within_, where_}) +
                    in_order() + " LIMIT " + kFirst
              : "WITH hit AS MATERIALIZED (SELECT p.id, p.version, " + from +
                    all_of({within_, where_, text_}) + ") SELECT * FROM hit" +
                    ordered_by("key", "id") + limit;
    return "SELECT " + columns + ", p.key FROM (" + found + ") p" + stock +
           (first ? " WHERE " + text_ : "") + ordered_by("p.key", "p.id") + limit;
  }

  /// Of many that match few are shown: only for these is stock looked up, unless it decides.
  [[nodiscard]] std::string sql_by_words(const std::string& columns, const std::string& stock,
                                         const std::string& limit) const {
    const auto* const to_filter = query_.filter.in_stock ? stock.c_str() : "";
    const std::string found =
        query_.reach == Reach::first
            ? "(SELECT p.id, p.version, p.sku, p.name, p.price, p.currency, p.search"
              " FROM product p WHERE " +
                  within_ + " ORDER BY p.id DESC LIMIT " + kFirst + ") p" + to_filter + " WHERE " +
                  where_
            : "product p" + std::string(to_filter) + " WHERE " + within_ + " AND " + where_;
    const std::string hit = "SELECT p.id, p.version FROM " + found;
    const std::string newest = " ORDER BY id DESC" + limit;
    const std::string shown =
        query_.reach == Reach::first
            ? "(" + hit + newest + ")"
            : "(WITH hit AS MATERIALIZED (" + hit + ") SELECT id, version FROM hit" + newest + ")";
    return "SELECT " + columns + ", '' AS key FROM " + shown + " p" + stock + " ORDER BY p.id DESC";
  }

  std::string bind(db::Parameter parameter, const char* type) {
    parameters_.push_back(std::move(parameter));
    return "$" + std::to_string(parameters_.size()) + "::" + type;
  }
  void where(const std::string& condition) { where_ = all_of({where_, condition}); }
  /// As where(), for what an index leads to in the order of the run.
  void within(const std::string& condition) { within_ = all_of({within_, condition}); }
  void called(const char* filter) { name_.append("_").append(filter); }

  void add_run() {
    if (query_.run == Run::sold) {
      const auto generation = bind(query_.sales, "bigint");
      where("r.since <= " + generation + " AND " + generation + " < r.until");
    } else if (query_.run == Run::unsold) {
      const auto generation = bind(query_.sales, "bigint");
      where("NOT EXISTS (SELECT FROM sales_rank r WHERE r.product_id = p.id AND r.since <= " +
            generation + " AND " + generation + " < r.until)");
    }
    if (query_.run == Run::same_name || is_found_by_words(query_.run)) {
      add_relevance();
    } else if (query_.filter.text) {
      called("text");
      plans_anew_ = true;
      text_ = "p.search @@ " + bind(query_.terms.forgiving, "tsquery");
    }
  }

  /// No product is in two of these runs. That a word is in a name or SKU is read from an index of
  /// those words alone, and that it is nowhere exactly is part of the query of what is near: so
  /// few products are read that are not shown. Names have enough of most slips; what is near a word
  /// in descriptions are thousands.
  void add_relevance() {
    const auto text = bind(query_.terms.text, "text");
    if (query_.run == Run::same_name) {
      // Looked up one by one: the planner knows nothing of how rare such a name is.
      return within("p.id = ANY (ARRAY(SELECT id FROM product WHERE lower(name) = lower(" + text +
                    ") UNION ALL SELECT id FROM product WHERE sku = " + text + "))");
    }
    // Not by those ids: as many as have the name would be compared with each that is found.
    where("lower(p.name) <> lower(" + text + ") AND p.sku <> " + text);
    const bool is_near =
        query_.run == Run::near_in_name || query_.run == Run::near_in_anything;
    const auto words = bind(is_near ? query_.terms.near : query_.terms.exact, "tsquery");
    const std::string named = "ts_filter(p.search, '{a}') @@ " + words;
    switch (query_.run) {
      case Run::in_name:
        where(named);
        if (query_.terms.is_plain) return;
        // What is excluded must not be in the description either.
        called("as_written");
        return where("p.search @@ " + words);
      case Run::near_in_name:
        where(named);
        return where("NOT p.search @@ " + bind(query_.terms.exact, "tsquery"));
      case Run::near_in_anything:
        where("p.search @@ " + bind(query_.terms.only_near, "tsquery"));
        break;
      default: where("p.search @@ " + words);
    }
    where("NOT " + named);
  }

  void add_filters() {
    const auto& filter = query_.filter;
    if (filter.category && query_.categories.size() == 1) {
      called("category");
      // Ranks know no category: a small one's products are looked up, a large one's come across.
      if (is_found_by_words(query_.run) || is_by_sales(query_.run)) plans_anew_ = true;
      const auto category = bind(query_.categories.front(), "uuid");
      within("p.category_id = " + (walks_category() ? "ANY (ARRAY[" + category + "])" : category));
    } else if (filter.category) {
      called("categories");
      plans_anew_ = true;
      within("p.category_id = ANY (" + bind(owned(db::array(query_.categories)), "uuid[]") + ")");
    }
    if (filter.currency) {
      called("currency");
      // Few or none may be in it: any other order would be walked to its end for them.
      if (!walks_prices()) plans_anew_ = true;
      where("p.currency = " + bind(*filter.currency, "text"));
    }
    add_price_bound(filter.min_price, "min", ">=");
    add_price_bound(filter.max_price, "max", "<=");
    if (filter.in_stock) {
      called("in_stock");
      where("s.on_hand > s.reserved");
    }
  }

  /// In one currency after the other.
  [[nodiscard]] bool walks_prices() const {
    return query_.run == Run::price || query_.run == Run::price_descending;
  }

  void add_price_bound(const std::optional<std::int64_t>& bound, const char* name,
                       const char* comparison) {
    if (!bound) return;
    called(name);
    if (!walks_prices()) plans_anew_ = true;
    where(std::string("p.price ") + comparison + " " + bind(*bound, "bigint"));
  }

  /// Whether an index gives the order within the category. The category then is part of the order,
  /// and said as one of an array, so that no other index gives that order: by "=" the planner, who
  /// does not know how many a category has, may well walk the whole shop for them. A range would
  /// do that, too, but not let a walk end at a bound on prices: for this all columns before the
  /// price have to be said exactly.
  [[nodiscard]] bool walks_category() const {
    if (!query_.filter.category || query_.categories.size() != 1) return false;
    if (query_.filter.text && query_.reach == Reach::all) return false;
    const bool is_indexed = query_.run == Run::newest || query_.run == Run::name;
    return walks_prices() || (is_indexed && !query_.filter.currency);
  }

  void add_position() {
    if (!query_.after) return;
    called("after");
    std::vector<std::string> values;
    if (order_.key) values.push_back(bind(query_.after->key, order_.type));
    values.push_back(bind(query_.after->id, "uuid"));
    within(compared(ordered_columns(), order_.descending ? " < " : " > ", values));
  }

  /// A parameter that keeps its text.
  static db::Parameter owned(const std::string& text) { return {std::string_view(text)}; }

  const RunQuery& query_;
  const Order order_;
  std::string name_;
  std::string within_;
  std::string where_;
  std::string text_;  // in a run that is not found by it
  bool plans_anew_ = false;
  std::vector<db::Parameter> parameters_;
};

/// Statements that were made, for good: there are as many as combinations of filters.
class Made {
 public:
  const db::Statement& get(const Builder& builder) {
    const std::lock_guard lock(mutex_);
    const auto known = statements_.find(builder.name());
    if (known != statements_.end()) return *known->second;
    const auto& text = texts_.emplace_back(builder.name(), builder.sql());
    const auto& statement = made_.emplace_back(
        db::Statement{text.first.c_str(), text.second.c_str(), builder.plans_anew()});
    statements_.emplace(text.first, &statement);
    return statement;
  }

 private:
  std::mutex mutex_;
  std::deque<std::pair<std::string, std::string>> texts_;
  std::deque<db::Statement> made_;
  std::map<std::string, const db::Statement*, std::less<>> statements_;
};

}  // namespace

bool may_be_common(Run run, const SearchTerms& terms) {
  const bool one_word = !terms.text.empty() && terms.text.find(' ') == std::string::npos;
  return (one_word || terms.only_excludes) && run != Run::same_name && run != Run::in_anything;
}

const std::vector<Run>& runs_of(ProductSort sort) {
  static const std::map<ProductSort, std::vector<Run>> runs = {
      {ProductSort::newest, {Run::newest}},
      {ProductSort::price, {Run::price}},
      {ProductSort::price_descending, {Run::price_descending}},
      {ProductSort::name, {Run::name}},
      {ProductSort::relevance,
       {Run::same_name, Run::in_name, Run::in_anything, Run::near_in_name, Run::near_in_anything}},
      {ProductSort::bestselling, {Run::sold, Run::unsold}}};
  return runs.at(sort);
}

RunStatement statement_of(const RunQuery& query) {
  static Made made;
  Builder builder(query);
  const auto& statement = made.get(builder);
  return {statement, builder.take_parameters()};
}

}  // namespace catalog::storage
