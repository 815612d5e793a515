#pragma once

#include <optional>
#include <vector>

#include "domain/order.hpp"

namespace order {

/// One product in a buyer's cart, with what was last seen of it: nothing if the catalog was away
/// ever since it was put in.
struct CartItem {
  ProductId product;
  std::int64_t quantity = 0;
  std::optional<Offer> last_seen;
};

/// A cart as its owner sees it.
struct Cart {
  struct Line {
    CartItem item;
    std::optional<std::int64_t> available;  // nothing while the catalog is away
  };
  std::vector<Line> lines;
  bool stale = false;  // the catalog was away: names and prices are those last seen

  /// Nothing if the cart is empty, a price is unknown, currencies are mixed, or the sum is above
  /// kMaxTotalMinor.
  [[nodiscard]] std::optional<Money> total() const;
};

/// Carts as they are kept. From any thread; throws mercato::Error 503 without a database.
class CartRepository {
 public:
  virtual ~CartRepository() = default;

  /// In the order in which they were put in.
  [[nodiscard]] virtual std::vector<CartItem> list(UserId user) = 0;
  /// Puts it in, or changes quantity and what was last seen; false if the cart has kMaxLines
  /// others.
  virtual bool put(UserId user, const CartItem& item) = 0;
  /// Keeps what was seen of products that are still in the cart, but for what somebody else is
  /// writing just now.
  virtual void remember(UserId user, const std::vector<CartItem>& items) = 0;
  virtual void remove(UserId user, ProductId product) = 0;
  virtual void clear(UserId user) = 0;
};

}  // namespace order
