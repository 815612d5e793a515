#include "http/rendered_products.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include <mercato/error/error.hpp>
#include <mercato/json/text.hpp>

namespace catalog::api {
namespace {

using mercato::json::append_text;
using mercato::to_rfc3339;

// Very long descriptions are read again: what is kept stays small.
constexpr std::size_t kMaxBytes = 4 * 1024;

/// Borrows from the id.
std::string_view key_of(const ProductId& id) {
  const auto& bytes = id.value().bytes();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void append_member(std::string& out, std::string_view name, const std::string& text) {
  out.append(name);
  append_text(out, text);
}

void append_member(std::string& out, std::string_view name,
                   const std::optional<std::string>& text) {
  out.append(name);
  text ? append_text(out, *text) : void(out.append("null"));
}

Attributes in_order(Attributes attributes) {
  std::sort(attributes.begin(), attributes.end());
  return attributes;
}

void append_attributes(std::string& out, const Attributes& attributes) {
  out.append(",\"attributes\":{");
  const char* separator = "";
  // By name, so that one version of a product always reads the same.
  for (const auto& [name, value] : in_order(attributes)) {
    out.append(separator);
    append_text(out, name);
    out.push_back(':');
    append_text(out, value);
    separator = ",";
  }
  out.push_back('}');
}

}  // namespace

RenderedProduct::RenderedProduct(const Product& product) : version(product.version) {
  before.reserve(256 + product.name.size() + product.description.size());
  append_member(before, "{\"id\":", product.id.str());
  append_member(before, ",\"sku\":", product.sku);
  append_member(before, ",\"name\":", product.name);
  append_member(before, ",\"description\":", product.description);
  append_member(before, ",\"category\":", product.category);
  before.append(",\"price\":{\"amount\":").append(std::to_string(product.price.amount_minor));
  append_member(before, ",\"currency\":", product.price.currency);
  before.append("},\"status\":").append(product.archived ? "\"archived\"" : "\"active\"");
  before.append(",\"available\":");
  append_member(after, ",\"image_url\":", product.image_url);
  append_attributes(after, product.attributes);
  after.append(",\"version\":").append(std::to_string(product.version));
  append_member(after, ",\"created_at\":", to_rfc3339(product.created_at));
  append_member(after, ",\"updated_at\":", to_rfc3339(product.updated_at));
  after.push_back('}');
}

void RenderedProduct::append_to(std::string& out, std::int64_t available) const {
  out.append(before).append(std::to_string(available)).append(after);
}

RenderedProducts::RenderedProducts(std::size_t capacity)
    : capacity_(capacity), entries_(capacity) {}

bool RenderedProducts::knows(ProductId id) {
  const std::lock_guard lock(mutex_);
  return entries_.find(key_of(id)) != nullptr;
}

RenderedProducts::Entry RenderedProducts::find(const ProductState& state) {
  const std::lock_guard lock(mutex_);
  const auto* const entry = entries_.find(key_of(state.id));
  return entry && (*entry)->version == state.version ? *entry : nullptr;
}

RenderedProducts::Entry RenderedProducts::insert(const Product& product) {
  auto entry = std::make_shared<const RenderedProduct>(product);
  if (capacity_ > 0 && entry->before.size() + entry->after.size() <= kMaxBytes) {
    const std::lock_guard lock(mutex_);
    entries_.insert(key_of(product.id), entry);
  }
  return entry;
}

std::optional<ProductBodies::Current> ProductBodies::find(ProductId id) {
  if (rendered_.knows(id)) {
    const auto state = products_.find_state(id);
    return state ? std::optional(Current{*state, rendered_.find(*state)}) : std::nullopt;
  }
  const auto product = products_.find(id);
  if (!product) return std::nullopt;
  return Current{{id, product->version, product->available}, rendered_.insert(*product)};
}

std::optional<ProductBodies::Current> ProductBodies::find_by_sku(const std::string& sku) {
  const auto state = products_.find_state_by_sku(sku);
  return state ? std::optional(Current{*state, rendered_.find(*state)}) : std::nullopt;
}

std::string ProductBodies::body_of(Current& current) {
  if (!current.rendered) {
    const auto product = products_.find(current.state.id);
    if (!product) throw mercato::not_found();
    current = {{product->id, product->version, product->available}, rendered_.insert(*product)};
  }
  std::string body;
  body.reserve(current.rendered->before.size() + current.rendered->after.size() + 20);
  current.rendered->append_to(body, current.state.available);
  return body;
}

std::string ProductBodies::body_of(const Product& product) {
  Current current{{product.id, product.version, product.available}, rendered_.insert(product)};
  return body_of(current);
}

std::string ProductBodies::page_of(const std::vector<ProductState>& states,
                                   const std::optional<std::string>& next_cursor) {
  std::vector<RenderedProducts::Entry> entries;
  std::vector<ProductId> missing;
  entries.reserve(states.size());
  for (const auto& state : states) {
    entries.push_back(rendered_.find(state));
    if (!entries.back()) missing.push_back(state.id);
  }
  if (!missing.empty()) {
    std::unordered_map<ProductId, RenderedProducts::Entry> read;
    for (const auto& product : products_.find_many(missing)) {
      read.emplace(product.id, rendered_.insert(product));
    }
    for (std::size_t i = 0; i < states.size(); ++i) {
      if (!entries[i]) entries[i] = read.at(states[i].id);
    }
  }
  std::string body = "{\"data\":[";
  body.reserve(states.size() * 600 + 100);
  for (std::size_t i = 0; i < states.size(); ++i) {
    if (i > 0) body.push_back(',');
    entries[i]->append_to(body, states[i].available);
  }
  append_member(body, "],\"next_cursor\":", next_cursor);
  body.push_back('}');
  return body;
}

}  // namespace catalog::api
