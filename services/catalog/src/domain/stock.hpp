#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <mercato/clock/clock.hpp>

#include "domain/product.hpp"

namespace catalog {

struct StockLevel {
  std::int64_t on_hand = 0;
  std::int64_t reserved = 0;
};

class StockRepository {
 public:
  virtual ~StockRepository() = default;
  [[nodiscard]] virtual std::optional<StockLevel> find(ProductId id) = 0;
};

struct ReservationRequest {
  OrderId order;
  std::vector<ProductId> products;
  std::vector<std::int64_t> quantities;  // one for each product
};

struct ReservedLine {
  ProductId product;
  std::string sku;
  std::string name;
  std::int64_t quantity = 0;
  Money unit_price;
};
struct Reserved {
  mercato::Timestamp expires_at{};
  std::vector<ReservedLine> lines;
};
struct Shortage {
  ProductId product;
  std::string sku;
  std::int64_t requested = 0;
  std::int64_t available = 0;
};
struct Unsold {
  ProductId product;
  std::string reason;  // product_not_found | product_archived | mixed_currency
};
using OutOfStock = std::vector<Shortage>;
using NotOrderable = std::vector<Unsold>;
/// The order was released before: a late reserve must not hold anything.
struct Withdrawn {};
/// The order holds other lines: one order id has one reservation.
struct OtherLines {};
using ReserveResult = std::variant<Reserved, OutOfStock, NotOrderable, Withdrawn, OtherLines>;

/// Stock held for an order until then. The default one comes before all others.
struct Hold {
  mercato::Timestamp expires_at{};
  OrderId order;
};

enum class CommitResult { committed, expired, withdrawn, unknown };
enum class RestockResult { restocked, illegal, too_much };

/// Stock held for orders. Each call is one transaction and, unless orders compete for the last
/// units, one round trip; it may be repeated: the order id (and the refund's) is the key. Many
/// orders in one call pay for one commit, and wait once for a product that all of them want. From
/// any thread.
class ReservationStore {
 public:
  virtual ~ReservationStore() = default;
  /// For each order all lines or none; one result for each, in order. The orders are distinct.
  [[nodiscard]] virtual std::vector<ReserveResult> reserve(
      const std::vector<ReservationRequest>& requests, mercato::Deadline deadline) = 0;
  /// held → sold; refused once its time is over. One result for each, in order.
  [[nodiscard]] virtual std::vector<CommitResult> commit(const std::vector<OrderId>& orders,
                                                         mercato::Deadline deadline) = 0;
  /// held → free, sold → back on the shelf, nothing there → a tombstone.
  virtual void release(OrderId order, mercato::Deadline deadline) = 0;
  [[nodiscard]] virtual RestockResult restock(const ReservationRequest& returned,
                                              const std::string& refund,
                                              mercato::Deadline deadline) = 0;
  /// Holds whose time is over, the oldest first: `most` of them behind `after`.
  [[nodiscard]] virtual std::vector<Hold> list_due(const Hold& after, std::size_t most) = 0;
  /// Frees what these hold, if their time is over. Those that somebody works on right now stay.
  virtual void expire(const std::vector<OrderId>& orders) = 0;
};

/// Reserve refuses orders older than this: their tombstones need not be kept for ever.
constexpr std::chrono::hours kOldestOrder{7 * 24};
[[nodiscard]] bool is_too_old(OrderId order, mercato::Timestamp now);

}  // namespace catalog
