#include "http/product_json.hpp"

#include <algorithm>
#include <utility>

#include <mercato/json/nfc.hpp>
#include <mercato/json/or_null.hpp>

#include "domain/currency.hpp"

namespace catalog::api {
namespace {

namespace json = mercato::json;

constexpr json::TextRule kAttributeName{.max = 100};
constexpr json::TextRule kAttributeValue{.min = 0, .max = 500, .multiline = true};
constexpr json::TextRule kName{.max = 200};
constexpr json::TextRule kDescription{.min = 0, .max = 10'000, .multiline = true};

/// "." and ".." are no names in a path, where a product is looked up by its SKU.
bool is_sku(std::string_view sku) {
  if (sku == "." || sku == "..") return false;
  return !sku.empty() && std::all_of(sku.begin(), sku.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           c == '.' || c == '_' || c == '-' || c == ' ';
  });
}

std::string read_sku(json::Reader& body) {
  auto sku = body.text("sku", {.max = 64, .trim = false});
  const bool edged = !sku.empty() && (sku.front() == ' ' || sku.back() == ' ');
  if (!sku.empty() && (!is_sku(sku) || edged)) {
    body.fail("sku", "invalid_format", "1 to 64 of A-Z a-z 0-9 . _ - and space inside.");
  }
  return sku;
}

constexpr json::IntegerRule kAmount{.min = 1, .max = kMaxPriceMinor};

std::string read_currency(json::Reader& price) {
  auto currency = price.text("currency", {.max = 3});
  if (!currency.empty() && !is_currency(currency)) {
    price.fail("currency", "invalid_format", "Must be an ISO 4217 code.");
  }
  return currency;
}

/// A merge patch may name one of the two alone; neither can be removed.
void read_price_change(json::Reader& price, ProductChange& change) {
  if (price.has("amount")) change.price_minor = price.integer("amount", kAmount);
  if (price.has("currency")) change.currency = read_currency(price);
}

/// "http://host…" or "https://host…" with nothing that a URL must write in another way (RFC 3986),
/// but for letters that are not of ASCII: browsers take those.
bool is_web_url(std::string_view url) {
  const auto colon = url.find("://");
  if (colon == std::string_view::npos) return false;
  std::string scheme(url.substr(0, colon));
  for (char& c : scheme) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (scheme != "http" && scheme != "https") return false;
  const auto rest = url.substr(colon + 3);
  const bool has_host = rest.find_first_of("/?#:@") != 0 && !rest.empty();
  return has_host && rest.find_first_of(" \"<>\\^`{|}") == std::string_view::npos;
}

std::optional<std::string> read_image_url(json::Reader& body) {
  auto url = body.optional_text("image_url", {.max = 2000});
  if (url && !is_web_url(*url)) {
    body.fail("image_url", "invalid_format", "Must be an http or https URL.");
  }
  return url;
}

/// A member that may be set, cleared with null, or left out.
template <class Read>
auto read_clearable(json::Reader& body, std::string_view key, Read read)
    -> std::optional<std::optional<std::string>> {
  if (!body.has(key)) return std::nullopt;
  if (body.is_null(key)) {
    static_cast<void>(body.raw(key));
    return std::optional<std::string>();
  }
  return read();
}

/// Takes the attributes out of a merge patch that a null removes: what is left is a map of texts.
ProductChange::Attributes take_removed(json::Value& patch) {
  ProductChange::Attributes removed;
  if (!patch.is_object()) return removed;
  const auto attributes = patch.find("attributes");
  if (attributes == patch.end() || !attributes->is_object()) return removed;
  for (auto each = attributes->begin(); each != attributes->end();) {
    if (each->is_null()) {
      removed.emplace_back(json::to_nfc(each.key()), std::nullopt);
      each = attributes->erase(each);
    } else {
      ++each;
    }
  }
  return removed;
}

void read_attribute_changes(json::Reader& patch, ProductChange::Attributes removed,
                            ProductChange& change) {
  const auto set =
      patch.optional_text_map("attributes", kMaxAttributes, kAttributeName, kAttributeValue);
  if (patch.is_null("attributes")) change.clear_attributes = true;
  if (!set) return;
  change.attributes = std::move(removed);
  for (const auto& [name, value] : *set) change.attributes->emplace_back(name, value);
}

NewProduct read_new_product(json::Reader& body) {
  NewProduct product;
  product.sku = read_sku(body);
  product.name = body.text("name", kName);
  body.object("price", [&](json::Reader& price) {
    product.price.amount_minor = price.integer("amount", kAmount);
    product.price.currency = read_currency(price);
  });
  product.description = body.optional_text("description", kDescription).value_or("");
  product.category = body.optional_text("category", {.max = 100});
  product.image_url = read_image_url(body);
  product.attributes =
      body.optional_text_map("attributes", kMaxAttributes, kAttributeName, kAttributeValue)
          .value_or(Attributes{});
  product.on_hand = body.optional_integer("on_hand", {.min = 0, .max = kMaxOnHand});
  body.finish();
  return product;
}

}  // namespace

Json to_json(const Money& money) {
  return {{"amount", money.amount_minor}, {"currency", money.currency}};
}

Json to_json(const Category& category) {
  return {{"id", category.id.str()},
          {"slug", category.slug},
          {"name", category.name},
          {"parent_id", mercato::json::or_null(category.parent, &CategoryId::str)}};
}

Json to_json(const ImportSummary& summary) {
  auto errors = Json::array();
  for (const auto& [line, fault] : summary.faults) {
    errors.push_back({{"line", line}, {"code", fault.code}, {"detail", fault.detail}});
  }
  return {{"created", summary.created},
          {"updated", summary.updated},
          {"unchanged", summary.unchanged},
          {"failed", summary.failed},
          {"errors", std::move(errors)}};
}

NewProduct parse_new_product(std::string_view body) {
  json::Reader reader(json::parse(body));
  return read_new_product(reader);
}

ProductChange parse_product_change(std::string_view body) {
  auto patch = json::parse(body);
  auto removed = take_removed(patch);
  json::Reader reader(std::move(patch));
  ProductChange change;
  if (reader.raw("sku")) {
    reader.fail("sku", "immutable_field", "A SKU never changes.");
  }
  if (reader.has("name")) change.name = reader.text("name", kName);
  if (reader.has("description")) {
    change.description = reader.optional_text("description", kDescription).value_or("");
  }
  change.category = read_clearable(reader, "category", [&] {
    return reader.optional_text("category", {.max = 100});
  });
  if (reader.has("price")) {
    reader.object("price", [&](json::Reader& price) { read_price_change(price, change); });
  }
  change.image_url = read_clearable(reader, "image_url", [&] { return read_image_url(reader); });
  read_attribute_changes(reader, std::move(removed), change);
  for (const auto* key : {"id", "on_hand", "status", "available", "version", "created_at",
                          "updated_at"}) {
    if (reader.raw(key)) reader.fail(key, "immutable_field", "Cannot be changed here.");
  }
  reader.finish();
  return change;
}

Category parse_new_category(std::string_view body) {
  json::Reader reader(json::parse(body));
  Category category;
  category.id = CategoryId::make();
  category.name = reader.text("name", kName);
  const auto slug = reader.optional_text("slug", {.max = 100});
  if (slug && !is_slug(*slug)) {
    reader.fail("slug", "invalid_format", "Must be of a-z, 0-9 and single hyphens inside.");
  }
  category.slug = slug.value_or(slug_of(json::without_marks(category.name)));
  if (category.slug.empty()) category.slug = category.id.str();  // a name without such letters
  if (const auto parent = reader.optional_text("parent_id", {.max = 100})) {
    category.parent = CategoryId::parse(*parent);
    if (!category.parent) reader.fail("parent_id", "invalid_format", "Must be a UUID.");
  }
  reader.finish();
  return category;
}

std::variant<NewProduct, LineFault> parse_import_line(std::string_view line) {
  try {
    return parse_new_product(line);
  } catch (const mercato::Error& error) {
    if (error.fields().empty()) return LineFault{error.code(), error.detail()};
    const auto& first = error.fields().front();
    return LineFault{first.code, first.pointer + ": " + first.detail};
  }
}

}  // namespace catalog::api
