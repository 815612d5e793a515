#pragma once

#include <variant>
#include <vector>

#include "domain/neighbour.hpp"
#include "domain/order.hpp"
#include "domain/refusal.hpp"

namespace order {

/// Stock and prices: the catalog service, in our terms. Every call is keyed by the order's id and
/// may be repeated at will. From any thread; never throws for network reasons.
class StockKeeper {
 public:
  virtual ~StockKeeper() = default;

  struct Reserved {
    std::vector<std::pair<RequestedLine, Offer>> lines;
  };
  using Reservation = std::variant<Reserved, OutOfStock, NotOrderable, Withdrawn, NoAnswer>;
  struct Expired {};
  using Commitment = std::variant<Done, Expired, Withdrawn, NoAnswer>;
  using Release = std::variant<Done, NoAnswer>;
  using Restock = std::variant<Done, Withdrawn, NoAnswer>;

  /// All lines or none, at the catalog's prices.
  [[nodiscard]] virtual Reservation reserve(OrderId order, const std::vector<RequestedLine>& lines,
                                            mercato::Deadline deadline) = 0;
  /// Held becomes sold.
  [[nodiscard]] virtual Commitment commit(OrderId order, mercato::Deadline deadline) = 0;
  /// Whatever the order has of the stock goes back; a reserve that arrives later is refused.
  [[nodiscard]] virtual Release release(OrderId order, mercato::Deadline deadline) = 0;
  /// Sold goods come back with a refund; refused if a release has brought them back already.
  [[nodiscard]] virtual Restock restock(OrderId order, RefundId refund,
                                        const std::vector<RequestedLine>& lines,
                                        mercato::Deadline deadline) = 0;
  /// False while asking is known to be futile.
  [[nodiscard]] virtual bool available() const = 0;
};

}  // namespace order
