#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <mercato/clock/clock.hpp>
#include <mercato/id/uuid.hpp>

namespace catalog {

using ProductId = mercato::Id<struct ProductTag>;
using CategoryId = mercato::Id<struct CategoryTag>;
using OrderId = mercato::Id<struct OrderTag>;

constexpr std::int64_t kMaxPriceMinor = 1'000'000'000'000;
constexpr std::int64_t kMaxOnHand = 1'000'000'000;
constexpr std::size_t kMaxAttributes = 50;

/// Integer minor units (pence, cents) of an ISO 4217 currency.
struct Money {
  std::int64_t amount_minor = 0;
  std::string currency;
};

using Attributes = std::vector<std::pair<std::string, std::string>>;

/// A product as everybody may see it. `available` is what can be reserved now.
struct Product {
  ProductId id;
  std::string sku;
  std::string name;
  std::string description;
  std::optional<std::string> category;  // slug
  Money price;
  bool archived = false;
  std::int64_t available = 0;
  std::optional<std::string> image_url;
  Attributes attributes;
  std::int64_t version = 1;
  mercato::Timestamp created_at{};
  mercato::Timestamp updated_at{};
};

/// What a new product is made of; also one line of an import.
struct NewProduct {
  std::string sku;
  std::string name;
  std::string description;
  std::optional<std::string> category;
  Money price;
  std::optional<std::string> image_url;
  Attributes attributes;
  std::optional<std::int64_t> on_hand;
};

/// A merge patch (RFC 7396): members that are not set stay as they are; an inner `nullopt` clears.
struct ProductChange {
  std::optional<std::string> name;
  std::optional<std::string> description;
  std::optional<std::optional<std::string>> category;
  std::optional<std::int64_t> price_minor;
  std::optional<std::string> currency;
  std::optional<std::optional<std::string>> image_url;
  /// Set members; a `nullopt` value removes one.
  using Attributes = std::vector<std::pair<std::string, std::optional<std::string>>>;
  std::optional<Attributes> attributes;
  bool clear_attributes = false;

  [[nodiscard]] bool empty() const {
    return !name && !description && !category && !price_minor && !currency && !image_url &&
           !attributes && !clear_attributes;
  }
};

/// The product with the change applied.
[[nodiscard]] Product apply(Product product, const ProductChange& change);
/// Whether a reader could tell the two apart (version and times aside).
[[nodiscard]] bool same_content(const Product& a, const Product& b);

}  // namespace catalog
