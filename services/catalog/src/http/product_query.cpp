#include "http/product_query.hpp"

#include <charconv>
#include <limits>
#include <map>
#include <string_view>

#include <mercato/error/error.hpp>
#include <mercato/http/query.hpp>
#include <mercato/json/nfc.hpp>
#include <mercato/json/utf8.hpp>

#include "domain/category.hpp"
#include "domain/currency.hpp"

namespace catalog::api {
namespace {

namespace http = mercato::http;

ProductSort read_sort(http::QueryReader& query, bool has_text) {
  static const std::map<std::string, ProductSort, std::less<>> sorts = {
      {"newest", ProductSort::newest},           {"price", ProductSort::price},
      {"-price", ProductSort::price_descending}, {"name", ProductSort::name},
      {"relevance", ProductSort::relevance},     {"bestselling", ProductSort::bestselling}};
  const auto sort = query.choice(
      "sort", {"relevance", "newest", "price", "-price", "name", "bestselling"});
  if (!sort) return has_text ? ProductSort::relevance : ProductSort::newest;
  return sorts.find(*sort)->second;
}

constexpr std::size_t kMaxTextLength = 200;

/// A text to search for, as texts are stored; blank is none.
std::optional<std::string> read_text(http::QueryReader& query) {
  // Measured below: some characters are several before they are brought into that form.
  auto text = query.text("q", std::numeric_limits<std::size_t>::max());
  if (!text) return std::nullopt;
  const auto begin = text->find_first_not_of(' ');
  if (begin == std::string::npos) return std::nullopt;
  const auto end = text->find_last_not_of(' ') + 1;
  auto normal = mercato::json::to_nfc(std::string_view(*text).substr(begin, end - begin));
  if (mercato::json::length(normal) > kMaxTextLength) {
    query.fail("q", "too_long", "At most " + std::to_string(kMaxTextLength) + " characters.");
  }
  return normal;
}

std::optional<std::string> read_category(http::QueryReader& query) {
  auto slug = query.text("category", 100);
  if (slug && !is_slug(*slug)) {
    query.fail("category", "invalid_format", "Must be a slug.");
  }
  return slug;
}

ProductFilter read_filter(http::QueryReader& query, const std::string& shop_currency) {
  ProductFilter filter;
  filter.text = read_text(query);
  filter.category = read_category(query);
  filter.min_price = query.integer("min_price", 0, kMaxPriceMinor);
  filter.max_price = query.integer("max_price", 0, kMaxPriceMinor);
  filter.currency = query.text("currency", 3);
  if (filter.currency && !is_currency(*filter.currency)) {
    query.fail("currency", "invalid_format", "Must be an ISO 4217 code.");
  }
  filter.in_stock = query.boolean("in_stock").value_or(false);
  filter.sort = read_sort(query, filter.text.has_value());
  const bool compares_prices = filter.min_price || filter.max_price ||
                               filter.sort == ProductSort::price ||
                               filter.sort == ProductSort::price_descending;
  if (compares_prices && !filter.currency) filter.currency = shop_currency;
  return filter;
}

/// What a cursor is bound to.
std::string fingerprint(const http::Request& request) {
  std::string filters;
  for (const auto* name :
       {"q", "category", "min_price", "max_price", "currency", "in_stock", "sort"}) {
    filters.append(name).append("=").append(request.query(name).value_or("")).append("\n");
  }
  return filters;
}

std::optional<std::int64_t> parse_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || rest != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Whether a key can be compared in such a list. Anyone may make up a cursor.
bool is_key(const std::string& key, ProductSort sort, std::int64_t run) {
  switch (sort) {
    case ProductSort::price:
    case ProductSort::price_descending: return parse_number(key).has_value();
    case ProductSort::bestselling: return run == 0 ? parse_number(key).has_value() : key.empty();
    case ProductSort::name:
      return mercato::json::is_valid_utf8(key) && key.find('\0') == std::string::npos;
    default: return key.empty();
  }
}

/// A cursor holds a generation, the run, the last key and id, and where sales and words both have a
/// part in the list, that of the words besides: the release before this one knows no other cursors.
Position read_position(std::string_view cursor, const std::string& filters, ProductSort sort) {
  const auto parts = http::decode_cursor(cursor, filters);
  if (parts.size() != 4 && parts.size() != 5) throw http::invalid_cursor();
  const auto generation = parse_number(parts[0]);
  const auto run = parse_number(parts[1]);
  const auto id = ProductId::parse(parts[3]);
  const auto words = parse_number(parts.size() == 5 ? parts[4] : "0");
  if (!generation || !run || *run < 0 || !id || !words || !is_key(parts[2], sort, *run)) {
    throw http::invalid_cursor();
  }
  const bool by_sales = sort == ProductSort::bestselling;
  return {by_sales ? *generation : 0, by_sales ? *words : *generation,
          static_cast<std::size_t>(*run), parts[2], *id};
}

}  // namespace

ProductQuery read_product_query(const http::Request& request, const std::string& shop_currency) {
  http::QueryReader query(request);
  ProductQuery result;
  result.filter = read_filter(query, shop_currency);
  result.limit = query.limit();
  query.finish();
  if (const auto cursor = http::shown_cursor(request)) {
    result.after = read_position(*cursor, fingerprint(request), result.filter.sort);
  }
  return result;
}

std::string cursor_of(const Position& next, const http::Request& request) {
  std::vector<std::string> parts{std::to_string(next.sales ? next.sales : next.words),
                                 std::to_string(next.run), next.key, next.id.str()};
  if (next.sales && next.words) parts.push_back(std::to_string(next.words));
  return http::encode_cursor(parts, fingerprint(request));
}

}  // namespace catalog::api
