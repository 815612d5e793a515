#include "domain/product.hpp"

#include <algorithm>

namespace catalog {
namespace {

void apply_attribute(Attributes& attributes, const std::string& name,
                     const std::optional<std::string>& value) {
  const auto known = std::find_if(attributes.begin(), attributes.end(),
                                  [&name](const auto& each) { return each.first == name; });
  if (!value) {
    if (known != attributes.end()) attributes.erase(known);
  } else if (known != attributes.end()) {
    known->second = *value;
  } else {
    attributes.emplace_back(name, *value);
  }
}

Attributes sorted(Attributes attributes) {
  std::sort(attributes.begin(), attributes.end());
  return attributes;
}

}  // namespace

Product apply(Product product, const ProductChange& change) {
  if (change.name) product.name = *change.name;
  if (change.description) product.description = *change.description;
  if (change.category) product.category = *change.category;
  if (change.price_minor) product.price.amount_minor = *change.price_minor;
  if (change.currency) product.price.currency = *change.currency;
  if (change.image_url) product.image_url = *change.image_url;
  if (change.clear_attributes) product.attributes.clear();
  if (change.attributes) {
    for (const auto& [name, value] : *change.attributes) {
      apply_attribute(product.attributes, name, value);
    }
  }
  return product;
}

bool same_content(const Product& a, const Product& b) {
  return a.name == b.name && a.description == b.description && a.category == b.category &&
         a.price.amount_minor == b.price.amount_minor && a.price.currency == b.price.currency &&
         a.image_url == b.image_url && a.archived == b.archived &&
         sorted(a.attributes) == sorted(b.attributes);
}

}  // namespace catalog
